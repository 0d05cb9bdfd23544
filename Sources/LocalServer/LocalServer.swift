public import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Synchronization

/// FlyingFox's HTTP server for programs of this machine: browsers, a proxy, tests.
///
/// FlyingFox limits neither the size of a request's head nor how long it takes, nor the number of connections. That is
/// why this server listens on the loopback or on a Unix socket only: to serve a network, put a proxy in front.
public final class LocalServer: Sendable {
    /// Where to listen.
    public enum Address: Sendable, Equatable {
        /// 127.0.0.1, another address of 127.0.0.0/8 or ::1; port 0 takes a free one.
        case loopback(host: String = "127.0.0.1", port: Int)
        /// A socket in the file system, which its owner and group may connect to.
        case unix(path: String)

        /// Whether a host is this machine's loopback.
        public static func isLoopback(_ host: String) -> Bool { host == "::1" || host.hasPrefix("127.") }
    }

    /// Request bodies larger than this are refused.
    public static let largestBody = 16_384

    private struct State {
        var task: Task<Void, Never>?
        var failure: (any Error)?
        var isStopping = false
    }

    private let address: Address
    private let server: HTTPServer
    private let state = Mutex(State())

    /// A server that does not listen yet.
    /// - Parameters:
    ///   - timeout: seconds that the handler may take until its answer begins.
    ///   - handler: answers a request, whose body is already read.
    public init(
        _ address: Address, timeout: Double = 60, handler: @escaping @Sendable (HTTPRequest) async -> HTTPResponse
    ) throws {
        self.address = address
        let place: any SocketAddress
        switch address {
        case .loopback(let host, let port):
            guard Address.isLoopback(host), let port = UInt16(exactly: port) else {
                throw SocketError.unsupportedAddress
            }
            place = try host.contains(":") ? .inet6(ip6: host, port: port) : .inet(ip4: host, port: port)
        case .unix(let path):
            // What does not fit into a sockaddr_un would be cut, and be another file.
            guard (1..<104).contains(path.utf8.count) else {
                throw LocalServerError(
                    isTaken: false, "its path has \(path.utf8.count) bytes, and a socket's path has 1 to 103")
            }
            place = .unix(path: path)
        }
        server = HTTPServer(
            config: HTTPServer.Configuration(
                address: place, timeout: timeout, sharedRequestBufferSize: Self.largestBody,
                sharedRequestReplaySize: Self.largestBody, pool: PromptPool(), logger: .disabled),
            handler: ClosureHTTPHandler { request in
                // A body that is not read would be taken for the next request: the connection ends with the answer.
                guard request.headers[.transferEncoding] == nil, (request.bodySequence.count ?? 0) <= Self.largestBody
                else {
                    let text = Data("this request is refused\n".utf8)
                    return HTTPResponse(
                        statusCode: .payloadTooLarge, headers: [.contentType: "text/plain", .connection: "close"],
                        body: HTTPBodySequence(from: WholeBody(text, isCutOff: true), count: text.count))
                }
                return await handler(request)
            })
    }

    /// Listens, and returns the port; 0 for a Unix socket.
    public func start() async throws(LocalServerError) -> Int {
        if case .unix(let path) = address { try Self.removeStale(path) }
        let task = Task { [self] in
            do {
                try await server.run()
            } catch {
                state.withLock { $0.failure = error }
            }
        }
        state.withLock { $0.task = task }
        while await !server.isListening {
            if let failure = state.withLock({ $0.failure }) { throw LocalServerError(failure) }
            try? await Task.sleep(for: .milliseconds(1))
        }
        if case .unix(let path) = address { chmod(path, 0o660) }
        switch await server.listeningAddress {
        case .ip4(_, let port), .ip6(_, let port): return Int(port)
        default: return 0
        }
    }

    /// Waits until the server ends, by `stop` or by an error of its socket.
    public func wait() async throws {
        await state.withLock { $0.task }?.value
        let (failure, isStopping) = state.withLock { ($0.failure, $0.isStopping) }
        // Whatever breaks first while everything is being closed is no failure.
        if let failure, !isStopping { throw LocalServerError(failure) }
    }

    /// Stops listening and ends every connection.
    public func stop() async {
        let task = state.withLock { state in
            state.isStopping = true
            return state.task
        }
        // Not by `HTTPServer.stop`, which closes the socket while a task still waits for it.
        task?.cancel()
        await task?.value
        if case .unix(let path) = address, task != nil { unlink(path) }
    }

    /// Removes the socket of a server that is gone, and nothing else.
    private static func removeStale(_ path: String) throws(LocalServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw LocalServerError(isTaken: true, "\(path) is a file of another kind")
        }
        do {
            let socket = try Socket(domain: AF_UNIX)
            defer { try? socket.close() }
            try socket.connect(to: sockaddr_un.unix(path: path))
        } catch {
            unlink(path)
            return
        }
        throw LocalServerError(isTaken: true, "another process listens on \(path)")
    }
}

/// Why a server cannot listen.
public struct LocalServerError: Error, Sendable, CustomStringConvertible {
    /// Whether another process has the address.
    public let isTaken: Bool
    /// Whether only root may listen there.
    public let isForbidden: Bool
    /// The system's reason.
    public let description: String

    init(isTaken: Bool, isForbidden: Bool = false, _ description: String) {
        self.isTaken = isTaken
        self.isForbidden = isForbidden
        self.description = description
    }

    init(_ error: any Error) {
        if case SocketError.failed(_, let number, let message) = error {
            self.init(isTaken: number == EADDRINUSE, isForbidden: number == EACCES || number == EPERM, message)
        } else {
            self.init(isTaken: false, "\(error)")
        }
    }
}
