import HTTP
import Testing

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
}
