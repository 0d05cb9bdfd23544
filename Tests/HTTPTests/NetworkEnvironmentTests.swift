import Testing

@testable import HTTP

@Suite struct NetworkEnvironmentTests {
    @Test func anEmptyVariableCountsAsUnset() {
        let network = NetworkEnvironment([
            "https_proxy": "", "HTTPS_PROXY": "", "ALL_PROXY": "http://all:1", "NO_PROXY": "", "CURL_CA_BUNDLE": "",
            "SSL_CERT_FILE": "/certificates.pem",
        ])
        #expect(network.shownProxy == "http://all:1 (ALL_PROXY)")
        #expect(network.noProxy == nil)
        #expect(network.certificates?.variable == "SSL_CERT_FILE")
        #expect(NetworkEnvironment([:]).shownProxy == nil)
    }

    @Test(arguments: ["http://ada:pa@s/s@gate:3128", "ada:secret@gate:3128", "http://gate:3128"])
    func aProxyIsShownWithoutItsPassword(_ url: String) throws {
        let shown = try #require(NetworkEnvironment(["HTTPS_PROXY": url]).shownProxy)
        #expect(shown.hasSuffix("gate:3128 (HTTPS_PROXY)"))
        #expect(!shown.contains("ada") && !shown.contains("s/s") && !shown.contains("secret"))
    }

    private static let clio = "https://eu.app.clio.com/x"

    @Test func aServersHeaderCannotSetTheProxyOfPlainRequests() throws {
        let address = try #require(WebAddress("http://hook.example/x"))
        #expect(NetworkEnvironment(["HTTP_PROXY": "http://gate:1"]).proxy(for: address) == nil)
        #expect(NetworkEnvironment(["http_proxy": "http://gate:1"]).proxy(for: address)?.variable == "http_proxy")
        #expect(NetworkEnvironment(["HTTPS_PROXY": "http://gate:1"]).proxy(for: address) == nil)
    }

    /// libcurl's rules: names with all below them, addresses, and networks.
    @Test(arguments: [
        (clio, "eu.app.clio.com", true), (clio, "example.com, .CLIO.com", true), (clio, "clio.com.", true),
        (clio, "*", true), (clio, "app.clio.co,io.com", false), (clio, "us.app.clio.com", false), (clio, ",", false),
        ("https://10.1.2.3/", "10.0.0.0/8", true), ("https://10.1.2.3/", "10.1.2.0/31", false),
        ("https://10.1.2.3/", "10.1.2.2/31 x", true), ("https://10.1.2.3/", "10.1.2.3", true),
        ("https://10.1.2.3/", "2.3,10.0.0.0/99", false), ("https://[fd00::1]/", "fd00::/16", true),
        ("https://[fd00::1]/", "[fd00::1]", true), ("https://[fd00::1]/", "10.0.0.0/0", false),
    ])
    func noProxyListsHostsToReachDirectly(_ url: String, _ list: String, _ isDirect: Bool) throws {
        let address = try #require(WebAddress(url))
        for variable in ["NO_PROXY", "no_proxy"] {
            let network = NetworkEnvironment(["HTTPS_PROXY": "http://gate:1", variable: list])
            #expect((network.proxy(for: address) == nil) == isDirect)
        }
    }
}
