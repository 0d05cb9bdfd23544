import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// What goes from a list without a person's word, and what does not.
@Suite(.timeLimit(.minutes(5))) struct RemovalTests {
    private static let thing = entity(fields: ["id", "name", "created_at", "updated_at"], since: bothSince)

    private static func account(_ id: Int64 = 7, user: Int64 = 1) -> Account {
        Account(id: id, name: "Firm \(id)", userID: user, userName: "User \(user)", baseURL: "http://127.0.0.1:1")
    }

    @Test(arguments: [
        (0, 0, false), (0, 100, false), (1, 100, false), (20, 21, false), (20, 400, false), (21, 420, false),
        (21, 419, true), (21, 30, true), (50, 1000, false), (51, 1000, true), (1, 1, true), (3, 3, true),
        (2000, 2000, true), (1999, 2000, true), (2_000_000, 40_000_000, false), (2_000_001, 40_000_000, true),
    ])
    func moreThanATwentiethAndMoreThanTwentyWaitForAPerson(_ gone: Int, _ total: Int, _ stops: Bool) {
        #expect(RemovalGuard.stops(removing: gone, of: total) == stops)
    }

    private func bench(_ count: Int) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: created(count))
        return try await Bench(state)
    }

    private func lose(_ bench: Bench, _ ids: ClosedRange<Int>) {
        bench.double.state.withLock { $0.lists["things"]?.records.removeAll { ids.contains($0.id) } }
    }

    @Test func aSweepThatWouldTakeOutTooMuchStopsAndGoesAheadOnAWord() async throws {
        let bench = try await bench(400)
        _ = try await bench.extract([Self.thing], account: Self.account())
        lose(bench, 1...20)
        let few = try #require(try await bench.extract([Self.thing], sweep: true, account: Self.account()).first)
        #expect(few.failure == nil && few.deleted == 20)
        lose(bench, 21...60)
        let many = try #require(try await bench.extract([Self.thing], sweep: true, account: Self.account()).first)
        #expect(many.failure?.code == "removals" && many.failure?.isCritical == true && many.deleted == 0)
        #expect(many.failure?.description.contains("40 of 380 records (10.5 %)") == true, "\(many)")
        #expect(try bench.manifest(Self.thing)?.deletions.flatMap(\.ids).count == 20)
        let said = try #require(
            try await bench.extract([Self.thing], sweep: true, account: Self.account(), acceptsRemovals: true).first)
        #expect(said.status == .complete && said.deleted == 40, "\(said)")
        await bench.close()
    }

    /// All of it, however short the list; found by a sweep, by counts, and where the list is extracted in groups.
    @Test(arguments: [1, 7, 60], [DeletionMode.sweep, .counts])
    func aListThatIsGoneAsAWholeIsKept(_ count: Int, _ way: DeletionMode) async throws {
        let bench = try await bench(count)
        _ = try await bench.extract([Self.thing], account: Self.account())
        lose(bench, 1...count)
        let kept = try #require(try await bench.extract([Self.thing], update: way, account: Self.account()).first)
        #expect(kept.failure?.code == "removals" && kept.failure?.isCritical == true, "\(kept)")
        #expect(kept.failure?.description.contains("\(count) of \(count) records (100.0 %)") == true, "\(kept)")
        #expect(try bench.manifest(Self.thing)?.deletions.isEmpty == true)
        let said = try #require(
            try await bench.extract([Self.thing], update: way, account: Self.account(), acceptsRemovals: true).first)
        #expect(said.failure == nil && said.deleted == count, "\(said)")
        await bench.close()
    }

    /// A whole group is a few of the list, or too many of it, like any other records.
    @Test(arguments: [(20, false), (21, true)], [DeletionMode.sweep, .counts])
    func aGroupThatIsGoneCountsAmongTheList(_ lost: (Int, Bool), _ way: DeletionMode) async throws {
        let areas = entity("areas")
        let thing = entity(
            fields: ["id", "name", "area{id,name}", "created_at", "updated_at"], since: bothSince,
            groupings: [
                Grouping(
                    name: "area", parameter: "area_id", path: ["area", "id"],
                    lookup: TableOwner(phase: "core", entity: "areas"), takesNull: false)
            ])
        var records = created(400)
        for index in records.indices {
            let group = index < lost.0 ? 11 : 12
            records[index].group = group
            records[index].rest += ",\"area\":{\"id\":\(group),\"name\":\"a\"}"
        }
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: records, groupParameter: "area_id")
        state.lists["areas"] = .init(
            records: [11, 12].map { ClioDouble.Record(id: $0, rest: "\"name\":\"Area \($0)\"") })
        let bench = try await Bench(state)
        _ = try await bench.extract([areas], account: Self.account())
        _ = try await bench.extract([thing], groupBy: "area", account: Self.account())
        lose(bench, 1...lost.0)
        let ended = try #require(
            try await bench.extract([thing], groupBy: "area", update: way, account: Self.account()).first)
        #expect((ended.failure?.code == "removals") == lost.1, "\(ended)")
        #expect(ended.deleted == (lost.1 ? 0 : 20), "\(ended)")
        await bench.close()
    }

    /// Even a single record: the other user may still see it.
    @Test func whatAnotherUserFetchedIsKeptUntilAPersonSaysSo() async throws {
        let bench = try await bench(400)
        _ = try await bench.extract([Self.thing], account: Self.account(user: 1))
        lose(bench, 5...5)
        let other = Self.account(user: 2)
        let kept = try #require(try await bench.extract([Self.thing], sweep: true, account: other).first)
        #expect(kept.deleted == 0 && kept.status == .partial && kept.failure == nil, "\(kept)")
        #expect(kept.notes.contains { $0.code == "other_user" })
        #expect(try bench.manifest(Self.thing)?.deletions.isEmpty == true)
        let said = try #require(
            try await bench.extract([Self.thing], sweep: true, account: other, acceptsRemovals: true).first)
        #expect(said.deleted == 1 && said.status == .complete, "\(said)")
        // From here on it is what the second user sees.
        lose(bench, 6...6)
        let later = try #require(try await bench.extract([Self.thing], sweep: true, account: other).first)
        #expect(later.deleted == 1, "\(later)")
        await bench.close()
    }

    @Test func aForcedExtractReplacesNothingByAListThatLostTooMuch() async throws {
        let bench = try await bench(400)
        _ = try await bench.extract([Self.thing], account: Self.account())
        lose(bench, 1...100)
        let stopped = try #require(try await bench.extract([Self.thing], force: true, account: Self.account()).first)
        #expect(stopped.failure?.code == "removals", "\(stopped)")
        #expect(try bench.manifest(Self.thing)?.header.generation == 1)
        #expect(try bench.manifest(Self.thing)?.records == 400)
        // Without --force, all is as it was.
        let plain = try #require(try await bench.extract([Self.thing], account: Self.account()).first)
        #expect(plain.status == .complete && plain.wasFinished)
        let said = try #require(
            try await bench.extract([Self.thing], force: true, account: Self.account(), acceptsRemovals: true).first)
        #expect(said.status == .complete)
        #expect(try bench.manifest(Self.thing)?.records == 300)
        await bench.close()
    }

    @Test func anotherAccountsLayerIsNotTouched() async throws {
        let bench = try await bench(400)
        _ = try await bench.extract([Self.thing], account: Self.account(7))
        let before = bench.double.state.withLock { $0.requests.count }
        for (force, sweep) in [(false, false), (true, false), (false, true)] {
            let outcome = try #require(
                try await bench.extract([Self.thing], force: force, sweep: sweep, account: Self.account(8)).first)
            #expect(outcome.failure?.isCritical == true, "\(outcome)")
            #expect(bench.double.state.withLock { $0.requests.count } == before)
        }
        #expect(try bench.manifest(Self.thing)?.account?.id == 7)
        await bench.close()
    }

    // MARK: A token that is replaced

    @Test func aReplacedTokenMustBeOfTheSameAccount() {
        let seven = Self.account(7)
        func refusal(_ found: Account?, isOwn: Bool, expecting: Account? = seven) -> ClioError? {
            AccountGuard.refusal(of: found, expecting: expecting, isOwn: isOwn)
        }
        #expect(refusal(Self.account(7, user: 2), isOwn: false) == nil)
        #expect(refusal(Self.account(8), isOwn: false)?.kind == .otherAccount)
        #expect(refusal(Self.account(8), isOwn: true)?.kind == .otherAccount)
        #expect(refusal(Self.account(8), isOwn: false)?.description.contains("Firm 7") == true)
        // Clio does not say: only our own refresh token is sure.
        #expect(refusal(nil, isOwn: true) == nil)
        #expect(refusal(nil, isOwn: false)?.kind == .otherAccount)
        // Nothing is known yet.
        #expect(refusal(Self.account(8), isOwn: false, expecting: nil) == nil)
    }
}
