import Testing

@testable import Pipelines

/// Links from a flagged record to Clio.
@Suite struct LinkTemplateTests {
    private let matters = LinkTemplate("https://{host}/nc/#/matters/{id}")

    @Test func aLinkHasTheHostOfTheRegionAndTheID() {
        #expect(
            matters?.address(site: "eu.app.clio.com", id: "17") == "https://eu.app.clio.com/nc/#/matters/17")
        #expect(
            LinkTemplate("https://{host}/d/{id}/details")?.address(site: "a.b/x", id: "a-1")
                == "https://a.b/d/a-1/details")
    }

    @Test(arguments: ["", "1/2", "1\" onclick=", "javascript:", "\u{202E}1", String(repeating: "1", count: 41)])
    func anIDThatIsNoneMakesNoLink(id: String) {
        #expect(matters?.address(site: "app.clio.com", id: id) == nil)
    }

    @Test(arguments: ["", "evil@host", "a b", "/"])
    func aHostThatIsNoneMakesNoLink(site: String) {
        #expect(matters?.address(site: site, id: "1") == nil)
    }

    @Test(
        arguments: [
            "http://{host}/{id}", "https://evil.example/{id}", "https://{host}.evil.example/{id}", "https://{host}/",
            "https://{host}/{id}/{id}", "https://{host}/{name}/{id}", "https://{host}/\"{id}", "https://{host}/<{id}",
            "javascript:{host}/{id}", "https://{host}/" + String(repeating: "a", count: 200) + "{id}",
        ])
    func aTemplateThatCouldLeadElsewhereIsRefused(text: String) {
        #expect(LinkTemplate(text) == nil)
    }
}
