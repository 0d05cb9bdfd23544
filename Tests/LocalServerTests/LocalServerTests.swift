import FlyingFox
import Foundation
import LocalServer
import TestSupport
import Testing

/// The requests go through curl, which has an HTTP implementation of its own.
@Suite(.timeLimit(.minutes(5))) struct LocalServerTests {
    private func server(_ address: LocalServer.Address) throws -> LocalServer {
        try LocalServer(address) { request in
            let body = (try? await request.bodyData) ?? Data()
            return HTTPResponse(statusCode: .ok, body: Data("\(request.method.rawValue) \(body.count)\n".utf8))
        }
    }

    private func curl(_ arguments: String...) async -> String {
        await Tool.run("curl", ["-s", "--max-time", "30"] + arguments).text
    }

    @Test func bodiesHaveALimitAndTheConnectionEndsWithARefusedOne() async throws {
        let server = try server(.loopback(port: 0))
        let address = "http://127.0.0.1:\(try await server.start())/"
        let most = String(repeating: "a", count: LocalServer.largestBody)
        #expect(await curl("-d", most, address) == "POST 16384\n")
        let status = "%{http_code} %{num_connects} "
        // The second request of the same curl needs a connection of its own: what was not read is no request.
        let refused = await curl("-w", status, "-o", "/dev/null", "-o", "/dev/null", "-d", most + "a", address, address)
        #expect(refused == "413 1 413 1 ")
        #expect(
            await curl("-w", status, "-o", "/dev/null", "-H", "Transfer-Encoding: chunked", "-d", "a", address)
                == "413 1 ")
        let reused = await curl("-w", status, "-o", "/dev/null", "-o", "/dev/null", address, address)
        #expect(reused == "200 1 200 0 ")
        await server.stop()
        #expect(await curl("-w", "%{http_code}", address) == "000")
    }

    @Test func aUnixSocketIsServedAndRemoved() async throws {
        let path = NSTemporaryDirectory() + "/local-\(UUID().uuidString.prefix(8)).sock"
        let first = try server(.unix(path: path))
        #expect(try await first.start() == 0)
        #expect(await curl("--unix-socket", path, "http://localhost/") == "GET 0\n")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o660)
        let error = await #expect(throws: LocalServerError.self) { try await server(.unix(path: path)).start() }
        #expect(error?.isTaken == true)
        #expect(await curl("--unix-socket", path, "http://localhost/") == "GET 0\n")
        await first.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aSocketLeftBehindIsReplacedAndAnotherFileIsNot() async throws {
        let path = NSTemporaryDirectory() + "/local-\(UUID().uuidString.prefix(8)).sock"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
        #expect(await Tool.run("python3", ["-c", script, path]).code == 0)
        let server = try server(.unix(path: path))
        #expect(try await server.start() == 0)
        await server.stop()
        try Data("precious".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: LocalServerError.self) { try await self.server(.unix(path: path)).start() }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func aTakenPortIsToldApart() async throws {
        let first = try server(.loopback(port: 0))
        let port = try await first.start()
        let error = await #expect(throws: LocalServerError.self) { try await server(.loopback(port: port)).start() }
        #expect(error?.isTaken == true)
        await first.stop()
        try await first.wait()
    }

    @Test(arguments: ["0.0.0.0", "192.0.2.1", "::", "example.com"])
    func onlyThisMachineIsServed(_ host: String) {
        #expect(throws: (any Error).self) { try server(.loopback(host: host, port: 0)) }
    }
}
