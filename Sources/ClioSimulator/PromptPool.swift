internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// The server's socket pool with Nagle's algorithm switched off.
///
/// A response is written in two parts, head and body; with the algorithm on, the second waits for the client's delayed
/// acknowledgement of the first, up to 40 ms each time. Accepted sockets inherit the setting of the listening one, which
/// is the first socket that the pool ever sees.
struct PromptPool: AsyncSocketPool {
    private let base: any AsyncSocketPool = HTTPServer.defaultPool()

    func prepare() async throws {
        try await base.prepare()
    }

    func run() async throws {
        try await base.run()
    }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        var on: Int32 = 1
        setsockopt(
            socket.file.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        try await base.suspendSocket(socket, untilReadyFor: events)
    }
}
