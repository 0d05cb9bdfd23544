internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// FlyingFox's socket pool, with two settings that it does not make.
///
/// - Without Nagle's algorithm: a response is written in two parts, head and body, and the second would wait for the
///   client's delayed acknowledgement of the first, up to 40 ms each time.
/// - Closed in programs that this process starts: they must not keep the port, or a client's connection.
struct PromptPool: AsyncSocketPool {
    private let base: any AsyncSocketPool = HTTPServer.defaultPool()

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        var on: Int32 = 1
        setsockopt(socket.file.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
        try await base.suspendSocket(socket, untilReadyFor: events)
    }
}
