import Testing

@testable import Extract

@Suite("The difference between a list and what is held of it")
struct ListDifferenceTests {
    private static func difference(
        held: Int = 300_000, before: Int? = 300_000, _ total: Int?, changed: Int? = 0, created: Int? = 0,
        since: Double? = 1_700_000_000, isCounted: Bool = true, _ deletions: DeletionMode = .counts
    ) -> ListDifference {
        ListDifference(
            phase: "core", entity: "things", held: .init(records: held, before: before, isComplete: true),
            counts: .init(total: total, changed: changed, created: created), since: since, pageSize: 200,
            isCounted: isCounted, deletions: deletions)
    }

    @Test("an unchanged list takes the changes and two counts")
    func unchanged() {
        let same = Self.difference(300_000)
        #expect(same.work == .counts && same.requests == 3 && same.netDeleted == 0 && same.fetched == 0)
        #expect(Self.difference(300_000, .off).requests == 2)
    }

    @Test("changes, creations and deletions are told apart")
    func changed() {
        // 300 changed, of which 100 are new, and 30 others are gone.
        let busy = Self.difference(300_070, changed: 300, created: 100)
        #expect(busy.netDeleted == 30 && busy.fetched == 300 && busy.work == .counts)
        #expect((30...340).contains(busy.requests))
        #expect(Self.difference(299_970, changed: 0, .off).work == .changes)
    }

    @Test("all ids are read where that costs less, and where counts are of no use")
    func ids() {
        #expect(Self.difference(270_000).work == .ids)
        #expect(Self.difference(300_002).work == .ids, "records that reappeared are in no range of what is held")
        #expect(Self.difference(300_002).netDeleted == -2)
        #expect(Self.difference(nil).work == .ids)
        #expect(Self.difference(300_000, isCounted: false).work == .ids)
        #expect(Self.difference(10_000).netDeleted == nil, "a count that may stand for more")
        #expect(Self.difference(10_000).work == .ids)
        #expect(Self.difference(before: nil, 300_000).work == .ids)
        let sweep = Self.difference(300_000, .sweep)
        #expect(sweep.work == .ids && sweep.requests == 1 + 1_500 + 1)
    }

    @Test("a list whose changes cannot be requested is read whole")
    func records() {
        let whole = Self.difference(1_000, changed: nil, since: nil)
        #expect(whole.work == .records && whole.fetched == 1_000 && whole.requests == 7)
    }

    @Test("an extract that is not complete continues")
    func extract() {
        let open = ListDifference(
            phase: "core", entity: "things", held: .init(records: 400, isComplete: false), counts: .init(total: 1_000),
            since: nil, pageSize: 200, isCounted: false, deletions: .counts)
        #expect(open.work == .extract && open.fetched == 600 && open.requests == 4 && open.netDeleted == nil)
    }
}
