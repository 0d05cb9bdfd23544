internal import Foundation

/// The status page: HTML for people, JSON and metrics for programs, live by server-sent events.
///
/// ```swift
/// let server = StatusServer(StatusPageOptions(staging: "staging", catalog: catalog))
/// let port = try await server.start()
/// // … http://127.0.0.1:PORT/
/// await server.stop()
/// ```
public final class StatusServer: Sendable {
    private let hub: StatusHub
    private let web: WebServer
    private let interval: Double

    /// A server; it listens to nobody yet.
    /// - Parameter interval: seconds between two looks at the connections.
    public convenience init(_ options: StatusPageOptions, interval: Double = 1) {
        self.init(
            options, interval: interval, limits: WebServer.Limits(), heartbeat: 10,
            clock: { Date().timeIntervalSince1970 })
    }

    init(
        _ options: StatusPageOptions, interval: Double, limits: WebServer.Limits, heartbeat: Double,
        clock: @escaping @Sendable () -> Double
    ) {
        let hub = StatusHub(options, clock: clock)
        let streams = StreamCount()
        let router = Router(
            options: options, hub: hub, gate: Gate(options, clock: clock), clock: clock,
            watchers: { streams.number }, heartbeat: heartbeat)
        self.hub = hub
        self.interval = interval
        web = WebServer(
            host: options.host, port: UInt16(clamping: options.port), limits: limits, streams: streams
        ) { request in await router.respond(request) }
    }

    /// Listens, and returns the port.
    /// - Throws: `StatusPageError` when the address cannot be had.
    public func start() async throws -> Int {
        await hub.start(interval: interval)
        do {
            return try await web.start()
        } catch {
            hub.stop()
            throw error as? StatusPageError
                ?? StatusPageError(description: "the status page cannot be served: \(error)")
        }
    }

    /// Waits until the server ends.
    public func wait() async throws { try await web.wait() }

    /// Ends every connection, and waits for that.
    public func stop() async {
        hub.stop()
        await web.stop()
    }
}

/// Why the page cannot be served.
public struct StatusPageError: Error, Sendable, CustomStringConvertible {
    /// One line: what, where, and what to do next.
    public let description: String
}
