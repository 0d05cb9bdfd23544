import Foundation
import Synchronization
import Testing

@testable import Progress
@testable import StatusPage

/// Firms of other machines on the page.
@Suite(.timeLimit(.minutes(5))) struct StoredStatusTests {
    private static let now = 1_795_896_000.0

    private func firm(_ name: String, running: Bool = true, version: String = "1", at time: Double = now) -> StoredFirm
    {
        let document = """
            {"job":{"id":"0a1b2c3d","connection":"\(name)","status":"IN_PROGRESS","estimated_items":200,"synced_items":70,\
            "running":\(running),"waits_for":null,"waits_until":null,"eta_seconds":90,"freshness":{}},"entities":[\
            {"phase":"core","entity":"matters","status":"IN_PROGRESS","expected":200,"extracted":100,"loaded":70,\
            "percent":35,"fetched_percent":50}],"requests":{"made":7,"retried":0,"throttled_429":0,\
            "budget_per_minute":45},"errors":[],"fences":{"core/raw":1}}
            """
        return StoredFirm(connection: name, document: Array(document.utf8), storedAt: time, version: version)
    }

    @Test func theyAreShownAsTheyWereStored() throws {
        let firms = [firm("jones"), firm("miller", at: Self.now - 500), firm("smith", running: false)]
        let source = StoredStatusSource({ firms }, catalog: try Sample.catalog(), freshness: nil) { Self.now }
        let shown = source.snapshot().connections
        #expect(shown.map(\.name) == ["jones", "miller", "smith"])
        // The machine of the second one has said nothing for minutes.
        #expect(shown.map(\.state) == [.running, .interrupted, .interrupted])
        #expect(!shown.contains { !$0.isElsewhere })
        let progress = try #require(shown[0].progress)
        #expect(progress.fetchedPercent == 50)
        #expect(progress.rows == 70)
        let text = Metrics(snapshot: source.snapshot(), version: "1", watchers: 0).text
        for name in ["jones", "miller", "smith"] {
            #expect(text.contains(#"cliosync_job_database_rows{connection="\#(name)"} 70"#))
            #expect(text.contains(#"cliosync_api_requests_total{connection="\#(name)"} 7"#))
        }
    }

    @Test func aStateThatCannotBeReadIsAProblemOfThatFirmAlone() throws {
        let firms = [StoredFirm(connection: "jones", document: [1], storedAt: 0, version: "1"), firm("smith")]
        let source = StoredStatusSource({ firms }, catalog: try Sample.catalog(), freshness: nil) { Self.now }
        let shown = source.snapshot().connections
        #expect(shown[0].problem?.contains("cannot be read") == true)
        #expect(shown[1].state == .running)
    }

    @Test func thePageShowsAndChangesNothing() async throws {
        let firms = [firm("smith")]
        var options = StatusPageOptions(staging: "nowhere", catalog: try Sample.catalog())
        options.port = 0
        options.stored = { firms }
        let hub = StatusHub(options) { Self.now }
        await hub.look()
        let status = try #require(hub.snapshot.connection("smith"))
        let view = FirmView(
            status: status, details: await hub.details("smith"), now: Self.now, mayOperate: true, mayResume: true,
            formToken: "t")
        #expect(view.main.text.contains("smith"))
        #expect(!view.main.text.contains("<form"))
    }
}
