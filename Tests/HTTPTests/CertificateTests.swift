import Foundation
import HTTP
import TestSupport
import Testing

/// What is said of a server whose certificate is not trusted here, as behind a gateway that reads along.
@Suite(.timeLimit(.minutes(5))) struct CertificateTests {
    @Test func theIssuerOfARefusedCertificateIsNamed() async throws {
        let server = try await TLSServer.start(issuer: "/O=Example Gateway/CN=Example Root")
        defer { server.stop() }
        let client = HTTPClient(HTTPConfiguration())
        let address = try #require(WebAddress("https://127.0.0.1:\(server.port)/api/v4/users/who_am_i.json?secret=1"))
        let error = try await #require(throws: HTTPError.self) {
            try await client.send(HTTPRequest(.get, address))
        }
        #expect(error.kind == .tls)
        #expect(error.issuer?.contains("Example Root") == true)
        #expect(error.description.contains("issued by \"O = Example Gateway, CN = Example Root\", was not accepted"))
        #expect(!error.description.contains("\n") && !error.description.contains("secret"))
    }

    @Test func aTrustedCertificateIsAccepted() async throws {
        let server = try await TLSServer.start(issuer: "/CN=Example Root")
        defer { server.stop() }
        var configuration = HTTPConfiguration()
        configuration.certificateFile = server.authority
        let address = try #require(WebAddress("https://127.0.0.1:\(server.port)/"))
        #expect(try await HTTPClient(configuration).send(HTTPRequest(.get, address)).status == 200)
    }
}

/// `openssl s_server` with a certificate of an authority of its own.
private final class TLSServer: Sendable {
    let port: Int
    var authority: String { folder + "/ca.pem" }
    private let folder: String
    private let process: pid_t

    /// What it printed so far.
    var output: String { (try? String(contentsOfFile: folder + "/out", encoding: .utf8)) ?? "" }

    static func start(issuer: String) async throws -> TLSServer {
        try await onThread { try TLSServer(issuer: issuer) }
    }

    private init(issuer: String) throws {
        folder = NSTemporaryDirectory() + "/tls-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        let certificates = Tool.runBlocking(
            "sh",
            [
                "-c",
                """
                cd '\(folder)' && exec 2>&1
                openssl req -x509 \(key) -keyout ca.key -out ca.pem -subj '\(issuer)' -days 2 &&
                openssl req \(key) -keyout leaf.key -out leaf.csr -subj '/CN=127.0.0.1' &&
                echo subjectAltName=IP:127.0.0.1 > names &&
                openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 2 -out leaf.pem -extfile names
                """,
            ])
        guard certificates.code == 0 else {
            throw CocoaError(.featureUnsupported, userInfo: ["output": certificates.text])
        }
        try Data().write(to: URL(fileURLWithPath: folder + "/out"))
        let server = Tool.runBlocking(
            "sh",
            [
                "-c",
                """
                cd '\(folder)' && exec 3>&1 >out 2>/dev/null </dev/null
                openssl s_server -accept 127.0.0.1:0 -www -cert leaf.pem -key leaf.key 3>&- &
                echo $! >&3
                """,
            ])
        guard let started = pid_t(server.text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw CocoaError(.featureUnsupported)
        }
        process = started
        // It prints `ACCEPT 127.0.0.1:PORT` once it listens. A zombie that no process reaps would look alive for ever.
        var found: Int?
        for _ in 0..<6_000 where found == nil {
            let text = (try? String(contentsOfFile: folder + "/out", encoding: .utf8)) ?? ""
            found = text.firstMatch(of: /ACCEPT [^\n]*:([0-9]+)\n/).flatMap { Int($0.1) }
            if found == nil, kill(started, 0) != 0 { break }
            if found == nil { usleep(10_000) }
        }
        guard let found else { throw CocoaError(.featureUnsupported) }
        port = found
    }

    func stop() {
        // It inherits that this process may ignore SIGTERM.
        kill(process, SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }
}
