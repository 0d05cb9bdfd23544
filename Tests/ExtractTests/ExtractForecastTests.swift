import Pipelines
import Testing

@testable import Extract

/// The forecast against results that can be computed without it.
@Suite struct ExtractForecastTests {
    private func list(_ records: Int, rank: Int = 0, created: String? = "created_since") -> ExtractForecast.List {
        let table = Table(
            name: "t", title: "T", description: nil, columns: [], children: [], rules: [], indexes: [])
        let entity = Entity(
            phase: "p", name: "e", title: "E", priority: 1, endpoint: "e", parameters: [], expectations: [],
            order: "id(asc)", batchSize: 200, maximumBatchSize: 200, batchSetting: nil, fields: ["id", "created_at"],
            windows: nil, since: Since(created: created, updated: "updated_since"), table: table,
            tableDefinedIn: TableOwner(phase: "p", entity: "e"))
        return ExtractForecast.List(entity, rank: rank, records: records)
    }

    private func conditions(
        limit: Int, latency: Double, share: Double = 1, later: (at: Double, limit: Int)? = nil
    ) -> ExtractForecast.Conditions {
        let settings = RateGovernor.Settings(share: share)
        return ExtractForecast.Conditions(
            governor: RateGovernor(settings), settings: settings, now: 0, wall: 1_000_000, latency: latency
        ) { wall in later.map { wall >= 1_000_000 + $0.at ? $0.limit : limit } ?? limit }
    }

    @Test func aListTakesItsPagesAndAClosingPass() {
        let outcome = ExtractForecast.run([list(1_001)], conditions(limit: 100_000, latency: 1))
        #expect(outcome.requests == [7])
        #expect(outcome.total > 6.9 && outcome.total < 7.5)
        // One page has nothing that could change meanwhile.
        #expect(ExtractForecast.run([list(10)], conditions(limit: 100_000, latency: 1)).requests == [1])
        #expect(ExtractForecast.run([list(0)], conditions(limit: 100_000, latency: 1)).requests == [1])
    }

    /// 50 a minute, 90 % of it: 450 requests take ten windows, of which the first is spent ahead of time.
    @Test func theLimitDecidesHowLongItTakes() {
        let outcome = ExtractForecast.run([list(450 * 200 - 200)], conditions(limit: 50, latency: 0.2, share: 0.9))
        #expect(outcome.requests[0] == 450)
        #expect(outcome.total > 540 && outcome.total < 640, "\(outcome.total)")
    }

    @Test func aLongListIsFetchedInPartitionsWhereItMayBe() {
        let split = ExtractForecast.run([list(40_000)], conditions(limit: 600, latency: 1.5))
        let single = ExtractForecast.run([list(40_000, created: nil)], conditions(limit: 600, latency: 1.5))
        #expect(single.requests == [201])
        #expect(single.total > 300)
        #expect(split.total < single.total / 3)
        #expect(split.requests[0] > 201 && split.requests[0] < 225)
    }

    @Test func earlierPhasesAreServedFirst() {
        let outcome = ExtractForecast.run(
            [list(9_000, rank: 1), list(9_000, rank: 0)], conditions(limit: 50, latency: 0.1))
        #expect(outcome.seconds[1] < outcome.seconds[0])
    }

    @Test func aLowerLimitLaterAndHoursOfRestAreIncluded() {
        let steady = ExtractForecast.run([list(60_000)], conditions(limit: 300, latency: 0.1))
        let dropped = ExtractForecast.run(
            [list(60_000)], conditions(limit: 300, latency: 0.1, later: (at: 10, limit: 50)))
        #expect(dropped.total > 2 * steady.total)
        var held = conditions(limit: 300, latency: 0.1)
        held.heldUntil = { $0 >= 1_000_020 && $0 < 1_003_620 ? 1_003_620 : nil }
        let waited = ExtractForecast.run([list(60_000)], held)
        #expect(waited.held > 3500 && waited.held <= 3600)
        #expect(waited.total > 3600)
    }

    private func grouping(takesNull: Bool) -> Grouping {
        Grouping(
            name: "g", parameter: "g_id", path: ["g", "id"], lookup: TableOwner(phase: "p", entity: "groups"),
            takesNull: takesNull)
    }

    @Test func groupsAreFetchedSideBySideAsFarAsTheSettingsAllow() {
        var grouped = list(10_000)
        grouped.cut(by: grouping(takesNull: false), groups: 10, share: 1)
        var single = conditions(limit: 100_000, latency: 1)
        single.settings.concurrency = 1
        let one = ExtractForecast.run([grouped], single)
        let many = ExtractForecast.run([grouped], conditions(limit: 100_000, latency: 1))
        #expect(one.requests == many.requests)
        #expect(one.total > 55 && many.total < 15, "\(one.total), \(many.total)")
    }

    @Test(arguments: [(0, 3), (1, 1), (7, 10), (10_000, 9), (23_968, 61)])
    func virtualGroupsHoldAllRecordsAndHalfFullLastPages(_ records: Int, _ count: Int) {
        let groups = VirtualGroups(grouping(takesNull: false), records: records, count: count, pageSize: 200)
        #expect(groups.sizes.count == count && groups.sizes.reduce(0, +) == records)
        var (list, pages, received) = (groups.list, 0, 0)
        while let key = list.nextStream() {
            let page = groups.page(of: key, next: list[key]?.next)
            _ = list.received(page, for: key)
            _ = list.ended(page.next == nil ? .finished : .satisfied, for: key)
            pages += 1
            received += page.records
        }
        #expect(!list.isOpen && received == records && pages == groups.pages)
        if records > 200 * count { #expect(abs(pages - (records + 100 * count) / 200) <= 3, "\(pages)") }
    }

    @Test(arguments: [12_000, 24_000, 80_000]) func aListWithoutAnOrderIsCutInTimeWindows(_ records: Int) {
        let events = entity(order: nil, fields: ["id", "start_at", "end_at"], windows: timeWindows)
        let long = ExtractForecast.run(
            [ExtractForecast.List(events, rank: 0, records: records)], conditions(limit: 600, latency: 0.5))
        // The page that shows that there are too many, a count for each edge or two, half a page more for each window, and
        // the count that all of it is compared with.
        let windows = records / 9_000 + 1
        let pages = records / 200
        #expect(
            long.requests[0] >= pages + windows + 2 && long.requests[0] <= pages + 4 * windows + 4, "\(long.requests)")
        // One that Clio shows to its end is fetched as it is.
        let short = ExtractForecast.run(
            [ExtractForecast.List(events, rank: 0, records: 9_999)], conditions(limit: 600, latency: 0.5))
        #expect(short.requests == [50])
    }

    @Test func eachGroupHasALastPageOfItsOwn() {
        var asked = list(10_000)
        asked.cut(by: grouping(takesNull: true), groups: 9, share: 0.5)
        // Ten streams with half a page more than they need, two questions and a closing pass; what has no group is one of them.
        let nulls = ExtractForecast.run([asked], conditions(limit: 100_000, latency: 1))
        #expect(asked.groups == 10 && nulls.requests == [55 + 3])
        // Side by side.
        #expect(nulls.total < 15, "\(nulls.total)")
        var rest = list(10_000, created: nil)
        rest.cut(by: grouping(takesNull: false), groups: 10, share: 0.5)
        let all = ExtractForecast.run([rest], conditions(limit: 100_000, latency: 1))
        // Half of the records in groups, then all of them.
        #expect(rest.pages == 30 + 50 && all.requests == [80 + 3])
        // Where every record has a group, nothing is left to be fetched.
        var whole = list(10_000)
        whole.cut(by: grouping(takesNull: false), groups: 10, share: 1)
        #expect(whole.pages == 55)
        // However few records there are, each group is asked for.
        var few = list(10)
        few.cut(by: grouping(takesNull: true), groups: 30, share: 1)
        #expect(ExtractForecast.run([few], conditions(limit: 100_000, latency: 1)).requests[0] >= 31)
        #expect(few.pages == 31)
    }
}
