import Jobs
import Staging
import Testing

@testable import Progress

/// Totals over the entities of a job, and the time that is left.
@Suite struct JobProgressTests {
    private static let now = 1_800_000_000.0

    private func entity(
        _ phase: String, _ name: String, expected: Int?, fetched: Int = 0, rows: Int = 0, table: String? = nil,
        isFetched: Bool = false
    ) -> EntityFacts {
        var facts = EntityFacts(phase: phase, entity: name, title: name)
        var staged = StagedFacts()
        (staged.isKnown, staged.fetched, staged.reported) = (true, fetched, expected)
        if isFetched { (staged.completion, staged.completionCount) = (.complete, expected) }
        facts.staged = staged
        facts.database = DatabaseFacts.Entity(rows: rows, table: table)
        return facts
    }

    private func plan(_ lists: [(String, records: Int, requests: Int, seconds: Double)], local: Double = 0)
        -> ProgressPlan
    {
        ProgressPlan(
            lists: lists.map {
                ProgressPlan.List(
                    phase: "core", entity: $0.0, records: $0.records, requests: $0.requests, seconds: $0.seconds)
            }, seconds: (lists.map(\.seconds).max() ?? 0) + local)
    }

    private func running(_ requests: Int, elapsed: Double, silent: Double = 0) -> JobActivity {
        var activity = JobActivity(
            jobID: "j", processID: 1, startedAt: Self.now - elapsed - silent, database: "/nowhere")
        activity.updatedAt = Self.now
        activity.progressedAt = Self.now - silent
        activity.requests = requests
        activity.budgetPerMinute = 60
        return activity
    }

    @Test func theTotalIsThatOfTheListsAndNotOfAnEarlierEstimate() throws {
        // The first run knew of one phase alone.
        var facts = JobFacts(job: try Row.job(.inProgress, phases: ["core", "more"], estimated: 514), now: Self.now)
        facts.entities = [
            entity("core", "matters", expected: 514, fetched: 514, rows: 514, table: "matters", isFetched: true),
            entity("more", "tasks", expected: 20_000, fetched: 5_000, rows: 4_599, table: "tasks"),
        ]
        facts.database = DatabaseFacts()
        facts.database?.tables = ["matters": 514, "tasks": 4_599]
        let progress = JobProgress(facts)
        #expect(progress.expected == 20_514)
        #expect(progress.rows == 5_113)
        #expect(Int(progress.fetchedPercent ?? 0) == 26)
        #expect(Int(progress.loadedPercent ?? 0) == 24)
    }

    @Test func aRowOfTwoListsIsOneRow() throws {
        var facts = JobFacts(job: try Row.job(.completed, phases: ["core", "more"]), now: Self.now)
        facts.entities = [
            entity("core", "contacts", expected: 40, fetched: 40, rows: 40, table: "contacts", isFetched: true),
            entity("more", "contacts", expected: 100, fetched: 100, rows: 100, table: "contacts", isFetched: true),
        ]
        facts.database = DatabaseFacts()
        facts.database?.tables = ["contacts": 100]
        let progress = JobProgress(facts)
        #expect(progress.rows == 100 && progress.rows(of: ["core/contacts"]) == 100)
        #expect(progress.fetchedPercent == 100 && progress.loadedPercent == 100)
    }

    @Test func whatIsNotDoneIsNotAHundredPercent() throws {
        var facts = JobFacts(job: try Row.job(.inProgress, estimated: 10), now: Self.now)
        facts.entities = [
            entity("core", "matters", expected: 10, fetched: 10, rows: 10, isFetched: true),
            entity("core", "users", expected: nil),
        ]
        let progress = JobProgress(facts)
        #expect(progress.fetchedPercent == 99.9 && progress.loadedPercent == 99.9)
    }

    @Test func aPhaseIsUsableWhenAllOfItIs() throws {
        var facts = JobFacts(job: try Row.job(.failed), now: Self.now)
        facts.entities = ["matters", "users"].map { entity("core", $0, expected: 1, fetched: 1, rows: 1) }
        facts.entities[0].database?.isComplete = true
        #expect(JobProgress(facts).usablePhases == [])
        facts.entities[1].database?.isComplete = true
        #expect(JobProgress(facts).usablePhases == ["core"])
    }

    // MARK: Time left

    private func secondsLeft(
        fetched: Int, _ activity: JobActivity, _ plan: ProgressPlan?, at now: Double = JobProgressTests.now
    ) throws -> Int? {
        var facts = JobFacts(job: try Row.job(.inProgress), now: now)
        facts.isRunning = true
        facts.activities = [activity]
        facts.plan = plan
        facts.entities = [entity("core", "matters", expected: 20_000, fetched: fetched)]
        return JobProgress(facts).secondsLeft
    }

    @Test func thePlanLeadsAtTheBeginning() throws {
        let plan = plan([("matters", 20_000, 100, 600)], local: 30)
        // Ten requests came in two seconds: the window was empty, and that says nothing of the next ten minutes.
        let left = try #require(try secondsLeft(fetched: 2_000, running(10, elapsed: 2), plan))
        #expect((450...630).contains(left), "\(left)")
    }

    @Test func whatWasMeasuredLeadsAtTheEnd() throws {
        let plan = plan([("matters", 20_000, 100, 600)])
        // Twice as slow as planned.
        let left = try #require(try secondsLeft(fetched: 18_000, running(90, elapsed: 1_080), plan))
        #expect((105...145).contains(left), "\(left)")
    }

    @Test func theTimeLeftNeverClimbsWhileTheRunWaits() throws {
        let plan = plan([("matters", 20_000, 100, 600)], local: 30)
        var before = Int.max
        for silent in stride(from: 0.0, through: 300, by: 5) {
            let left = try #require(try secondsLeft(fetched: 8_000, running(40, elapsed: 240, silent: silent), plan))
            #expect(left <= before && left > 0, "after \(silent) s: \(left), before \(before)")
            before = left
        }
    }

    @Test func aClosedWindowAddsTheTimeUntilItOpens() throws {
        let plan = plan([("matters", 20_000, 100, 600)])
        var activity = running(50, elapsed: 300, silent: 100)
        let open = try #require(try secondsLeft(fetched: 10_000, running(50, elapsed: 300), plan))
        activity.waitingFor = .window(opening: "19:00 America/Los_Angeles")
        activity.waitingUntil = Self.now + 3_600
        #expect(try secondsLeft(fetched: 10_000, activity, plan) == open + 3_600)
    }

    @Test func aWaitThatIsLongerThanThePlanIsCountedDown() throws {
        let plan = plan([("matters", 20_000, 100, 600)])
        var activity = running(99, elapsed: 600, silent: 30)
        activity.waitingFor = .rateLimit
        activity.waitingUntil = Self.now + 45
        #expect(try secondsLeft(fetched: 19_900, activity, plan) == 45)
        #expect(try secondsLeft(fetched: 19_900, activity, plan, at: Self.now + 10) == 35)
    }

    @Test func withoutAPlanTheBudgetTells() throws {
        let left = try #require(try secondsLeft(fetched: 0, running(0, elapsed: 0), nil))
        // A hundred pages and one, at sixty a minute.
        #expect(left == 101)
    }

    @Test func aJobThatRestsHasNoTimeLeft() throws {
        var facts = JobFacts(job: try Row.job(.paused), now: Self.now)
        facts.entities = [entity("core", "matters", expected: 20_000, fetched: 1)]
        #expect(JobProgress(facts).secondsLeft == nil)
    }

    @Test func aWaitThatIsOverIsNone() throws {
        var facts = JobFacts(job: try Row.job(.inProgress), now: Self.now)
        facts.isRunning = true
        var activity = running(1, elapsed: 10)
        activity.waitingFor = .rateLimit
        activity.waitingUntil = Self.now + 5
        facts.activities = [activity]
        #expect(JobProgress(facts).waiting == JobProgress.Wait(reason: .rateLimit, until: Self.now + 5))
        facts.activities[0].waitingUntil = Self.now
        #expect(JobProgress(facts).waiting == nil)
    }
}
