import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// Lists without an order, served by place, that change while they are walked.
@Suite(.timeLimit(.minutes(5))) struct ShiftTests {
    private static let things = entity(order: nil, fields: ["id", "created_at"], since: bothSince)

    private func bench(_ list: ClioDouble.List) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = list
        return try await Bench(state)
    }

    /// Does something once a page of whole records has been answered, by its number.
    private func after(_ page: Int, _ bench: Bench, _ change: @escaping @Sendable (inout ClioDouble.List) -> Void) {
        let pages = Mutex(0)
        bench.double.state.withLock { state in
            state.onRequest = { _ in
                guard
                    pages.withLock({
                        $0 += 1; return $0
                    }) == page
                else { return }
                bench.double.state.withLock { change(&$0.lists["things"]!) }
            }
        }
    }

    @Test func aQuietListCostsNothingMore() async throws {
        let bench = try await bench(.init(records: created(950)))
        let outcome = try #require(try await bench.extract([Self.things]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.requests == 6)
        await bench.close()
    }

    @Test(arguments: [true, false])
    func whatADeletionHidesIsFetchedByItsID(reportsTotal: Bool) async throws {
        let bench = try await bench(.init(records: created(950), reportsTotal: reportsTotal))
        after(2, bench) { $0.records.removeAll { $0.id == 10 } }
        let outcome = try #require(try await bench.extract([Self.things]).first)
        #expect(outcome.status == .complete, "\(outcome)")
        // The one that was deleted came before, and the one at the seam is there.
        #expect(Set(try bench.ids(Self.things)) == Set(1...950))
        #expect(outcome.notes.contains { $0.code == "mended" && $0.message.contains("1 records") })
        #expect(try RawManifest.read(bench.folder.entity(phase: "core", name: "things").sweep) == nil)
        // A page, a count of what came into being, and as many pages of ids.
        #expect(outcome.requests <= 6 + 5 + 4, "\(bench.double.requests)")
        await bench.close()
    }

    /// The counts of the pages are all the same then.
    @Test func aDeletionBehindAnAdditionIsFoundToo() async throws {
        let bench = try await bench(.init(records: created(950)))
        after(2, bench) { list in
            list.records.removeAll { $0.id == 10 }
            let now = Date().timeIntervalSince1970.rounded(.down)
            list.records.append(
                ClioDouble.Record(
                    id: 951, begins: now, updated: now, rest: "\"created_at\":\"\(Moment.timestamp(now))\""))
        }
        let outcome = try #require(try await bench.extract([Self.things]).first)
        #expect(outcome.status == .complete, "\(outcome)")
        #expect(Set(try bench.ids(Self.things)) == Set(1...951))
        await bench.close()
    }

    /// What is only added moves nothing away.
    @Test func anAdditionIsCaughtByTheClosingPassAlone() async throws {
        let bench = try await bench(.init(records: created(950)))
        after(2, bench) { list in
            let now = Date().timeIntervalSince1970.rounded(.down)
            list.records.insert(ClioDouble.Record(id: 951, begins: now, updated: now, rest: "\"name\":\"new\""), at: 0)
        }
        let outcome = try #require(try await bench.extract([Self.things]).first)
        #expect(outcome.status == .complete, "\(outcome)")
        #expect(Set(try bench.ids(Self.things)) == Set(1...951))
        #expect(outcome.requests <= 9, "\(bench.double.requests)")
        await bench.close()
    }

    @Test func aListThatNeverRestsIsPartial() async throws {
        let bench = try await bench(.init(records: created(2_000)))
        bench.double.state.withLock { state in
            state.onRequest = { _ in bench.double.state.withLock { _ = $0.lists["things"]!.records.removeFirst() } }
        }
        let outcome = try #require(try await bench.extract([Self.things]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.notes.contains { $0.code == "shifted" && $0.severity == .warning })
        #expect(try bench.manifest(Self.things)?.completion?.status == .partial)
        // A sweep in a quiet hour makes it whole, and says what is gone.
        bench.double.state.withLock { $0.onRequest = nil }
        let alive = bench.double.state.withLock { Set($0.lists["things"]!.records.map(\.id)) }
        let sweep = try #require(try await bench.extract([Self.things], sweep: true).first)
        #expect(sweep.status == .complete, "\(sweep)")
        let gone = try #require(try bench.manifest(Self.things)).deletions.flatMap(\.ids).compactMap { Int($0) }
        #expect(Set(try bench.ids(Self.things)).subtracting(gone) == alive)
        await bench.close()
    }

    /// A sweep looks for what is missing in a list that changes under it, too.
    @Test func aSweepIsWalkedAgainWhenItsListShifts() async throws {
        let bench = try await bench(.init(records: created(950)))
        _ = try await bench.extract([Self.things])
        // Hidden until now, and behind the seam when the first page of the sweep's ids is out.
        let old = Date().timeIntervalSince1970 - 90 * 86_400
        bench.double.state.withLock {
            $0.lists["things"]!.records.insert(ClioDouble.Record(id: 2000, begins: old, updated: old), at: 200)
        }
        let sent = bench.double.requests.count
        bench.double.state.withLock { state in
            state.onRequest = { number in
                // Behind the closing pass and the first page of ids.
                guard number == sent + 2 else { return }
                bench.double.state.withLock { state in state.lists["things"]!.records.removeAll { $0.id == 7 } }
            }
        }
        let sweep = try #require(try await bench.extract([Self.things], sweep: true).first)
        #expect(sweep.status == .complete, "\(sweep)")
        #expect(try bench.ids(Self.things).contains(2000))
        #expect(sweep.deleted == 1)
        await bench.close()
    }
}
