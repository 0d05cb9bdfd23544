import Foundation
import Testing

@testable import StatusPage

@Suite struct GateTests {
    private func gate(
        token: String? = nil, secret: String? = nil, host: String = "127.0.0.1", url: String? = nil, now: Double = 1_000
    ) throws -> Gate {
        var options = try Sample().options()
        options.token = token
        options.linkSecret = secret
        options.host = host
        options.publicURL = url.flatMap(PublicURL.init)
        return Gate(options, key: [1, 2, 3], clock: { now })
    }

    private func request(_ headers: [String: String] = [:]) -> WebRequest {
        var request = WebRequest(method: "GET", path: [])
        request.headers = headers
        return request
    }

    private func cookie(_ header: String) -> String { String(header.prefix { $0 != ";" }) }

    @Test func withoutATokenOnlyThisMachinesNamesAreAnswered() throws {
        let gate = try gate(url: "https://status.example.com")
        for host in ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "STATUS.example.com"] {
            #expect(gate.allowsHost(request(["host": host])), "\(host)")
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "", "[::1].evil"] {
            #expect(!gate.allowsHost(request(["host": host])), "\(host)")
        }
    }

    @Test func theTokenOpensAsABearerAndNothingElseDoes() throws {
        let gate = try gate(token: "0123456789abcdef", host: "0.0.0.0")
        #expect(gate.grant(request(["authorization": "Bearer 0123456789abcdef"]))?.scope == .all)
        for header in ["Bearer 0123456789abcdeF", "Bearer", "Bearer ", "0123456789abcdef", "Basic 0123456789abcdef"] {
            #expect(gate.grant(request(["authorization": header])) == nil, "\(header)")
        }
        #expect(gate.openSession() == nil)
    }

    @Test func aSessionHoldsUntilItsEndAndCannotBeMade() throws {
        let gate = try gate(token: "0123456789abcdef", now: 1_000)
        #expect(gate.login("wrong") == nil)
        let (grant, header) = try #require(gate.login("0123456789abcdef"))
        #expect(header.contains("HttpOnly") && header.contains("SameSite=Strict"))
        #expect(gate.grant(request(["cookie": cookie(header)])) == grant)
        let later = try self.gate(token: "0123456789abcdef", now: 1_000 + Gate.sessionSeconds + 1)
        #expect(later.grant(request(["cookie": cookie(header)])) == nil)
        // Another scope, a later end, another signature: each spoils it.
        let value = cookie(header)
        for changed in [
            value.replacing(".\(Int(1_000 + Gate.sessionSeconds)).", with: ".99999999999."),
            value.replacing("..", with: ".smith."), String(value.dropLast()) + "0" + "0",
        ] where changed != value {
            #expect(gate.grant(request(["cookie": changed])) == nil, "\(changed)")
        }
    }

    @Test func aLinkOpensOneFirmUntilItsEnd() throws {
        let gate = try gate(secret: "fedcba9876543210", host: "0.0.0.0", now: 1_000)
        let target = SignedLink(firm: "smith", expires: 2_000).target(secret: "fedcba9876543210")
        let signature = String(try #require(target.components(separatedBy: "signature=").last))
        let (grant, _) = try #require(gate.follow(firm: "smith", expires: "2000", signature: signature))
        #expect(grant.mayView("smith") && !grant.mayView("jones") && !grant.mayOperate)
        #expect(grant.expires == 2_000)
        #expect(gate.follow(firm: "jones", expires: "2000", signature: signature) == nil)
        #expect(gate.follow(firm: "smith", expires: "2001", signature: signature) == nil)
        #expect(gate.follow(firm: "smith", expires: "2000", signature: signature.uppercased()) == nil)
        let later = try self.gate(secret: "fedcba9876543210", host: "0.0.0.0", now: 2_000)
        #expect(later.follow(firm: "smith", expires: "2000", signature: signature) == nil)
        let other = try self.gate(secret: "fedcba9876543211", host: "0.0.0.0", now: 1_000)
        #expect(other.follow(firm: "smith", expires: "2000", signature: signature) == nil)
    }

    @Test func aFormMustComeFromThisPage() throws {
        let gate = try gate()
        let (grant, _) = try #require(gate.openSession())
        let token = gate.formToken(grant)
        func isMeant(_ headers: [String: String], _ csrf: String) -> Bool {
            gate.isMeant(request(headers.merging(["host": "localhost:8080"]) { $1 }), grant, form: ["csrf": csrf])
        }
        #expect(isMeant(["origin": "http://localhost:8080", "sec-fetch-site": "same-origin"], token))
        #expect(isMeant([:], token))
        #expect(!isMeant([:], ""))
        #expect(!isMeant([:], String(token.reversed())))
        #expect(!isMeant(["origin": "http://evil.example"], token))
        #expect(!isMeant(["origin": "http://localhost:8081"], token))
        #expect(!isMeant(["origin": "null"], token))
        #expect(!isMeant(["sec-fetch-site": "cross-site"], token))
        let (stranger, _) = try #require(gate.openSession())
        #expect(!isMeant([:], gate.formToken(stranger)))
    }

    @Test func cookiesAreSecureBehindTLS() throws {
        let gate = try gate(token: "0123456789abcdef", url: "https://status.example.com")
        let header = try #require(gate.login("0123456789abcdef")).cookie
        #expect(header.hasPrefix("__Host-") && header.contains("; Secure"))
    }

    @Test func unsafeOptionsAreRefused() throws {
        var options = try Sample().options()
        #expect(options.objection == nil)
        options.host = "0.0.0.0"
        #expect(options.objection?.contains("through a proxy") == true)
        options.socket = "/run/page.sock"
        #expect(options.objection == nil)
        options.host = "::1"
        options.token = "short"
        #expect(options.objection?.contains("16 characters") == true)
        options.token = "0123456789abcdef"
        #expect(options.objection == nil)
        options.linkSecret = "short"
        #expect(options.objection?.contains("--link-secret") == true)
    }

    @Test(arguments: ["ftp://x", "https://x/path", "x", "https://", "https://user@x", "https://x?y"])
    func aPublicURLIsAnOrigin(_ text: String) { #expect(PublicURL(text) == nil) }
}
