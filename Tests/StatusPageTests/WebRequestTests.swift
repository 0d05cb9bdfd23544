import FlyingFox
import TestSupport
import Testing

@testable import StatusPage

@Suite struct WebRequestTests {
    private func request(_ path: String, _ query: String = "", cookie: String? = nil) async throws -> WebRequest {
        var headers: [HTTPHeader: String] = [.host: "h"]
        headers[.cookie] = cookie
        return try await WebRequest(
            HTTPRequest(
                method: .GET, version: .http11, target: HTTPRequest.Target(path: path, query: query),
                headers: HTTPHeaders(headers), body: HTTPBodySequence()))
    }

    @Test func pathQueryAndCookiesAreDecoded() async throws {
        let request = try await request("/firms/a%2Fb/actions", "x=1&y=a+b%21&z", cookie: "a=1; b=2")
        #expect(request.path == ["firms", "a/b", "actions"])
        #expect(request.query == ["x": "1", "y": "a b!", "z": ""])
        #expect(request.cookie("b") == "2" && request.cookie("c") == nil)
        #expect(request.headers["host"] == "h")
    }

    @Test(arguments: ["/%zz", "/%ff", "/a/%"])
    func aPathThatCannotBeDecodedIsRefused(_ path: String) async {
        await #expect(throws: (any Error).self) { try await request(path) }
    }

    /// Random text is understood or ignored, and nothing else happens.
    @Test func randomFormsDoNoHarm() {
        var generator = TestSeed.numbers()
        let pieces = ["a", "%", "41", "%41", "+", "&", "=", "\u{0}", "é", "\n", "%ff"]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            _ = WebRequest.fields(text)
        }
    }
}
