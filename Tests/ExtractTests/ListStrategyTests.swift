import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// What every `ListStrategy` promises: it loses no record, asks for no page again that is stored, and ends; wherever it is
/// interrupted, and continued from its journal.
@Suite struct ListStrategyTests {
    enum Kind: CaseIterable { case ordered, recentFirst, unfiltered, grouped, windowed }

    struct Outcome {
        var missing: [Int64]
        var repeated: [String]
        var kept: Int
        var writes: Int
        var requests: Int
        var lost: Set<StreamKey>
    }

    private static let records = 240

    /// - Parameter limit: records after which Clio shows no more of a stream of an ordered list.
    private func fetch(
        _ kind: Kind, kills: Set<Int> = [], kill: Int? = nil, lostCursor: Int? = nil, deletion: Int? = nil,
        halt: Int? = nil, limit: Int? = nil, seed: UInt64 = 1
    ) -> Outcome {
        var random = SeededNumbers(seed: seed)
        func outcome<List: ListStrategy>(
            isOrdered: Bool = true, limit: Int?, _ make: @escaping (ListJournal) -> List
        ) -> Outcome {
            let clio = MemoryClio(records: Self.records, isOrdered: isOrdered, limit: limit, &random)
            let disturbance = Disturbance(
                kills: kills, kill: kill, lostCursor: lostCursor, deletion: deletion, halt: halt)
            var bench = ListStrategyBench(clio, disturbance, random, make)
            bench.run()
            let lost = bench.journal.events.compactMap { event -> StreamKey? in
                if case .cursorLost(let key) = event { key } else { nil }
            }
            return Outcome(
                missing: bench.missing, repeated: bench.repeated, kept: bench.journal.kept.count,
                writes: bench.writes, requests: bench.requests, lost: Set(lost))
        }
        switch kind {
        case .ordered, .recentFirst, .unfiltered:
            let since = kind == .unfiltered ? Since() : bothSince
            let things = entity(fields: ["id", "name", "created_at"], batchSize: 10, since: since)
            return outcome(limit: limit) {
                OrderedList(
                    things, pageSize: 10, limit: limit ?? 1_000_000,
                    recentSince: kind == .recentFirst ? 1_700_250_000 : nil, streams: $0.streams, events: $0.events)
            }
        case .grouped:
            let grouping = Grouping(
                name: "area", parameter: "area_id", path: ["area", "id"],
                lookup: TableOwner(phase: "core", entity: "areas"), takesNull: true)
            let directory = GroupDirectory(
                (0..<4).map { GroupDirectory.Group(key: String($0), name: nil, values: [String($0)]) })
            return outcome(limit: nil) {
                GroupedList(grouping, directory, fields: FieldList(wanted: ["id"]), streams: $0.streams)
            }
        case .windowed:
            let settings = WindowedList.Settings(
                windows: timeWindows, limit: 60, target: 50, parallel: 3, now: 1_700_400_000)
            return outcome(isOrdered: false, limit: 60) { journal -> WindowedList in
                var list = WindowedList(settings, streams: journal.streams, events: journal.events)
                _ = list.divide(total: Self.records, starts: [])
                return list
            }
        }
    }

    @Test(arguments: Kind.allCases) func eachPageIsAskedForOnce(_ kind: Kind) {
        let outcome = fetch(kind)
        #expect(outcome.missing.isEmpty && outcome.repeated.isEmpty && outcome.lost.isEmpty)
        // No more than a page or two at each of the bounds between streams.
        #expect(outcome.requests <= Self.records / 10 + 12, "\(outcome.requests)")
        #expect(outcome.kept <= Self.records + 12, "\(outcome.kept)")
    }

    /// Killed after each write into the journal.
    @Test(arguments: Kind.allCases) func aKillCostsNoMoreThanThePagesUnderWay(_ kind: Kind) {
        let undisturbed = fetch(kind)
        for write in 1...undisturbed.writes {
            let outcome = fetch(kind, kills: [write])
            #expect(outcome.missing.isEmpty, "\(outcome.missing) after a kill at write \(write)")
            #expect(outcome.repeated.isEmpty, "\(outcome.repeated) after a kill at write \(write)")
            // A window is divided again, whose counts were not in the journal.
            #expect(outcome.requests <= undisturbed.requests + 14, "\(outcome.requests) after a kill at write \(write)")
        }
    }

    @Test(arguments: Kind.allCases) func twoKillsLoseNothing(_ kind: Kind) {
        let writes = fetch(kind).writes
        for first in stride(from: 1, to: writes, by: 3) {
            let outcome = fetch(kind, kills: [first, first + 1])
            #expect(outcome.missing.isEmpty && outcome.repeated.isEmpty, "after kills at \(first) and the next write")
        }
    }

    @Test(arguments: Kind.allCases, 0..<20) func manyKillsLoseNothing(_ kind: Kind, _ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(kind, kill: 20, seed: seed)
        #expect(outcome.missing.isEmpty && outcome.repeated.isEmpty, "seed \(seed)")
    }

    @Test(arguments: Kind.allCases, 0..<5) func aListThatWasHaltedContinues(_ kind: Kind, _ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(kind, halt: 10, seed: seed)
        #expect(outcome.missing.isEmpty && outcome.repeated.isEmpty, "seed \(seed)")
    }

    @Test(arguments: [Kind.ordered, .recentFirst, .windowed], 0..<20)
    func lostCursorsLoseNoRecord(_ kind: Kind, _ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(kind, kill: 60, lostCursor: 25, seed: seed)
        #expect(outcome.missing.isEmpty, "\(outcome.missing), seed \(seed)")
    }

    /// The whole list fetches the rest of a group.
    @Test(arguments: 0..<20) func aGroupEndsWithItsCursor(_ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(.grouped, kill: 60, lostCursor: 25, seed: seed)
        let ended = Set((0..<4).filter { outcome.lost.contains(StreamKey(.group(filter: "area_id", value: "\($0)"))) })
        #expect(outcome.repeated.isEmpty)
        #expect(outcome.missing.allSatisfy { ended.contains(Int($0 * $0 % 4)) }, "\(outcome.missing), seed \(seed)")
    }

    @Test(arguments: [Kind.ordered, .recentFirst, .unfiltered, .grouped], 0..<10)
    func deletionsHideNoOtherRecord(_ kind: Kind, _ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(kind, kill: 40, deletion: 10, seed: seed)
        #expect(outcome.missing.isEmpty && outcome.repeated.isEmpty, "\(outcome.missing), seed \(seed)")
    }

    @Test(arguments: [Kind.ordered, .recentFirst], 0..<10) func aLimitIsPassedByCreations(_ kind: Kind, _ round: Int) {
        let seed = TestSeed.value &+ UInt64(round)
        let outcome = fetch(kind, kill: 40, limit: 60, seed: seed)
        #expect(outcome.missing.isEmpty, "\(outcome.missing), seed \(seed)")
    }
}
