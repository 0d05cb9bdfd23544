internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Synchronization

/// A small HTTP/1.1 server over FlyingFox's sockets.
///
/// FlyingFox's own server takes heads of any size from anybody and waits for them for ever, which a page that may face
/// a network must not; its sockets and their pool are all that is used here.
final class WebServer: Sendable {
    /// What a client may ask of this server.
    struct Limits: Sendable {
        var connections = 256
        var streams = 64
        var secondsForHead = 15.0
        var secondsForWrite = 10.0
        var requestsPerConnection = 1_000
    }

    private let host: String
    private let port: UInt16
    private let limits: Limits
    private let handler: @Sendable (WebRequest) async -> WebResponse
    private let connections = Mutex(0)
    private let streams: StreamCount
    private let running = Mutex<Task<Void, any Error>?>(nil)

    init(
        host: String, port: UInt16, limits: Limits, streams: StreamCount,
        handler: @escaping @Sendable (WebRequest) async -> WebResponse
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.streams = streams
        self.handler = handler
    }

    /// Listens, and returns the port.
    func start() async throws -> Int {
        let socket = try Self.listen(host, port)
        let pool = HTTPServer.defaultPool()
        try await pool.prepare()
        let listener = try AsyncSocket(socket: socket, pool: pool)
        let number: Int
        switch try socket.sockname() {
        case .ip4(_, let port), .ip6(_, let port): number = Int(port)
        case .unix: number = 0
        }
        let task = Task { [self] in
            defer { try? socket.close() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.run() }
                group.addTask { [self] in try await accept(listener) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        running.withLock { $0 = task }
        return number
    }

    /// Waits until the server ends, by `stop` or by an error of the socket.
    func wait() async throws {
        let task = running.withLock { $0 }
        do {
            try await task?.value
        } catch {
            // Whatever breaks first while everything is being closed is no failure.
            if task?.isCancelled != true { throw error }
        }
    }

    /// Stops to listen and ends every connection.
    func stop() async {
        let task = running.withLock { $0 }
        task?.cancel()
        _ = await task?.result
    }

    private static func listen(_ host: String, _ port: UInt16) throws -> Socket {
        let isIP6 = host.contains(":")
        let socket = try Socket(domain: isIP6 ? AF_INET6 : AF_INET)
        do {
            // No run that this process starts inherits the socket.
            _ = fcntl(socket.file.rawValue, F_SETFD, FD_CLOEXEC)
            try socket.setValue(true, for: .localAddressReuse)
            if isIP6 {
                guard let address = try? sockaddr_in6.inet6(ip6: host, port: port) else {
                    throw StatusPageError(noAddress: host)
                }
                try socket.bind(to: address)
            } else {
                guard let address = try? sockaddr_in.inet(ip4: host, port: port) else {
                    throw StatusPageError(noAddress: host)
                }
                try socket.bind(to: address)
            }
            try socket.listen()
            return socket
        } catch {
            try? socket.close()
            throw error as? StatusPageError ?? StatusPageError(listening: host, port, error)
        }
    }

    private func accept(_ listener: AsyncSocket) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let socket: AsyncSocket
                do {
                    socket = try await listener.accept()
                } catch let error as CancellationError {
                    throw error
                } catch {
                    // Out of descriptors, or a client that left while it was being accepted: the door stays open.
                    try await Task.sleep(for: .milliseconds(50))
                    continue
                }
                _ = fcntl(socket.socket.file.rawValue, F_SETFD, FD_CLOEXEC)
                let isFull = connections.withLock { count in
                    count += 1
                    return count > limits.connections
                }
                group.addTask { [self] in
                    await serve(socket, isFull: isFull)
                    try? socket.close()
                    connections.withLock { $0 -= 1 }
                }
            }
        }
    }

    private func serve(_ socket: AsyncSocket, isFull: Bool) async {
        var rest: [UInt8] = []
        do {
            if isFull {
                try await send(.text(503, "too many connections; try again"), to: socket, keepsAlive: false)
                return
            }
            for number in 1...limits.requestsPerConnection {
                guard let request = try await receive(socket, &rest) else { return }
                let response = await handler(request)
                let keepsAlive = request.keepsAlive && number < limits.requestsPerConnection
                let goesOn = try await send(
                    response, to: socket, keepsAlive: keepsAlive, withoutBody: request.method == "HEAD")
                guard goesOn else { return }
            }
        } catch let refusal as RequestParser.Refusal {
            _ = try? await send(.text(refusal.status, "this request is refused"), to: socket, keepsAlive: false)
            await linger(socket)
        } catch {
            // The client left, or took too long.
        }
    }

    /// Reads what a refused client still sends, for a moment: a close over unread bytes would take our answer back.
    private func linger(_ socket: AsyncSocket) async {
        shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
        _ = try? await withDeadline(1) {
            for _ in 0..<256 where try await socket.read(atMost: 4_096).isEmpty { return }
        }
    }

    /// The next request; nil when the client is done.
    private func receive(_ socket: AsyncSocket, _ rest: inout [UInt8]) async throws -> WebRequest? {
        let before = rest
        let (request, behind) = try await withDeadline(limits.secondsForHead) {
            var bytes = before
            var end = RequestParser.headEnd(bytes)
            while end == nil {
                guard bytes.count <= RequestParser.mostHeadBytes else {
                    throw RequestParser.Refusal(status: 431)
                }
                let more = try await socket.read(atMost: 4_096)
                guard !more.isEmpty else { throw CancellationError() }
                bytes += more
                end = RequestParser.headEnd(bytes)
            }
            let head = bytes[..<(end ?? bytes.count)]
            guard head.count <= RequestParser.mostHeadBytes else { throw RequestParser.Refusal(status: 431) }
            var (request, length) = try RequestParser.parse(head)
            bytes.removeFirst(head.count)
            while bytes.count < length {
                let more = try await socket.read(atMost: 4_096)
                guard !more.isEmpty else { throw CancellationError() }
                bytes += more
            }
            request.body = Array(bytes.prefix(length))
            return (request, Array(bytes.dropFirst(length)))
        }
        rest = behind
        return request
    }

    /// - Returns: whether the connection takes another request.
    @discardableResult
    private func send(
        _ response: WebResponse, to socket: AsyncSocket, keepsAlive: Bool, withoutBody: Bool = false
    ) async throws -> Bool {
        let head = response.head(keepsAlive: keepsAlive)
        switch response.body {
        case .bytes(let bytes):
            // One write: with two, Nagle's algorithm would hold the second back.
            let all = Data(head.utf8) + (withoutBody ? [] : bytes)
            try await withDeadline(limits.secondsForWrite) { try await socket.write(all) }
            return keepsAlive
        case .stream(let write):
            guard streams.enter(most: limits.streams) else {
                var refusal = WebResponse.text(503, "too many pages watch already; reload in a minute")
                refusal.set("Retry-After", "60")
                return try await send(refusal, to: socket, keepsAlive: false)
            }
            defer { streams.leave() }
            let seconds = limits.secondsForWrite
            let writer = StreamWriter { text in
                // Who does not take it in time is let go, and comes back by himself.
                try await withDeadline(seconds) { try await socket.write(Data(text.utf8)) }
            }
            try await writer.write(head)
            if !withoutBody { try await write(writer) }
            return false
        }
    }
}

/// Streams that are open.
final class StreamCount: Sendable {
    private let count = Mutex(0)

    var number: Int { count.withLock { $0 } }

    func enter(most: Int) -> Bool {
        count.withLock { count in
            guard count < most else { return false }
            count += 1
            return true
        }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
