internal import Foundation
internal import HTTP
internal import JSON
internal import Logging
internal import Staging
internal import Synchronization

/// Sends alarms to a webhook and to a command, beside the work: no sync waits for one or fails by one.
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
    private let patience: Patience
    private let logger: Logger
    private let sleep: @Sendable (Double) async -> Void
    private let pending = Mutex<[Int: Task<Void, Never>]>([:])
    private let number = Atomic<Int>(0)

    /// nil if neither a webhook nor a command is configured.
    init?(
        webhook: String?, command: String?, logger: Logger, patience: Patience = Patience(),
        sleep: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }
    ) {
        self.webhook = webhook.flatMap { WebAddress($0) }
        self.command = command
        guard self.webhook != nil || command != nil else { return nil }
        self.patience = patience
        self.logger = logger
        self.sleep = sleep
    }

    /// Sends an alarm and does not wait for it.
    func send(_ alarm: Alarm) {
        if let webhook {
            begin { notifier in
                await notifier.persist("the webhook on \(webhook.host)") { await notifier.post(alarm, to: webhook) }
            }
        }
        if let command {
            let timeout = patience.timeout
            begin { notifier in
                await notifier.persist("SYNC_NOTIFY_COMMAND") {
                    await ShellCommand(command, environment: alarm.environment, input: alarm.json).run(timeout: timeout)
                }
            }
        }
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

    private func persist(_ place: String, _ deliver: @Sendable () async -> Outcome) async {
        for delay in patience.delays.map(Optional.init) + [nil] {
            let why: String
            switch await deliver() {
            case .delivered: return
            case .refused(let reason):
                logger.warning("\(place): the alarm was refused: \(reason)")
                return
            case .failed(let reason): why = reason
            }
            guard let delay, !Task.isCancelled else {
                logger.warning("\(place): the alarm could not be delivered: \(why)")
                return
            }
            await sleep(delay)
        }
    }

    private func post(_ alarm: Alarm, to address: WebAddress) async -> Outcome {
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
                    body: Array(alarm.json.utf8)))
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
