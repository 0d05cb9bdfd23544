import TestSupport
import Testing

@testable import StatusPage

@Suite struct RequestParserTests {
    private func parse(_ text: String) throws -> (WebRequest, bodyLength: Int) {
        try RequestParser.parse(Array(text.utf8))
    }

    @Test func takesARequestApart() throws {
        let (request, length) = try parse(
            "POST /firms/a%2Fb/actions?x=1&y=a+b%21 HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nCookie: a=1; b=2\r\n\r\n"
        )
        #expect(request.path == ["firms", "a/b", "actions"])
        #expect(request.query == ["x": "1", "y": "a b!"])
        #expect(request.cookie("b") == "2")
        #expect(request.cookie("c") == nil)
        #expect(length == 12)
        #expect(request.keepsAlive)
    }

    @Test(
        "what two programs could read differently is refused",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET http://evil/ HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /../secret HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /%2e%2e/secret HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET /%ff HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
            ("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 16385\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
            ("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 405),
            ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
        ])
    func refusals(_ text: String, _ status: Int) {
        #expect(throws: RequestParser.Refusal(status: status)) { try parse(text) }
    }

    @Test func aLongTargetIsRefused() {
        let target = "/" + String(repeating: "a", count: 3_000)
        #expect(throws: RequestParser.Refusal(status: 414)) { try parse("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n") }
    }

    @Test func theHeadEndsBehindItsEmptyLine() {
        #expect(RequestParser.headEnd(Array("GET / HTTP/1.1\r\n".utf8)) == nil)
        #expect(RequestParser.headEnd(Array("A\r\n\r\nbody".utf8)) == 5)
    }

    /// Random bytes are refused or understood, and nothing else happens.
    @Test func randomBytesDoNoHarm() {
        var generator = TestSeed.numbers()
        let pieces = [
            "GET ", "/", "%", "41", " HTTP/1.1", "\r\n", "\n", "\r", ":", "Host", "Content-Length", "9", "\u{0}", "é",
            "?", "&", "=",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            _ = try? RequestParser.parse(Array((text + "\r\n\r\n").utf8))
            _ = WebRequest.fields(text)
        }
    }
}
