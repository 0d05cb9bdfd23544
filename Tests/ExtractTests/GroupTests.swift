import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// A list by one of its filters, group by group, each complete before the next, the rest last.
@Suite(.timeLimit(.minutes(5))) struct GroupTests {
    private static let areas = entity("areas")
    private static let owner = TableOwner(phase: "core", entity: "areas")

    private static func thing(null: Bool = false) -> Entity {
        entity(
            fields: ["id", "name", "area{id,name}", "created_at", "updated_at"], batchSize: 50, since: bothSince,
            groupings: [
                Grouping(name: "area", parameter: "area_id", path: ["area", "id"], lookup: owner, takesNull: null)
            ])
    }

    /// 400 of area 11, 250 of 13, 100 of 12, none of 14, and 50 without an area; mixed, but for the last hundred.
    private func bench(
        latency: Double = 0, ignores: Bool = false, known: [Int] = [11, 12, 13, 14]
    ) async throws -> Bench {
        var records = created(800)
        for index in records.indices {
            let draw = index * 7919 % 800
            records[index].group = draw < 400 ? 11 : draw < 650 ? 13 : draw < 750 ? 12 : nil
            let area = records[index].group.map { "{\"id\":\($0),\"name\":\"a\"}" } ?? "null"
            records[index].rest += ",\"area\":\(area)"
        }
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: records, ignoresWindow: ignores, groupParameter: "area_id")
        state.lists["areas"] = .init(
            records: known.map { ClioDouble.Record(id: $0, rest: "\"name\":\"Area \($0)\"") })
        let bench = try await Bench(state, settings: patient)
        _ = try await bench.extract([Self.areas])
        let clock = bench.clock
        if latency > 0 { bench.double.state.withLock { $0.onRequest = { _ in clock.advance(latency) } } }
        bench.double.state.withLock { $0.requests = [] }
        return bench
    }

    private func complete(_ bench: Bench) -> [String] {
        bench.events.withLock { events in
            events.compactMap { if case .groupComplete(_, let group, _, _) = $0 { group } else { nil } }
        }
    }

    private func expectAllOnce(_ bench: Bench, _ thing: Entity, _ outcome: ExtractOutcome) throws {
        #expect(outcome.status == .complete)
        #expect(outcome.expected == 800)
        #expect(try bench.ids(thing).sorted() == Array(1...800))
    }

    @Test(arguments: [0, 1.5]) func groupsComeOneAfterTheOtherAndTheRestLast(latency: Double) async throws {
        let bench = try await bench(latency: latency)
        let thing = Self.thing()
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        try expectAllOnce(bench, thing, outcome)
        // The one without records ends with its first page; then they come by length.
        if latency == 0 { #expect(complete(bench) == ["14", "11", "13", "12"]) }
        let manifest = try #require(try bench.manifest(thing))
        #expect(manifest.streams[StreamKey(name: "area_id=11")]?.records == 400)
        #expect(manifest.streams[StreamKey(name: "area_id=14")]?.finished == true)
        let rest = manifest.streams.filter { !$0.key.name.hasPrefix("area_id=") && !$0.key.isChanges }
        #expect(rest.values.reduce(0) { $0 + $1.records } == 50)
        // All of the first group is in sealed parts before the last one's second page.
        let order = manifest.pages.map(\.stream.name)
        if latency == 0 {
            #expect(order.lastIndex(of: "area_id=11").map { $0 < order.lastIndex(of: "area_id=12") ?? 0 } == true)
        }
        await bench.close()
    }

    @Test func whereClioTakesNullTheWholeListIsNotWalked() async throws {
        let bench = try await bench()
        let thing = Self.thing(null: true)
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        try expectAllOnce(bench, thing, outcome)
        #expect(complete(bench).last == "null")
        // 8 + 5 + 2 + 1 + 1 pages, the closing pass, and counts before, behind the groups, and at the end.
        #expect(outcome.requests == 17 + 1 + 3)
        #expect(try bench.manifest(thing)?.streams[.list] == nil)
        await bench.close()
    }

    /// Records without an id, also in a group that was given up half-way, come once.
    @Test(arguments: [1, 3]) func whatHasNoIdComesOnceAllTheSame(times: Int) async throws {
        let bench = try await bench()
        let thing = Self.thing()
        bench.double.state.withLock { state in
            for place in [3, 30, 300] {
                state.lists["things"]?.records[place].hidesID = true
            }
            // A page in the middle of the first group shows the whole list, once or however often it is asked for.
            state.ignoresGroupAt = 8..<8 + times
        }
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        #expect(outcome.status == .complete)
        #expect(outcome.notes.contains { $0.code == "group_filter_ignored" } == (times == 3))
        let ids = try bench.ids(thing)
        #expect(ids.filter { $0 < 0 }.count == 3)
        #expect(Set(ids).count == 798)
        await bench.close()
    }

    /// A group that the look-up does not name is found by the count.
    @Test func whatNoGroupBringsComesLast() async throws {
        let bench = try await bench(known: [11, 12])
        let thing = Self.thing(null: true)
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        try expectAllOnce(bench, thing, outcome)
        #expect(try bench.manifest(thing)?.streams[.list]?.records == 250)
        await bench.close()
    }

    /// As many are deleted behind the walk as are in no group: the count at the end is what the groups brought.
    @Test func whatIsDeletedDoesNotStandForWhatIsInNoGroup() async throws {
        let bench = try await bench()
        let double = bench.double
        double.state.withLock { state in
            state.onRequest = { number in
                // The last pages of the groups.
                guard number == 17 else { return }
                double.state.withLock { state in
                    let gone = Set(state.lists["things"]!.records.filter { $0.group == 11 }.prefix(50).map(\.id))
                    state.lists["things"]!.records.removeAll { gone.contains($0.id) }
                }
            }
        }
        let thing = Self.thing()
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        #expect(outcome.status == .complete)
        #expect(
            Set(try bench.ids(thing)).isSuperset(of: double.state.withLock { $0.lists["things"]!.records.map(\.id) }))
        await bench.close()
    }

    @Test(arguments: [false, true]) func aFilterThatClioIgnoresIsFoundOut(null: Bool) async throws {
        let bench = try await bench(ignores: true)
        let thing = Self.thing(null: null)
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        try expectAllOnce(bench, thing, outcome)
        #expect(outcome.notes.contains { $0.code == "group_filter_ignored" && $0.severity == .warning })
        #expect(complete(bench).isEmpty)
        #expect(try bench.manifest(thing)?.streams.keys.contains { $0.name.hasPrefix("area_id=") } == false)
        await bench.close()
    }

    /// Promise 2: it goes on with the group in hand, whatever is asked for by then, and asks for no page twice.
    @Test(arguments: [0, 1.5]) func stoppedGroupsContinueWhereTheyWere(latency: Double) async throws {
        let bench = try await bench(latency: latency)
        let thing = Self.thing()
        var outcome: ExtractOutcome?
        var rounds = 0
        repeat {
            rounds += 1
            let stop = StopSignal()
            let pages = Mutex(0)
            outcome = try await bench.extract([thing], groupBy: rounds == 1 ? "area" : nil, stop: stop) { event in
                guard case .pageCommitted = event else { return }
                if pages.withLock({
                    $0 += 1; return $0
                }) >= 4 {
                    stop.request()
                }
            }.first
        } while outcome?.status == .stopped && rounds < 40
        #expect(rounds > 4)
        try expectAllOnce(bench, thing, try #require(outcome))
        let pages = bench.double.requests.filter { $0.contains("/things.json") && !$0.contains("limit=1&") }
        #expect(Set(pages).count == pages.count)
        await bench.close()
    }

    @Test func aGroupThatIsWantedComesFirst() async throws {
        let bench = try await bench()
        let thing = Self.thing()
        let outcome = try #require(
            try await bench.extract([thing], groupBy: "area", prefer: ("things", "12")).first)
        try expectAllOnce(bench, thing, outcome)
        #expect(complete(bench).first == "12")
        await bench.close()
    }

    @Test func aLookUpWithoutGroupsIsTold() async throws {
        let bench = try await bench(known: [])
        let thing = Self.thing()
        let outcome = try #require(try await bench.extract([thing], groupBy: "area").first)
        try expectAllOnce(bench, thing, outcome)
        #expect(outcome.notes.contains { $0.code == "group_filter_ignored" })
        await bench.close()
    }

    /// Groups in a list of each user: by the group's id, or by the users that belong to it.
    @Test func groupsMayStandInAList() async throws {
        var state = ClioDouble.State()
        func user(_ id: Int, _ groups: String) -> ClioDouble.Record {
            ClioDouble.Record(id: id, rest: "\"name\":\"u\(id)\",\"groups\":[\(groups)]")
        }
        let (red, blue) = ("{\"id\":7,\"name\":\"Red\"}", "{\"id\":5,\"name\":\"Blue\"}")
        state.lists["areas"] = .init(records: [user(1, red), user(2, "\(red),\(blue)"), user(3, ""), user(4, blue)])
        let bench = try await Bench(state)
        _ = try await bench.extract([Self.areas])
        func groups(_ takesRecord: Bool) throws -> [GroupDirectory.Group] {
            try GroupDirectory(
                Grouping(
                    name: "g", parameter: "p", path: ["a"], lookup: Self.owner, list: "groups",
                    takesRecord: takesRecord, takesNull: takesRecord), in: bench.folder
            ).groups
        }
        #expect(
            try groups(false) == [
                .init(key: "5", name: "Blue", values: ["5"]), .init(key: "7", name: "Red", values: ["7"]),
            ])
        #expect(
            try groups(true) == [
                .init(key: "5", name: "Blue", values: ["2", "4"]), .init(key: "7", name: "Red", values: ["1"]),
                .init(key: "none", name: nil, values: ["3"]), .init(key: "null", name: nil, values: ["null"]),
            ])
        await bench.close()
    }
}
