internal import Account
internal import Foundation
internal import HTTP
internal import JSON
internal import Logging
internal import Staging
internal import Synchronization

/// Sends notices to a webhook, to a command and by mail, beside the work: no sync waits for one or fails by one.
final class Notifier: Sendable {
    /// How hard it tries.
    struct Patience: Sendable {
        /// Seconds before each further try.
        var delays = [1.0, 4, 15, 60]
        /// Seconds for one try.
        var timeout = 10.0
    }

    private let webhook: WebAddress?
    private let command: String?
    private let mail: MailAccount?
    private let patience: Patience
    private let logger: Logger
    private let sleep: @Sendable (Double) async -> Void
    private let pending = Mutex<[Int: Task<Void, Never>]>([:])
    private let number = Atomic<Int>(0)

    /// What a firm's settings name; nil if that is nothing.
    convenience init?(_ settings: Settings, logger: Logger) {
        self.init(
            webhook: settings.notifyWebhook, command: settings.notifyCommand, mail: MailAccount(settings),
            logger: logger)
    }

    /// nil if neither a webhook nor a command nor a mail account is configured.
    init?(
        webhook: String?, command: String?, mail: MailAccount? = nil, logger: Logger, patience: Patience = Patience(),
        sleep: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }
    ) {
        self.webhook = webhook.flatMap { WebAddress($0) }
        self.command = command
        self.mail = mail
        guard self.webhook != nil || command != nil || mail != nil else { return nil }
        self.patience = patience
        self.logger = logger
        self.sleep = sleep
    }

    /// Sends a notice and does not wait for it.
    /// - Parameters:
    ///   - places: where to; nil: everywhere that is configured.
    ///   - done: called once, with the places that did not take it and may later; empty: it is done.
    func send(
        _ notice: some Notice, to places: Set<NoticePlace>? = nil,
        done: @escaping @Sendable (_ left: Set<NoticePlace>) -> Void = { _ in }
    ) {
        begin { notifier in
            let left = await withTaskGroup(of: (NoticePlace, Bool).self) { group in
                for receiver in notifier.receivers(notice) where places?.contains(receiver.place) ?? true {
                    group.addTask { (receiver.place, await notifier.persist(receiver.name, receiver.deliver)) }
                }
                return await group.reduce(into: Set<NoticePlace>()) { left, end in
                    if !end.1 { left.insert(end.0) }
                }
            }
            done(left)
        }
    }

    private struct Receiver: Sendable {
        let place: NoticePlace
        let name: String
        let deliver: @Sendable () async -> Outcome
    }

    private func receivers(_ notice: some Notice) -> [Receiver] {
        var receivers: [Receiver] = []
        let timeout = patience.timeout
        if let webhook {
            receivers.append(
                Receiver(place: .webhook, name: "the webhook on \(webhook.host)") { [self] in
                    await post(notice.json, to: webhook)
                })
        }
        if let command {
            receivers.append(
                Receiver(place: .command, name: "SYNC_NOTIFY_COMMAND") {
                    await ShellCommand(command, environment: notice.environment, input: notice.json).run(
                        timeout: timeout)
                })
        }
        if let mail {
            receivers.append(
                Receiver(place: .mail, name: "the mail server on \(mail.server.host)") {
                    await mail.send(notice, timeout: timeout)
                })
        }
        return receivers
    }

    /// Seconds that alarms have after a stop.
    private static let afterStop = 0.6

    /// Waits until all alarms are delivered or given up, but no longer than this, and much less after a stop.
    func flush(within seconds: Double, stop: StopSignal = StopSignal()) async {
        let tasks = pending.withLock { Array($0.values) }
        guard !tasks.isEmpty else { return }
        let isDelivered = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for task in tasks { await task.value }
                return true
            }
            group.addTask {
                var end = ContinuousClock.now + .seconds(seconds)
                var isStopping = false
                while !Task.isCancelled, ContinuousClock.now < end {
                    if stop.isRequested, !isStopping {
                        isStopping = true
                        end = min(end, ContinuousClock.now + .seconds(Self.afterStop))
                    }
                    try? await Task.sleep(for: .milliseconds(50))
                }
                return false
            }
            let first = await group.next() ?? true
            // Those that are still trying give up at once.
            if !first { for task in tasks { task.cancel() } }
            group.cancelAll()
            return first
        }
        if !isDelivered { logger.warning("an alarm could not be delivered before the end of the run") }
    }

    private func begin(_ work: @escaping @Sendable (Notifier) async -> Void) {
        let id = number.add(1, ordering: .relaxed).newValue
        // Under the lock, so that the task cannot take itself out before it is in.
        pending.withLock { pending in
            pending[id] = Task.detached { [self] in
                await work(self)
                self.pending.withLock { $0[id] = nil }
            }
        }
    }

    /// What one try came to.
    enum Outcome: Sendable, Equatable {
        case delivered
        /// It may go better later.
        case failed(String)
        /// It never will.
        case refused(String)
    }

    /// - Returns: false: it could not be delivered, and may be later.
    private func persist(_ place: String, _ deliver: @Sendable () async -> Outcome) async -> Bool {
        for delay in patience.delays.map(Optional.init) + [nil] {
            let why: String
            switch await deliver() {
            case .delivered: return true
            case .refused(let reason):
                logger.warning("\(place): the alarm was refused: \(reason)")
                return true
            case .failed(let reason): why = reason
            }
            guard let delay, !Task.isCancelled else {
                logger.warning("\(place): the alarm could not be delivered: \(why)")
                return false
            }
            await sleep(delay)
        }
        return false
    }

    private func post(_ json: String, to address: WebAddress) async -> Outcome {
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = patience.timeout
        configuration.connectTimeout = min(configuration.connectTimeout, patience.timeout)
        configuration.stallTimeout = patience.timeout
        configuration.maximumBodyBytes = 1 << 20
        configuration.maximumConnections = 1
        let http = HTTPClient(configuration)
        do throws(HTTPError) {
            let response = try await http.send(
                HTTPRequest(
                    .post, address, headers: ["Content-Type": "application/json", "Accept": "*/*"],
                    body: Array(json.utf8)))
            switch response.status {
            case 200..<300: return .delivered
            case 408, 425, 429, 500...: return .failed("it answered \(response.status)")
            default: return .refused("it answered \(response.status)")
            }
        } catch {
            // Never the error's text: it may name the address, which is a secret.
            return .failed("\(error.kind)")
        }
    }
}
