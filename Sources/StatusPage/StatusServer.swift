public import Bytes
internal import FlyingFox
internal import Foundation
internal import LocalServer
internal import Synchronization

/// The status page: HTML for people, JSON and metrics for programs, live by server-sent events.
///
/// ```swift
/// let server = StatusServer(StatusPageOptions(staging: "staging", catalog: catalog))
/// let port = try await server.start()
/// // … http://127.0.0.1:PORT/
/// await server.stop()
/// ```
public final class StatusServer: Sendable {
    /// Pages that may watch at a time.
    static let mostStreams = 64

    private let options: StatusPageOptions
    private let hub: StatusHub
    private let router: Router
    private let interval: Double
    private let running = Mutex<LocalServer?>(nil)

    /// A server that does not listen yet.
    /// - Parameter interval: seconds between two looks at the connections.
    public convenience init(_ options: StatusPageOptions, interval: Double = 1) {
        self.init(
            options, interval: interval, streams: Self.mostStreams, heartbeat: 10,
            clock: { Date().timeIntervalSince1970 })
    }

    init(
        _ options: StatusPageOptions, interval: Double, streams: Int, heartbeat: Double,
        clock: @escaping @Sendable () -> Double
    ) {
        let hub = StatusHub(options, clock: clock)
        self.options = options
        self.hub = hub
        self.interval = interval
        router = Router(
            options: options, hub: hub, gate: Gate(options, clock: clock), clock: clock,
            streams: StreamCount(most: streams), heartbeat: heartbeat)
    }

    /// Listens, and returns the port.
    /// - Throws: `StatusPageError` when the address cannot be had.
    public func start() async throws -> Int {
        await hub.start(interval: interval)
        do {
            let server = try LocalServer(options.address) { [router] request in
                let isHead = request.method == .HEAD
                guard let request = try? await WebRequest(request) else {
                    return WebResponse.text(400, "this request is refused").response(withoutBody: isHead)
                }
                return await router.respond(request).response(withoutBody: isHead)
            }
            let port = try await server.start()
            running.withLock { $0 = server }
            return port
        } catch {
            hub.stop()
            guard let error = error as? LocalServerError else {
                throw StatusPageError(description: "the status page cannot be served: \(error)")
            }
            throw StatusPageError(error, port: options.port, socket: options.socket)
        }
    }

    /// Waits until the server ends.
    public func wait() async throws { try await running.withLock { $0 }?.wait() }

    /// Ends every connection, and waits for that.
    public func stop() async {
        hub.stop()
        await running.withLock { $0 }?.stop()
    }
}

/// Why the page cannot be served.
public struct StatusPageError: CommandFailure {
    /// One line: what, where, and what to do next.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .failed }
}
