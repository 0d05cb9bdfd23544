import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// Which page of which group comes next, against groups that exist in numbers only.
@Suite struct GroupedListTests {
    private static let grouping = Grouping(
        name: "area", parameter: "area_id", path: ["area", "id"], lookup: TableOwner(phase: "core", entity: "areas"),
        takesNull: true)
    private static let fields = FieldList(wanted: ["id", "name"])
    /// Records of each group; the last one is of records without a group.
    private static let sizes = [11: 25, 12: 0, 13: 70, 14: 31]

    private static func list(
        _ known: [StreamKey: RawStream] = [:],
        _ preference: @escaping @Sendable (GroupDirectory.Group) -> Int? = { _ in nil }
    ) -> GroupedList {
        var groups = sizes.keys.sorted().map {
            GroupDirectory.Group(key: String($0), name: nil, values: [String($0)])
        }
        groups.append(GroupDirectory.Group(key: "null", name: nil, values: ["null"]))
        return GroupedList(
            grouping, GroupDirectory(groups), fields: fields, streams: known, preference: preference)
    }

    private static func page(_ stream: GroupedList.Stream, outsiders: Int = 0) -> CutPage {
        let size = Int(stream.value).flatMap { sizes[$0] } ?? 5
        let begin = stream.next.flatMap { Int($0) } ?? 0
        var page = CutPage()
        page.records = min(10, size - begin)
        page.total = size
        page.next = begin + 10 < size ? String(begin + 10) : nil
        page.highestID = Int64(begin + page.records)
        page.outsiders = outsiders
        return page
    }

    @Test func firstPagesComeFirstAndThenTheLargestGroup() throws {
        var list = Self.list()
        var order: [String] = []
        while let stream = list.nextGroup() {
            order.append(stream.value)
            let page = Self.page(stream)
            _ = list.received(page, for: stream.key)
            _ = list.ended(page.next == nil ? .finished : .satisfied, for: stream.key)
        }
        #expect(order.prefix(4) == ["11", "12", "13", "14"])
        let rest = [(13, 6), (14, 3), (11, 2)].flatMap { [String](repeating: String($0.0), count: $0.1) }
        #expect(Array(order.dropFirst(4)) == rest + ["null"])
        #expect(!list.isOpen)
    }

    @Test func aPreferredGroupGoesBeforeAll() throws {
        var list = Self.list([:]) { $0.key == "14" ? -1 : nil }
        let stream = try list.requiredGroup()
        #expect(stream.value == "14")
        // A page of it is on its way.
        #expect(list.nextGroup()?.value == "11")
    }

    /// Killed after any page, and continued from the journal.
    @Test func everyPageIsFetchedOnceHoweverOftenItIsInterrupted() throws {
        var random = TestSeed.numbers()
        for _ in 0..<50 {
            var known: [StreamKey: RawStream] = [:]
            var fetched: [String] = []
            var list = Self.list()
            while let stream = list.nextGroup() {
                let page = Self.page(stream)
                fetched.append("\(stream.value)/\(stream.next ?? "0")")
                _ = list.received(page, for: stream.key)
                var entry = known[stream.key] ?? RawStream(finished: false, pages: 0, records: 0)
                if entry.pages == 0 { entry.reportedTotal = page.total }
                entry.pages += 1
                entry.records += page.records
                entry.next = page.next
                entry.finished = page.next == nil
                entry.isExhausted = entry.finished
                known[stream.key] = entry
                _ = list.ended(page.next == nil ? .finished : .satisfied, for: stream.key)
                if Int.random(in: 0..<4, using: &random) == 0 { list = Self.list(known) }
            }
            #expect(Set(fetched).count == fetched.count)
            #expect(fetched.count == 3 + 1 + 7 + 4 + 1)
        }
    }

    @Test func aGroupIsCompleteWithItsLastPage() throws {
        var list = Self.list()
        var complete: [Consequence.Step] = []
        while let stream = list.nextGroup() {
            let page = Self.page(stream)
            _ = list.received(page, for: stream.key)
            complete += list.ended(page.next == nil ? .finished : .satisfied, for: stream.key).steps
        }
        #expect(
            complete
                == ["12", "13", "14", "11", "null"].enumerated().map {
                    .groupComplete($0.element, complete: $0.offset + 1, of: 5)
                })
    }

    @Test func aLostCursorLeavesTheRestToTheWholeList() throws {
        var list = Self.list()
        let stream = try list.requiredGroup()
        _ = list.received(Self.page(stream), for: stream.key)
        let consequence = list.ended(.cursorLost, for: stream.key)
        #expect(consequence.steps == [.report(.cursorLost(stream.key)), .end(stream.key)])
        #expect(list[stream.key]?.isOpen == false)
    }

    @Test func aFilterWithoutEffectIsNoWayToFetchTheList() throws {
        let ignored = Consequence.Step.report(.groupsAbandoned(.ignored(filter: "area_id")))
        var list = Self.list()
        list.whole = 25
        let stream = try list.requiredGroup()
        let page = Self.page(stream, outsiders: 3)
        #expect(!list.accepts(page, for: stream.key))
        #expect(list.ended(.rejected(page), for: stream.key).steps == [ignored])
        // A few strange records in a page that is much shorter than the list are Clio's way.
        list.whole = 1_000
        #expect(list.accepts(page, for: stream.key))
        list.whole = 25
        _ = list.received(page, for: stream.key)
        #expect(list.ended(.satisfied, for: stream.key).steps == [ignored])
        let refusal = ClioError(.refused, "no such filter")
        var refused = Self.list()
        let first = try refused.requiredGroup()
        #expect(
            refused.ended(.refused(refusal), for: first.key).steps
                == [.report(.groupsAbandoned(.refused(filter: "area_id")))])
    }
}

extension GroupedList {
    fileprivate mutating func nextGroup() -> Stream? { nextStream().flatMap { self[$0] } }

    fileprivate mutating func requiredGroup() throws -> Stream {
        let stream = nextGroup()
        return try #require(stream)
    }
}
