internal import Account
internal import Foundation
internal import HTTP
internal import Logging
internal import Staging

/// Writes lineage events to a file and posts them, in their order and beside the work: no sync waits for one or fails by one.
final class LineageSender: Sendable {
    /// Where events go.
    struct Target: Sendable {
        var address: WebAddress?
        var key: String?
        var file: String?
        /// Seconds before each further try.
        var delays = [1.0, 4]
        /// Seconds for one try.
        var timeout = 10.0

        /// nil: the settings name no place.
        init?(_ settings: Settings) {
            address = settings.lineageURL.flatMap { WebAddress($0) }
            key = settings.lineageKey
            file = settings.lineageFile
            guard address != nil || file != nil else { return nil }
        }
    }

    private let target: Target
    private let logger: Logger
    private let events: AsyncStream<LineageEvent>.Continuation
    private let work: Task<Void, Never>

    init(_ target: Target, logger: Logger) {
        self.target = target
        self.logger = logger
        let (stream, events) = AsyncStream.makeStream(of: LineageEvent.self)
        self.events = events
        work = Task.detached { await Self.work(target, logger, stream) }
    }

    func send(_ events: [LineageEvent]) { for event in events { self.events.yield(event) } }

    /// Takes no more events and waits until all are sent or given up, but no longer than this.
    func close(within seconds: Double) async {
        events.finish()
        let limit = Task {
            try? await Task.sleep(for: .seconds(seconds))
            if !Task.isCancelled { work.cancel() }
        }
        await work.value
        limit.cancel()
    }

    private static func work(_ target: Target, _ logger: Logger, _ stream: AsyncStream<LineageEvent>) async {
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = target.timeout
        configuration.connectTimeout = min(configuration.connectTimeout, target.timeout)
        configuration.maximumBodyBytes = 1 << 20
        configuration.maximumConnections = 1
        let http = target.address == nil ? nil : HTTPClient(configuration)
        var lost = 0
        var isFileBroken = false
        for await event in stream {
            let json = event.json
            if let file = target.file, !isFileBroken {
                do throws(StagingError) {
                    try append(json, to: file)
                } catch {
                    isFileBroken = true
                    logger.warning("SYNC_OPENLINEAGE_FILE: \(error)")
                }
            }
            guard let http, let address = target.address else { continue }
            if let why = await post(json, http, address, target, isPatient: lost == 0) {
                if lost == 0 {
                    logger.warning("SYNC_OPENLINEAGE_URL on \(address.host): an event could not be sent: \(why)")
                }
                lost += 1
            }
        }
        if lost > 1 { logger.warning("SYNC_OPENLINEAGE_URL: \(lost) events could not be sent") }
    }

    /// - Parameter isPatient: whether it tries again; a receiver that is gone is not waited for with every event.
    /// - Returns: why it was not taken; nil: it was.
    private static func post(
        _ json: String, _ http: HTTPClient, _ address: WebAddress, _ target: Target, isPatient: Bool
    ) async -> String? {
        var headers: HTTPHeaders = ["Content-Type": "application/json", "Accept": "*/*"]
        // A key in the clear is everyone's.
        if let key = target.key, address.scheme == "https" || address.isLoopback {
            headers["Authorization"] = "Bearer \(key)"
        }
        var why = ""
        for delay in (isPatient ? target.delays.map(Optional.init) : []) + [nil] {
            do throws(HTTPError) {
                let response = try await http.send(
                    HTTPRequest(.post, address, headers: headers, body: Array(json.utf8)))
                if (200..<300).contains(response.status) { return nil }
                why = "it answered \(response.status)"
                guard [408, 425, 429].contains(response.status) || response.status >= 500 else { return why }
            } catch {
                why = "\(error.kind)"
            }
            guard let delay, !Task.isCancelled else { return why }
            try? await Task.sleep(for: .seconds(delay))
        }
        return why
    }

    private static func append(_ json: String, to file: String) throws(StagingError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StagingError(.io, "\(file): cannot be opened (\(String(cString: strerror(errno))))")
        }
        defer { Glibc.close(descriptor) }
        let line = Array((json + "\n").utf8)
        guard line.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == line.count else {
            throw StagingError(.io, "\(file): cannot be written (\(String(cString: strerror(errno))))")
        }
    }
}
