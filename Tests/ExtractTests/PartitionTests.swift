import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// Several partitions of one list side by side, and how it is completed.
@Suite(.timeLimit(.minutes(5))) struct PartitionTests {
    private static let thing = entity(
        fields: ["id", "name", "created_at", "updated_at"], batchSize: 50, since: bothSince)

    /// A bench whose answers take a second and a half, so that one partition cannot spend the budget.
    private func bench(_ list: ClioDouble.List, latency: Double = 1.5) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = list
        let bench = try await Bench(state, settings: patient)
        let clock = bench.clock
        bench.double.state.withLock { $0.onRequest = { _ in clock.advance(latency) } }
        return bench
    }

    @Test func aLongListIsFetchedInSeveralPartitions() async throws {
        let bench = try await bench(.init(records: created(4000)))
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.expected == 4000)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...4000))
        let manifest = try #require(try bench.manifest(Self.thing))
        let partitions = manifest.streams.keys.filter { $0.name.hasPrefix("created_since=") }
        #expect(partitions.count >= 3)
        // A page a seam at most, the closing pass and the count.
        #expect(outcome.requests <= 80 + partitions.count + 2)
        await bench.close()
    }

    @Test func oneFastPartitionIsEnough() async throws {
        let bench = try await bench(.init(records: created(4000)), latency: 0)
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        // 80 pages and the closing pass; the last page's count is Clio's.
        #expect(outcome.requests == 81)
        #expect(try bench.ids(Self.thing) == Array(1...4000))
        await bench.close()
    }

    /// Per partition at most the page in flight is asked for again.
    @Test func stoppedPartitionsAreResumed() async throws {
        let bench = try await bench(.init(records: created(4000)))
        var status = ExtractOutcome.Status.stopped
        var rounds = 0
        while status == .stopped, rounds < 40 {
            rounds += 1
            let stop = StopSignal()
            let pages = Mutex(0)
            let outcome = try #require(
                try await bench.extract([Self.thing], stop: stop) { event in
                    guard case .pageCommitted = event else { return }
                    if pages.withLock({
                        $0 += 1; return $0
                    }) >= 7 {
                        stop.request()
                    }
                }.first)
            status = outcome.status
        }
        #expect(rounds > 3)
        #expect(status == .complete)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...4000))
        let manifest = try #require(try bench.manifest(Self.thing))
        let partitions = manifest.streams.keys.filter { $0.name.hasPrefix("created_since=") }.count
        #expect(bench.double.requests.count <= 80 + partitions + 2)
        await bench.close()
    }

    @Test func idsThatDoNotGrowWithCreationsAreFetchedInOnePartition() async throws {
        let list = created(2000) { id, time in time -= Double((id * 7919) % 2000) * 600 }
        let bench = try await bench(.init(records: list))
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(try bench.ids(Self.thing) == Array(1...2000))
        await bench.close()
    }

    /// What the first pages do not show: later records that were created long before their neighbours.
    @Test func whatFallsBetweenPartitionsIsFoundByTheCount() async throws {
        let list = created(4000) { id, time in if id == 3900 { time -= 3000 * 60 } }
        let bench = try await bench(.init(records: list))
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...4000))
        await bench.close()
    }

    @Test func aLowerBoundThatClioIgnoresIsNotBelieved() async throws {
        let bench = try await bench(.init(records: created(2000), ignoresWindow: true))
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.notes.contains { $0.code == "filter_ignored" })
        #expect(try bench.ids(Self.thing) == Array(1...2000))
        await bench.close()
    }

    @Test func aLostCursorIsContinuedFromTheLatestCreation() async throws {
        let bench = try await bench(.init(records: created(2000)), latency: 0)
        let stop = StopSignal()
        _ = try await bench.extract([Self.thing], stop: stop) { event in
            if case .pageCommitted(_, _, _, let records, _) = event, records >= 1500 { stop.request() }
        }
        let before = bench.double.requests.count
        bench.double.state.withLock { $0.staleBefore = $0.issued + 1 }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...2000))
        // The lost cursor, ten pages of fifty and those of the hour before, the closing pass and the count.
        #expect(bench.double.requests.count - before <= 16)
        await bench.close()
    }

    /// Edits behind the cursor, and what comes and goes meanwhile.
    @Test func whatChangesDuringTheWalkIsCaughtByAClosingPass() async throws {
        let bench = try await bench(.init(records: created(1000)), latency: 0)
        let now = Date().timeIntervalSince1970
        bench.double.state.withLock { state in
            state.onRequest = { number in
                guard number == 10 else { return }
                bench.double.state.withLock { state in
                    state.lists["things"]?.records[4].updated = now
                    state.lists["things"]?.records[4].rest = "\"name\":\"edited\""
                    state.lists["things"]?.records.append(
                        ClioDouble.Record(id: 1001, begins: now, updated: now, rest: "\"name\":\"new\""))
                }
            }
        }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        let ids = try bench.ids(Self.thing)
        #expect(Set(ids) == Set(1...1001))
        #expect(ids.filter { $0 == 5 }.count == 2)
        await bench.close()
    }

    @Test func aSweepFetchesWhatIsMissingAndTellsWhatIsGone() async throws {
        let bench = try await bench(.init(records: created(1000)), latency: 0)
        _ = try await bench.extract([Self.thing])
        let now = Date().timeIntervalSince1970
        bench.double.state.withLock { state in
            state.lists["things"]?.records.removeAll { [3, 500, 1000].contains($0.id) }
            // Came without a trace in `updated_since`: a record that this user may see only now.
            let old = now - 90 * 86_400
            state.lists["things"]?.records.append(
                ClioDouble.Record(id: 2000, begins: old, updated: old, rest: "\"name\":\"shared\""))
            state.lists["things"]?.records[8].updated = now
        }
        let outcome = try #require(try await bench.extract([Self.thing], sweep: true).first)
        #expect(outcome.status == .complete)
        #expect(outcome.deleted == 3)
        #expect(outcome.expected == 998)
        let manifest = try #require(try bench.manifest(Self.thing))
        #expect(Set(manifest.deletions.flatMap(\.ids)) == ["3", "500", "1000"])
        #expect(manifest.completion?.status == .complete)
        let ids = try bench.ids(Self.thing)
        #expect(ids.contains(2000))
        #expect(ids.filter { $0 == 10 }.count == 2)
        #expect(
            manifest.deletions.allSatisfy { deletion in manifest.pages.allSatisfy { $0.sequence < deletion.sequence } })
        // Nothing is left beside the layers, and a second sweep finds nothing.
        #expect(try RawManifest.read(bench.folder.entity(phase: "core", name: "things").sweep) == nil)
        let again = try #require(try await bench.extract([Self.thing], sweep: true).first)
        #expect(again.status == .complete)
        #expect(again.deleted == 0)
        await bench.close()
    }

    /// Restricted lists lose a record that changed its kind: that is no deletion.
    @Test func whatOnlyLeftAFilteredListIsNotGone() async throws {
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: created(100))
        let bench = try await Bench(state)
        let clients = entity(
            parameters: [Parameter(name: "client_only", value: "true")],
            fields: ["id", "name", "created_at", "updated_at"], since: bothSince)
        _ = try await bench.extract([clients])
        // The double does not know client_only: the list shrinks by hand, and ids[] finds the record again.
        bench.double.state.withLock { $0.hiddenFromLists = [50] }
        let outcome = try #require(try await bench.extract([clients], sweep: true).first)
        #expect(outcome.deleted == 0)
        await bench.close()
    }

    @Test func recentRecordsComeFirst() async throws {
        let bench = try await bench(.init(records: created(2000)), latency: 0)
        let thing = entity(
            fields: ["id", "name", "created_at", "updated_at"], batchSize: 50, since: bothSince, isRecentFirst: true)
        let floor = Date().timeIntervalSince1970 - 86_400 - 499 * 60 - 30
        let state = Mutex((pages: 0, atRecent: -1))
        let outcome = try #require(
            try await bench.extract([thing], recentSince: floor) { event in
                switch event {
                case .pageCommitted: state.withLock { $0.pages += 1 }
                case .recentComplete: state.withLock { $0.atRecent = $0.pages }
                default: break
                }
            }.first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(thing)) == Set(1...2000))
        // Ten pages hold them; the history is under way beside them, a page for each of theirs at most.
        #expect((10...21).contains(state.withLock { $0.atRecent }))
        #expect(bench.double.requests.contains { $0.contains("created_since=") })
        await bench.close()
    }

    @Test func streamsAreBegunWhileTheirPagesFitInMemory() {
        let board = StreamBoard()
        let (large, small) = (entity("large"), entity("small"))
        #expect(board.hasRoom(for: large, wanted: 1) && !board.hasRoom(for: large, wanted: 1, running: 1))
        board.note(large, pageBytes: StreamBoard.mostBytes)
        // A few are allowed whatever they bring.
        for _ in 0..<4 {
            #expect(board.hasRoom(for: large, wanted: 100))
            board.begin(large)
        }
        #expect(!board.hasRoom(for: large, wanted: 100) && !board.hasRoom(for: small, wanted: 100))
        for _ in 0..<4 { board.end(large) }
        board.note(small, pageBytes: StreamBoard.mostBytes / 40)
        // A page that is smaller than those before it frees nothing.
        board.note(small, pageBytes: 1)
        for _ in 0..<40 {
            #expect(board.hasRoom(for: small, wanted: 100))
            board.begin(small)
        }
        #expect(!board.hasRoom(for: small, wanted: 100) && !board.hasRoom(for: large, wanted: 100))
        board.end(small)
        #expect(board.hasRoom(for: small, wanted: 100) && !board.hasRoom(for: small, wanted: 100, running: 40))
        #expect(!board.hasRoom(for: large, wanted: 100) && !board.hasRoom(for: small, wanted: 39))
    }

    @Test func aPreferredEntityGoesFirst() {
        let board = StreamBoard()
        let (first, second) = (entity("first"), entity("second"))
        board.enter(first, rank: 1001)
        board.enter(second, rank: 2001)
        #expect(board.priority(first, isHistory: false) < board.priority(second, isHistory: false))
        #expect(board.priority(first, isHistory: true) > board.priority(second, isHistory: false))
        board.prefer(entity: "second")
        #expect(board.priority(second, isHistory: true) < board.priority(first, isHistory: false))
    }
}
