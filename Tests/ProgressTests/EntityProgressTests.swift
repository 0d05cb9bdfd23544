import Jobs
import Staging
import Testing

@testable import Progress

/// How far one entity is, from what each place says.
@Suite struct EntityProgressTests {
    static func facts(_ change: (inout EntityFacts) -> Void = { _ in }) -> EntityFacts {
        var facts = EntityFacts(phase: "core", entity: "matters", title: "Matters")
        change(&facts)
        return facts
    }

    /// A list that was fetched to its end, transformed and loaded.
    static func complete(
        fetched: Int, expected: Int, duplicates: Int = 0, deleted: Int = 0, rows: Int, rejected: Int = 0
    ) -> EntityFacts {
        facts { facts in
            var staged = StagedFacts()
            (staged.isKnown, staged.fetched, staged.completion) = (true, fetched, .complete)
            (staged.completionCount, staged.reported, staged.deleted) = (expected, expected, deleted)
            (staged.hasResults, staged.accepted, staged.rejected) = (true, fetched - rejected, rejected)
            facts.staged = staged
            facts.database = DatabaseFacts.Entity(
                rows: rows, duplicates: duplicates, isComplete: true, table: "matters")
        }
    }

    @Test func aRecordThatWasFetchedTwiceIsOneRecord() {
        let progress = EntityProgress(Self.complete(fetched: 24_155, expected: 24_116, duplicates: 39, rows: 24_116))
        #expect(progress.fetched == 24_155)
        #expect(progress.distinct == 24_116 && progress.loaded == 24_116)
        #expect(progress.fetchedPercent == 100 && progress.loadedPercent == 100)
    }

    @Test func beforeTheLoadDuplicatesAreNotKnownAndTheCountOfClioIsTheLimit() {
        var facts = Self.complete(fetched: 1_512, expected: 1_502, rows: 0)
        facts.database = nil
        #expect(EntityProgress(facts).distinct == 1_502)
    }

    @Test func deletedRecordsAreNeitherFetchedNorLoaded() {
        let progress = EntityProgress(
            Self.complete(fetched: 15_010, expected: 14_997, duplicates: 10, deleted: 3, rows: 14_997))
        #expect(progress.distinct == 14_997 && progress.loaded == 14_997 && progress.deleted == 3)
    }

    @Test func aListThatIsHalfFetchedIsNotPending() {
        var facts = Self.facts { facts in
            facts.row = nil
            facts.staged = StagedFacts()
            facts.staged?.isKnown = true
            facts.staged?.fetched = 250
            facts.estimated = 500
        }
        #expect(EntityProgress(facts).status == .paused)
        #expect(EntityProgress(facts).fetchedPercent == 50)
        facts.isRunning = true
        #expect(EntityProgress(facts).status == .inProgress)
        facts.staged?.fetched = 0
        #expect(EntityProgress(facts).status == .pending)
    }

    @Test func theProcessThatFetchesTellsHowManyItHas() {
        let facts = Self.facts { facts in
            facts.stages = [
                JobActivity.Row(
                    phase: "core", entity: "matters", stage: "extract", done: 300, total: 180, finishedAt: nil)
            ]
            facts.estimated = 400
            facts.isRunning = true
        }
        let progress = EntityProgress(facts)
        // 180 is the count of one partition of the list.
        #expect(progress.fetched == 300 && progress.expected == 400 && progress.fetchedPercent == 75)
        #expect(progress.work == EntityProgress.Work(stage: "extract", done: 300, total: 180))
    }

    @Test func aListThatGrewSinceTheEstimateIsAsLongAsClioSays() {
        let facts = Self.facts { facts in
            var staged = StagedFacts()
            (staged.isKnown, staged.fetched, staged.reported) = (true, 520, 600)
            facts.staged = staged
            facts.estimated = 514
        }
        #expect(EntityProgress(facts).expected == 600)
        #expect(EntityProgress(facts).distinct == 520)
    }

    @Test(arguments: [
        (JobStatus.failed, true, true), (.paused, true, true), (.inProgress, true, true), (.completed, false, true),
        (.partiallyCompleted, true, false), (.failed, false, false), (.pending, false, false),
    ])
    func whatIsLoadedStaysUsableWhenARefreshFails(_ status: JobStatus, _ isLoaded: Bool, _ isUsable: Bool) throws {
        var facts = Self.complete(fetched: 10, expected: 10, rows: 10)
        facts.row = try Row.make(status)
        facts.database?.isComplete = isLoaded
        #expect(EntityProgress(facts).isUsable == isUsable)
    }

    @Test func anEmptyListIsDone() {
        let progress = EntityProgress(Self.complete(fetched: 0, expected: 0, rows: 0))
        #expect(progress.fetchedPercent == 100 && progress.loadedPercent == 100)
    }

    @Test func withoutFilesAndDatabaseTheJobRecordTells() throws {
        var facts = Self.facts()
        facts.row = try Row.make(.completed) { ($0.totalItems, $0.extracted, $0.loaded) = (7, 7, 6) }
        let progress = EntityProgress(facts)
        #expect(progress.expected == 7 && progress.fetched == 7 && progress.loaded == 6 && progress.isFetched)
    }
}
