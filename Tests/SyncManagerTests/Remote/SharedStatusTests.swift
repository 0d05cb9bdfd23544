import JSON
import Pipelines
import Testing

@testable import Jobs
@testable import Progress
@testable import Staging
@testable import SyncManager

/// What several machines know of one firm, in one document.
@Suite struct SharedStatusTests {
    private static let now = 1_795_896_000.0

    /// What a machine knows after its work on all entities of a phase.
    private func report(
        _ phase: String, _ status: JobStatus, extracted: Int = 0, accepted: Int = 0, loaded: Int = 0,
        isRunning: Bool = false
    ) throws -> RunReport {
        var report = RunReport()
        let done = extracted > 0
        var job = JobSummary(
            id: "0a1b2c3d-0000-4000-8000-000000000000", connection: "smith", status: status.rawValue, startedAt: nil,
            completedAt: nil, estimatedItems: nil, syncedItems: loaded, percent: nil, fetchedPercent: nil,
            etaSeconds: nil, featuresAvailable: [])
        job.isRunning = isRunning
        report.job = job
        for entity in try ShippedCatalog.get().entities where entity.phase == phase {
            var row = EntitySummary(phase: phase, entity: entity.name, status: status.rawValue)
            row.expected = done ? extracted : nil
            (row.extracted, row.accepted, row.loaded) = (extracted, accepted, loaded)
            row.fetchedPercent = done ? 100 : nil
            row.percent = loaded > 0 ? 100 : nil
            row.asOf = done ? "2026-11-28T20:00:00Z" : nil
            report.entities.append(row)
        }
        return report
    }

    private func merged(
        _ own: RunReport, _ fences: [String: Int64], over stored: SharedStatus? = nil
    ) throws -> SharedStatus? {
        let document = stored.map { Array($0.json.utf8) }
        let read = document.flatMap { StoredStatus($0) }
        #expect((read != nil) == (stored != nil))
        return SharedStatus(own, fences: fences, over: read, try ShippedCatalog.get(), now: Self.now)
    }

    @Test func oneMachineIsShownAsItIs() throws {
        let own = try report("core", .completed, extracted: 10, accepted: 9, loaded: 9)
        let all: [String: Int64] = ["core/raw": 1, "core/clean": 1, "database": 1]
        let first = try #require(try merged(own, all))
        #expect(first.report == own)
        let second = try #require(try merged(own, all, over: first))
        #expect(second.report.entities == own.entities)
        #expect(second.report.job == own.job)
        #expect(second.json.hasSuffix(#""fences":{"core/clean":1,"core/raw":1,"database":1}}"#))
    }

    /// Extract, transform and load of one phase on three machines with empty folders.
    @Test func eachStageAddsItsNumbers() throws {
        let extracted = try #require(try merged(try report("core", .inProgress, extracted: 10), ["core/raw": 1]))
        let transformed = try #require(
            try merged(try report("core", .inProgress, extracted: 10, accepted: 9), ["core/clean": 1], over: extracted))
        // The machine that loads knows nothing of the raw layer, because it did not fetch it.
        let loaded = try #require(
            try merged(try report("core", .completed, loaded: 9), ["database": 1], over: transformed))
        for row in loaded.report.entities {
            #expect([row.extracted, row.accepted, row.loaded] == [10, 9, 9])
            #expect(row.status == "COMPLETED")
            #expect(row.fetchedPercent == 100)
        }
        #expect(loaded.report.job?.percent == 100)
        #expect(loaded.report.job?.asOf == "2026-11-28T20:00:00Z")
        #expect(loaded.report.job?.featuresAvailable.isEmpty == false)
        #expect(loaded.fences == ["core/raw": 1, "core/clean": 1, "database": 1])
    }

    /// A phase that is verified completes no firm of which another phase is at work.
    @Test func phasesOfOtherMachinesStay() throws {
        let first = try #require(
            try merged(try report("supporting", .inProgress, extracted: 5, isRunning: true), ["supporting/raw": 3]))
        let own = try report("core", .completed, extracted: 10, accepted: 9, loaded: 9)
        let both = try #require(
            try merged(own, ["core/raw": 1, "core/clean": 1, "database": 2], over: first))
        #expect(Set(both.report.entities.map(\.phase)) == ["core", "supporting"])
        #expect(both.report.job?.status == "PAUSED")
        #expect(both.report.entities.filter { $0.phase == "supporting" }.allSatisfy { $0.extracted == 5 })
        #expect((both.report.job?.percent ?? 100) < 100)
    }

    @Test func whatAnEarlierHolderKnowsIsOutOfDate() throws {
        let second = try #require(
            try merged(try report("core", .inProgress, extracted: 20), ["core/raw": 2]))
        #expect(try merged(try report("core", .inProgress, extracted: 10), ["core/raw": 1], over: second) == nil)
        #expect(try merged(try report("core", .inProgress, extracted: 10), [:], over: second) == nil)
    }

    @Test func aStateIsReadAsItWasWritten() throws {
        var own = try report("core", .inProgress, extracted: 10, accepted: 9, isRunning: true)
        own.job?.waitsFor = "rate limit"
        own.job?.waitsUntil = Self.now + 30
        own.errors = [JobErrorCount(category: "api", code: "forbidden", count: 3, lastMessage: "403")]
        own.account = Account(id: 17, name: "Smith LLP", userID: 5, userName: "Ann", baseURL: "https://app.clio.com")
        var requests = RequestSummary()
        (requests.made, requests.retried, requests.throttled, requests.budgetPerMinute) = (7, 2, 1, 45)
        own.requests = requests
        let document = try #require(try merged(own, ["core/raw": 4])).json
        let stored = try #require(StoredStatus(Array(document.utf8)))
        #expect(stored.isRunning)
        #expect(stored.waiting?.reason == "rate limit")
        #expect(stored.waiting?.until == Self.now + 30)
        #expect(stored.errors == own.errors)
        #expect(stored.account == own.account)
        #expect(stored.requests == requests)
        #expect(stored.fences == ["core/raw": 4])
        let catalog = try ShippedCatalog.get()
        let live = stored.progress(catalog, FreshnessRules(), storedAt: Self.now - 20, now: Self.now)
        #expect(live.isRunning)
        #expect(live.waiting == JobProgress.Wait(reason: .rateLimit, until: Self.now + 30))
        #expect(live.entities.filter { $0.phase == "core" }.allSatisfy { $0.fetched == 10 && $0.accepted == 9 })
        // A machine that has stored nothing for minutes is gone.
        let gone = stored.progress(catalog, FreshnessRules(), storedAt: Self.now - 300, now: Self.now)
        #expect(!gone.isRunning)
        #expect(gone.waiting == nil)
        #expect(StoredStatus(Array("{}".utf8)) == nil)
        #expect(StoredStatus(Array(document.utf8.dropLast(5))) == nil)
    }
}
