import HTTP
import Testing

@Suite struct WebAddressTests {
    @Test func aUrlComesApart() throws {
        let address = try #require(WebAddress("HTTPS://App.Clio.com/api/v4/matters.json?a=b%20c&d#part"))
        #expect(address.scheme == "https")
        #expect(address.host == "app.clio.com")
        #expect(address.port == 443)
        #expect(address.path == "/api/v4/matters.json")
        #expect(address.query == "a=b%20c&d")
        #expect(address.url == "https://app.clio.com/api/v4/matters.json?a=b%20c&d")
        #expect(address.description == "https://app.clio.com/api/v4/matters.json")
        #expect(WebAddress("http://[::1]:80/x")?.isLoopback == true)
        #expect(WebAddress("http://h?q=1")?.target == "/?q=1")
    }

    /// Promise 6: what two parsers may read differently is refused.
    @Test(arguments: [
        "https://app.clio.com@evil.example/", "https://user:pass@app.clio.com/", "https://evil.example\\@app.clio.com/",
        "ftp://app.clio.com/", "//app.clio.com/", "/api/v4", "https:/app.clio.com", "https://", "https://a b/",
        "https://app.clio.com:99999/", "https://app.clio.com:/x", "https://app.clio.com/\n", "https://[::1/", "",
        "https://app.clio.com%2eevil.example/",
    ])
    func whatIsAmbiguousIsRefused(_ text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test func originsAreCompared() throws {
        let base = try #require(WebAddress("https://app.clio.com"))
        #expect(try base.isSameOrigin(as: #require(WebAddress("https://APP.clio.com:443/x"))))
        for other in ["http://app.clio.com/", "https://eu.app.clio.com/", "https://app.clio.com:8443/"] {
            #expect(try !base.isSameOrigin(as: #require(WebAddress(other))))
        }
    }
}
