import Foundation
import Testing

@testable import HTTP

/// What is said when the trouble is with a proxy or the trusted certificates, and not with the host.
@Suite(.timeLimit(.minutes(5))) struct ProxyTests {
    private static let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]

    private func failure(
        _ environment: [String: String], _ url: String = "https://clio.invalid/x?secret=1",
        change: (inout HTTPConfiguration) -> Void = { _ in }
    ) async throws -> HTTPError {
        var configuration = HTTPConfiguration()
        configuration.network = NetworkEnvironment(environment)
        change(&configuration)
        let client = HTTPClient(configuration)
        let request = HTTPRequest(.get, try #require(WebAddress(url)))
        let error = try await #require(throws: HTTPError.self) { _ = try await client.send(request) }
        #expect(!error.description.contains("\n") && !error.description.contains("secret"))
        return error
    }

    @Test(arguments: [407, 403, 502, 503])
    func aProxyThatOpensNoTunnelIsNamed(_ status: Int) async throws {
        let server = try RawServer { _ in .init("HTTP/1.1 \(status) No\nContent-Length: 0\n\n") }
        defer { server.stop() }
        for variable in Self.variables {
            let error = try await failure([variable: "http://ada:proxy-secret@127.0.0.1:\(server.port)"])
            #expect(error.kind == (status >= 500 ? .proxyFailed : .proxyRefused))
            #expect(error.isTransient == (status >= 500))
            #expect(error.description.contains("the proxy http://127.0.0.1:\(server.port) (\(variable)) "))
            #expect(error.description.contains("the proxy answered \(status)"))
            #expect(!error.description.contains("ada") && !error.description.contains("base URL"))
        }
        #expect(try #require(server.requests.first).hasPrefix("CONNECT clio.invalid:443 "))
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        // Another test may get the port of a server that was stopped; nothing listens here.
        let closed = "127.0.0.1:1"
        for url in ["http://ada:secret@\(closed)", "\(closed)", "https://\(closed)", "socks5h://\(closed)"] {
            let error = try await failure(["ALL_PROXY": url])
            #expect(error.kind == .proxyUnreachable && error.isTransient)
            #expect(error.cause.contains("the proxy "))
            #expect(error.cause.contains("\(closed) (ALL_PROXY) cannot be reached"))
        }
        let unknown = try await failure(["https_proxy": "http://gate.invalid:3128"])
        #expect(unknown.kind == .proxyUnreachable)
        #expect(unknown.description.contains("http://gate.invalid:3128 (https_proxy)"))
    }

    @Test func aProxyThatBreaksOffIsNamed() async throws {
        let server = try RawServer { _ in .init("") }
        defer { server.stop() }
        let error = try await failure(["HTTPS_PROXY": "http://127.0.0.1:\(server.port)"])
        #expect(error.kind == .proxyFailed && error.isTransient)
        #expect(error.cause.contains("(HTTPS_PROXY) opens no connection"))
    }

    @Test func aSilentProxyIsNamed() async throws {
        let server = try RawServer { _ in .init("", hangs: true) }
        defer { server.stop() }
        let error = try await failure(["HTTPS_PROXY": "http://127.0.0.1:\(server.port)"]) { $0.totalTimeout = 0.3 }
        #expect(error.kind == .proxyFailed)
    }

    @Test(arguments: ["clio.invalid", ".invalid", "other.example, INVALID", "*", "a b clio.invalid"])
    func anExcludedHostIsReachedDirectly(_ list: String) async throws {
        for variable in ["NO_PROXY", "no_proxy"] {
            let error = try await failure(["HTTPS_PROXY": "http://127.0.0.1:1", variable: list])
            #expect(error.kind == .resolve)
            #expect(!error.description.contains("proxy"))
        }
    }

    @Test(arguments: ["lio.invalid", "clio.invalid.example", "invalid.clio", "127.0.0.1"])
    func aHostThatIsNotExcludedUsesTheProxy(_ list: String) async throws {
        let error = try await failure(["HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": list])
        #expect(error.kind == .proxyUnreachable)
    }

    @Test(arguments: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    func certificatesThatCannotBeUsedAreNamed(_ variable: String) async throws {
        let server = try RawServer { _ in .init("") }
        defer { server.stop() }
        let folder = NSTemporaryDirectory()
        let empty = folder + "/empty-\(UUID().uuidString).pem"
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: empty))
        defer { try? FileManager.default.removeItem(atPath: empty) }
        for (file, reason) in [
            ("/nowhere/ca.pem", "No such file"), (folder, "Is a directory"), (empty, "no certificate in PEM form"),
        ] {
            let error = try await failure([variable: file], "https://127.0.0.1:\(server.port)/")
            #expect(error.kind == .certificates && !error.isTransient)
            #expect(error.cause.contains("\(file) (\(variable))") && error.cause.contains(reason))
        }
    }
}
