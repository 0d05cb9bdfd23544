import HTTP
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPClientTests {
    private static let plain = "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 7\n\n{\"a\":1}"

    private func address(_ server: RawServer, _ target: String = "/x?secret=1") throws -> WebAddress {
        try #require(WebAddress("http://127.0.0.1:\(server.port)\(target)"))
    }

    private func failure(
        _ script: RawServer.Script, _ configuration: HTTPConfiguration = HTTPConfiguration()
    ) async throws -> HTTPError {
        let server = try RawServer { _ in script }
        defer { server.stop() }
        let client = HTTPClient(configuration)
        do {
            let response = try await client.send(HTTPRequest(.get, address(server)))
            Issue.record("answered \(response.status)")
            throw CancellationError()
        } catch let error as HTTPError {
            return error
        }
    }

    @Test func aBodyHasItsHeadersAndPadding() async throws {
        let server = try RawServer { _ in
            .init("HTTP/1.1 200 OK\nX-RateLimit-LIMIT: 50\nX-Two:  a b \nContent-Length: 7\n\n{\"a\":1}")
        }
        defer { server.stop() }
        let response = try await HTTPClient().send(
            HTTPRequest(.get, address(server), headers: ["Authorization": "Bearer T"]))
        #expect(response.status == 200)
        #expect(response.headers["x-ratelimit-limit"] == "50")
        #expect(response.headers["X-TWO"] == "a b")
        #expect(response.body.text == "{\"a\":1}")
        // 64 bytes behind the body are readable.
        let sum = response.body.withUnsafeBytes { bytes in
            (0..<64).reduce(0) {
                $0 + Int((bytes.baseAddress! + bytes.count).load(fromByteOffset: $1, as: UInt8.self) & 0)
            }
        }
        #expect(sum == 0)
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("GET /x?secret=1 HTTP/1.1\r\n"))
        #expect(request.contains("\r\nAuthorization: Bearer T\r\n"))
        #expect(request.contains("\r\nUser-Agent: cliosync/"))
        #expect(request.contains("\r\nAccept-Encoding: gzip\r\n"))
    }

    @Test func aPostSendsItsBody() async throws {
        let server = try RawServer { _ in .init(Self.plain) }
        defer { server.stop() }
        _ = try await HTTPClient().send(HTTPRequest(.post, address(server, "/oauth"), body: Array("a=1&b=2".utf8)))
        let request = try #require(server.requests.first)
        #expect(request.hasPrefix("POST /oauth HTTP/1.1\r\n"))
        #expect(request.hasSuffix("\r\n\r\na=1&b=2"))
    }

    @Test func redirectsAreNotFollowed() async throws {
        let server = try RawServer { _ in .init("HTTP/1.1 307 Moved\nLocation: /elsewhere\nContent-Length: 0\n\n") }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(.get, address(server)))
        #expect(response.status == 307)
        #expect(response.headers["location"] == "/elsewhere")
        #expect(server.requests.count == 1)
    }

    @Test func connectionsAreKept() async throws {
        let server = try RawServer { _ in .init(Self.plain, keepsAlive: true) }
        defer { server.stop() }
        let client = HTTPClient()
        let first = try await client.send(HTTPRequest(.get, address(server)))
        let second = try await client.send(HTTPRequest(.get, address(server)))
        #expect(first.newConnections == 1)
        #expect(second.newConnections == 0)
    }

    @Test func gzipIsInflated() async throws {
        let body = Self.member
        let server = try RawServer { _ in encoded(body) }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(.get, address(server)))
        #expect(response.body.text == "{\"a\":1}")
        #expect(response.receivedBytes == body.count)
    }

    /// gzip of {"a":1}, made by Python.
    private static let member: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 84, 178, 50, 172, 5, 0, 175, 172, 27, 86, 7, 0, 0, 0,
    ]

    private func encoded(_ body: [UInt8], as encoding: String = "gzip") -> RawServer.Script {
        .init("HTTP/1.1 200 OK\nContent-Encoding: \(encoding)\nContent-Length: \(body.count)\n\n", body: body)
    }

    @Test func gzipIsReadToItsEnd() async throws {
        let body = Self.member + Self.member
        let server = try RawServer { _ in encoded(body, as: "x-gzip") }
        defer { server.stop() }
        let response = try await HTTPClient().send(HTTPRequest(.get, address(server)))
        #expect(response.body.text == #"{"a":1}{"a":1}"#)
    }

    @Test func gzipThatIsCutOffOrLiesIsTransient() async throws {
        let cut = Array(Self.member.dropLast(9))
        var lying = Self.member
        lying[23] = 200
        var longer = Self.member
        longer[26] = 0x7F
        for body in [cut, lying, longer, Self.member + [1, 2, 3]] {
            #expect(try await failure(encoded(body)).kind == .badEncoding)
        }
        #expect(try await failure(encoded(Self.member, as: "zstd")).kind == .badEncoding)
    }

    /// A small body must not fill the memory.
    @Test func whatInflatesBeyondTheLimitIsRefused() async throws {
        var configuration = HTTPConfiguration()
        configuration.maximumBodyBytes = 20
        let error = try await failure(encoded(Self.member + Self.member + Self.member), configuration)
        #expect(error.kind == .tooLarge)
    }

    @Test func damagedGzipIsTransient() async throws {
        let body = [UInt8](repeating: 7, count: 30)
        let error = try await failure(
            .init("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 30\n\n", body: body))
        #expect(error.kind == .badEncoding)
        #expect(error.isTransient)
    }

    @Test func aBodyThatBreaksOffIsAReset() async throws {
        let error = try await failure(.init("HTTP/1.1 200 OK\nContent-Length: 100\n\n{\"a\""))
        #expect(error.kind == .reset)
        #expect(error.isTransient)
        #expect(!error.description.contains("secret"))
    }

    @Test func nothingAtAllIsAReset() async throws {
        #expect(try await failure(.init("")).kind == .reset)
    }

    @Test func aBodyBeyondTheLimitIsRefused() async throws {
        var configuration = HTTPConfiguration()
        configuration.maximumBodyBytes = 1000
        let error = try await failure(
            .init("HTTP/1.1 200 OK\n\n", body: [UInt8](repeating: 32, count: 5000)), configuration)
        #expect(error.kind == .tooLarge)
        #expect(!error.isTransient)
    }

    @Test func silenceEndsInATimeout() async throws {
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = 0.2
        let error = try await failure(.init("", hangs: true), configuration)
        #expect(error.kind == .timeout)
        #expect(error.isTransient)
    }

    @Test func aClosedPortIsAFailedConnection() async throws {
        let server = try RawServer { _ in .init("") }
        server.stop()
        let target = try address(server)
        await #expect(throws: HTTPError.self) { try await HTTPClient().send(HTTPRequest(.get, target)) }
    }

    @Test func cancellingAbortsTheTransfer() async throws {
        let server = try RawServer { _ in .init("", hangs: true) }
        defer { server.stop() }
        let client = HTTPClient()
        let target = try address(server)
        let task = Task { try await client.send(HTTPRequest(.get, target)) }
        while server.requests.isEmpty { await Task.yield() }
        task.cancel()
        let result = await task.result
        #expect(throws: HTTPError.self) { try result.get() }
        if case .failure(let error as HTTPError) = result { #expect(error.kind == .cancelled) }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        let server = try RawServer { _ in .init(Self.plain) }
        defer { server.stop() }
        let client = HTTPClient()
        let target = try address(server)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.send(HTTPRequest(.get, target))
        }
        task.cancel()
        let result = await task.result
        if case .failure(let error as HTTPError) = result {
            #expect(error.kind == .cancelled)
        } else {
            Issue.record("the request went out")
        }
        #expect(server.requests.isEmpty)
    }

    @Test func aHeaderWithALineBreakIsNotSent() async throws {
        let server = try RawServer { _ in .init(Self.plain) }
        defer { server.stop() }
        let request = try HTTPRequest(.get, address(server), headers: ["X": "a\r\nY: b"])
        await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(server.requests.isEmpty)
    }

    @Test func manyRequestsAtOnce() async throws {
        let server = try RawServer { _ in .init(Self.plain, keepsAlive: true) }
        defer { server.stop() }
        let client = HTTPClient()
        let target = try address(server)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<200 { group.addTask { try await client.send(HTTPRequest(.get, target)).body.text } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(texts == [String](repeating: "{\"a\":1}", count: 200))
    }
}
