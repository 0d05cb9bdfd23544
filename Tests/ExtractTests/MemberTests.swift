import Foundation
import Pipelines
import Staging
import Synchronization
import TestSupport
import Testing

@testable import Extract

@Suite("Which records a list has: some leave it, others reappear")
struct MemberTests {
    private static let plain = entity(
        fields: ["id", "etag", "name", "created_at", "updated_at"], since: bothSince)
    /// A list with a parameter of its own, which records may no longer match.
    private static let filtered = entity(
        parameters: [Parameter(name: "only", value: "1")], fields: ["id", "etag", "name", "created_at", "updated_at"],
        since: bothSince)

    /// Records that were created ten seconds apart, so that counts can tell them from each other.
    private static func records(_ count: Int) -> [ClioDouble.Record] {
        let day = (Date().timeIntervalSince1970 - 86_400).rounded()
        return (1...count).map { id in
            let time = day - 10 * Double(count - id)
            return ClioDouble.Record(
                id: id, begins: time, ends: time, updated: time,
                rest: "\"etag\":\"\\\"\(id)\\\"\",\"name\":\"r\(id)\",\"created_at\":\"\(Moment.timestamp(time))\"",
                group: 1)
        }
    }

    private func bench(
        _ entity: Entity, _ count: Int, _ change: (inout ClioDouble.List) -> Void = { _ in }
    ) async throws -> Bench {
        var list = ClioDouble.List(records: Self.records(count))
        list.groupParameter = "only"
        change(&list)
        var state = ClioDouble.State()
        state.lists["things"] = list
        let bench = try await Bench(state)
        let outcome = try #require(try await bench.extract([entity]).first)
        #expect(outcome.status == .complete, "\(outcome)")
        return bench
    }

    private func update(_ bench: Bench, _ entity: Entity, _ way: DeletionMode = .counts) async throws -> ExtractOutcome
    {
        bench.double.state.withLock { $0.requests = [] }
        return try #require(try await bench.extract([entity], update: way).first)
    }

    private func change(_ bench: Bench, _ id: Int, _ change: (inout ClioDouble.Record) -> Void) {
        bench.double.state.withLock { state in
            guard let place = state.lists["things"]?.records.firstIndex(where: { $0.id == id }) else { return }
            change(&state.lists["things"]!.records[place])
        }
    }

    @Test("a list in which nothing changed takes two requests, and its layer is not read")
    func unchanged() async throws {
        let bench = try await bench(Self.plain, 450)
        let manifest = try #require(try bench.manifest(Self.plain))
        #expect(manifest.held == 450)
        let place = bench.folder.entity(phase: "core", name: "things")
        for part in manifest.parts {
            try FileManager.default.removeItem(atPath: manifest.file(part, in: place).path)
        }
        let calm = try await update(bench, Self.plain)
        #expect(calm.status == .complete && calm.expected == 450, "\(calm)")
        #expect(bench.double.requests.count == 2, "\(bench.double.requests)")
        #expect(try bench.manifest(Self.plain)?.held == 450)
        await bench.close()
    }

    @Test("the number of records held follows additions, edits and deletions")
    func held() async throws {
        let bench = try await bench(Self.plain, 450)
        let now = Date().timeIntervalSince1970.rounded(.down)
        bench.double.state.withLock { state in
            state.lists["things"]?.records.removeAll { [3, 200].contains($0.id) }
            var new = Self.records(1)[0]
            (new.id, new.begins, new.updated) = (900, now, now)
            new.rest = "\"etag\":\"\\\"n\\\"\",\"name\":\"new\",\"created_at\":\"\(Moment.timestamp(now))\""
            state.lists["things"]?.records.append(new)
        }
        change(bench, 10) { ($0.updated, $0.rest) = (now, $0.rest.replacing("r10", with: "s10")) }
        let busy = try await update(bench, Self.plain)
        #expect(busy.status == .complete && busy.deleted == 2 && busy.newRecords == 2, "\(busy)")
        #expect(try bench.manifest(Self.plain)?.held == 449)
        await bench.close()
    }

    @Test("a record that reappears is fetched by the ids of its range, and the others are not read")
    func lacks() async throws {
        let gone = Self.records(6_000).filter { [700, 5_500].contains($0.id) }
        let bench = try await bench(Self.plain, 6_000) { list in
            list.records.removeAll { [700, 5_500].contains($0.id) }
        }
        bench.double.state.withLock { state in
            var records = (state.lists["things"]?.records ?? []) + gone
            records.sort { $0.id < $1.id }
            state.lists["things"]?.records = records
        }
        let back = try await update(bench, Self.plain)
        #expect(back.status == .complete && back.newRecords == 2 && back.remarks.isEmpty, "\(back)")
        // All ids take thirty pages.
        let pages = bench.double.requests.filter {
            $0.contains("fields=id%2Ccreated_at") || $0.contains("fields=id,created_at")
        }
        #expect((2...4).contains(pages.count) && pages.allSatisfy { $0.contains("created_since") }, "\(pages)")
        #expect(try bench.manifest(Self.plain)?.held == 6_000)
        await bench.close()
    }

    @Test(
        "a record that leaves the list is looked up once for both: it is no member, and it is not deleted",
        arguments: [600, 6_000])
    func left(_ count: Int) async throws {
        let bench = try await bench(Self.filtered, count)
        change(bench, 7) { $0.group = nil }
        let first = try await update(bench, Self.filtered)
        #expect(first.status == .complete && first.deleted == 0, "\(first)")
        let manifest = try #require(try bench.manifest(Self.filtered))
        #expect(manifest.departed == ["7"] && manifest.held == count - 1 && manifest.deletions.isEmpty)

        // The changes, whether Clio still has it, and the count.
        let calm = try await update(bench, Self.filtered)
        #expect(
            calm.status == .complete && calm.deleted == 0 && bench.double.requests.count == 3,
            "\(bench.double.requests)")

        // It comes back with an edit.
        let now = Date().timeIntervalSince1970.rounded(.down)
        change(bench, 7) { ($0.group, $0.updated, $0.rest) = (1, now, $0.rest.replacing("r7", with: "s7")) }
        let back = try await update(bench, Self.filtered)
        #expect(back.status == .complete && back.newRecords == 1 && back.remarks.isEmpty, "\(back)")
        #expect(try bench.manifest(Self.filtered)?.held == count)

        // It leaves again, and Clio deletes it: the counts of the list do not tell.
        change(bench, 7) { $0.group = nil }
        #expect(try await update(bench, Self.filtered).deleted == 0)
        bench.double.state.withLock { $0.lists["things"]?.records.removeAll { $0.id == 7 } }
        let gone = try await update(bench, Self.filtered)
        #expect(gone.status == .complete && gone.deleted == 1, "\(gone)")
        #expect(try bench.manifest(Self.filtered)?.departed == [])
        await bench.close()
    }
}
