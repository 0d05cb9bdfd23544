import Foundation
import Staging
import Testing

@testable import Jobs
@testable import Progress
@testable import StatusPage

/// The list of firms: what is found, in which order, on which page.
@Suite struct FirmListTests {
    private static func firms() -> [ConnectionStatus] {
        var broken = ConnectionStatus(name: "broken")
        broken.problem = "job.sqlite: damaged"
        var fresh = SampleStatus.firm("fresh", .completed)
        fresh.progress?.freshness = freshness(hoursAgo: 1)
        var stale = SampleStatus.firm("stale", .completed)
        stale.progress?.freshness = freshness(hoursAgo: 40)
        return [
            fresh, SampleStatus.firm("failed", .failed, error: "the token is refused"), stale,
            SampleStatus.firm("running", .inProgress, running: true), broken, ConnectionStatus(name: "new"),
        ]
    }

    private static func freshness(hoursAgo: Double) -> Freshness {
        Freshness(
            asOf: StatusWords.time(Sample.now - hoursAgo * 3600), RunMilestones(), FreshnessRules(hours: 26),
            now: Sample.now)
    }

    private func names(_ fields: [String: String]) -> [String] {
        FirmListQuery(fields).answer(Self.firms()).firms.map(\.name)
    }

    @Test func whatNeedsAttentionComesFirst() {
        #expect(names([:]) == ["failed", "broken", "stale", "running", "new", "fresh"])
        #expect(names(["state": "attention"]) == ["failed", "broken", "stale"])
    }

    @Test func everyColumnSortsBothWaysAndWhatIsNotKnownComesLast() {
        #expect(names(["sort": "firm"]) == ["broken", "failed", "fresh", "new", "running", "stale"])
        #expect(names(["sort": "firm", "order": "desc"]) == ["stale", "running", "new", "fresh", "failed", "broken"])
        #expect(names(["sort": "age"]).prefix(2) == ["fresh", "stale"])
        #expect(names(["sort": "age", "order": "desc"]).prefix(2) == ["stale", "fresh"])
        #expect(names(["sort": "next"]).prefix(2) == ["stale", "fresh"])
        #expect(names(["sort": "reason"]).prefix(3) == ["stale", "broken", "failed"])
        #expect(names(["sort": "flagged"]).last == "new")
        #expect(names(["sort": "nonsense"]) == names([:]))
    }

    @Test func aSearchFindsNamesAndReasonsAndAFilterStates() {
        #expect(names(["q": " FAILED "]) == ["failed"])
        #expect(names(["q": "token"]) == ["failed"])
        #expect(names(["state": "not-readable"]) == ["broken"])
        #expect(names(["state": "not-begun"]) == ["new"])
        #expect(names(["q": "zzz"]).isEmpty)
    }

    @Test func theAddressOfAQueryIsThatQuery() {
        for fields in [
            [:], ["q": "a&b=\"<ü"], ["state": "not-begun", "sort": "age", "order": "desc", "page": "3"],
            ["state": "attention", "q": "x y"],
        ] {
            let query = FirmListQuery(fields)
            let parsed = FirmListQuery(WebRequest.fields(query.address.dropFirst()))
            #expect(parsed == query, "\(query.address)")
        }
        #expect(FirmListQuery(["page": "-1"]).page == 1)
        #expect(FirmListQuery(["q": String(repeating: "a", count: 5_000)]).search.count == 100)
    }

    @Test func thousandsOfFirmsAreAPageAtATime() {
        let firms = (1...2_000).map { SampleStatus.firm("firm-\(10_000 + $0)", .completed) }
        var query = FirmListQuery(["sort": "firm", "page": "20"])
        #expect(query.answer(firms).firms.last?.name == "firm-12000" && query.answer(firms).pages == 20)
        query.page = 99
        #expect(query.answer(firms).page == 20)
        let text = FirmListView(snapshot: StatusSnapshot(time: Sample.now, connections: firms), query: query).main.text
        #expect(text.contains("Page 20 of 20") && text.contains("href=\"/?sort=firm&amp;page=19\""))
        #expect(text.utf8.count < 60_000)
    }

    @Test func theTableTellsHowItIsSortedAndEveryFieldHasALabel() {
        let view = FirmListView(
            snapshot: StatusSnapshot(time: Sample.now, connections: Self.firms()),
            query: FirmListQuery(["sort": "age", "order": "desc", "q": "\"><script>"]))
        let text = view.main.text
        #expect(text.contains("&quot;&gt;&lt;script&gt;") && !text.contains("<script"))
        let all = FirmListView(
            snapshot: StatusSnapshot(time: Sample.now, connections: Self.firms()),
            query: FirmListQuery(["sort": "age", "order": "desc"])
        ).main.text
        #expect(all.components(separatedBy: "aria-sort=").count == 2 && all.contains("aria-sort=\"descending\""))
        #expect(all.contains("<caption>Firms</caption>"))
        #expect(all.contains("<label for=\"q\">") && all.contains("<label for=\"filter\">"))
        #expect(all.contains("<option value=\"attention\">Needs attention (3)</option>"))
    }

    @Test func firmsThatAreSetUpAreListedBeforeTheirFirstSync() throws {
        let sample = try Sample()
        try sample.job("smith")
        var options = StatusSource.Options()
        options.configured = { ["jones", "smith"] }
        options.freshness = { name in
            var rules = FreshnessRules()
            rules.token = PresentToken(
                mark: name, expiresAt: name == "jones" ? "2026-01-01T00:00:00Z" : nil, isRenewable: false, isLogin: true
            )
            return rules
        }
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), options, clock: { Sample.now })
        let snapshot = source.snapshot()
        #expect(snapshot.connections.map(\.name) == ["jones", "smith"])
        #expect(snapshot.connection("jones")?.state == .notBegun)
        #expect(snapshot.connection("jones")?.needsAttention == true)
        #expect(FirmListView(snapshot: snapshot).main.text.contains("no sync was begun"))
    }

    @Test func aWrongSettingsFileIsSaidAndHidesNothing() throws {
        struct Wrong: Error, CustomStringConvertible { let description = "connections/A_B.env: rename the file" }
        let sample = try Sample()
        try sample.job("smith")
        var options = StatusSource.Options()
        options.configured = { throw Wrong() }
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), options, clock: { Sample.now })
        let text = FirmListView(snapshot: source.snapshot()).main.text
        #expect(text.contains("connections/A_B.env: rename the file") && text.contains("/firms/smith"))
    }

    @Test func ofManyFirmsThoseThatChangedAreReadAndTheOthersInTurn() throws {
        let sample = try Sample()
        let names = (0..<(3 * LookPlan.atLeast)).map { "f\($0)" }
        func stamp(_ name: String) throws -> JobStamp {
            JobStamp(try ConnectionFolder(staging: sample.staging, connection: name))
        }
        var stamps: [String: JobStamp] = [:]
        for name in names { stamps[name] = try stamp(name) }
        var plan = LookPlan()
        func look() -> Set<String> {
            let due = plan.due(stamps)
            for (name, stamp) in stamps where due.contains(name) {
                plan.noteRead(name, stamp, isAtWork: name == "f7")
            }
            return due
        }
        #expect(look() == Set(names))
        let second = look()
        #expect(second.contains("f7") && second.count == LookPlan.atLeast + 1)
        try sample.job("f9", live: false)
        stamps["f9"] = try stamp("f9")
        #expect(look().contains("f9"))
        // Within three looks, all were read again.
        #expect(second.union(look()).union(look()).union(look()) == Set(names))
    }

    @Test func aRecordThatIsOnlyOpenedDoesNotChange() throws {
        let sample = try Sample()
        try sample.job("smith", live: false)
        let folder = try ConnectionFolder(staging: sample.staging, connection: "smith")
        let before = JobStamp(folder)
        do {
            let store = try #require(try JobStore.openExisting(path: folder.jobDatabase))
            _ = try store.jobs(connection: "smith")
        }
        #expect(JobStamp(folder) == before)
        try sample.store("smith").addEvent(job: "j", level: .info, category: "c", code: "c", message: "m")
        #expect(JobStamp(folder) != before)
    }
}
