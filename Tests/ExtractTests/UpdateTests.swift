import Foundation
import Pipelines
import Staging
import Synchronization
import TestSupport
import Testing

@testable import Extract

@Suite("A finished list that is brought up to date")
struct UpdateTests {
    private static let thing = entity(
        fields: ["id", "etag", "name", "created_at", "updated_at"], since: bothSince)

    private static func etag(_ id: Int, _ version: Int) -> String {
        let created = Moment.timestamp((Date().timeIntervalSince1970 - 86_400 - Double(id)).rounded())
        return "\"etag\":\"\\\"\(id)-\(version)\\\"\",\"name\":\"r\(id)\",\"created_at\":\"\(created)\""
    }

    /// Records that were created and changed a day ago.
    private static func records(_ count: Int) -> [ClioDouble.Record] {
        let day = (Date().timeIntervalSince1970 - 86_400).rounded()
        return (1...count).map { id in
            let time = day - Double(id)
            return ClioDouble.Record(id: id, begins: time, ends: time, updated: time, rest: etag(id, 1))
        }
    }

    private func bench(_ count: Int, _ change: (inout ClioDouble.List) -> Void = { _ in }) async throws -> Bench {
        var list = ClioDouble.List(records: Self.records(count))
        change(&list)
        var state = ClioDouble.State()
        state.lists["things"] = list
        let bench = try await Bench(state)
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete && outcome.records == count, "\(outcome)")
        return bench
    }

    private func update(_ bench: Bench, _ way: DeletionMode) async throws -> ExtractOutcome {
        bench.double.state.withLock { $0.requests = [] }
        return try #require(try await bench.extract([Self.thing], update: way).first)
    }

    private func edit(_ bench: Bench, _ id: Int, at moment: Double?, version: Int) {
        bench.double.state.withLock { state in
            guard let place = state.lists["things"]?.records.firstIndex(where: { $0.id == id }) else { return }
            if let moment { state.lists["things"]?.records[place].updated = moment.rounded(.down) }
            state.lists["things"]?.records[place].rest = Self.etag(id, version)
        }
    }

    private func remove(_ bench: Bench, _ id: Int) {
        bench.double.state.withLock { $0.lists["things"]?.records.removeAll { $0.id == id } }
    }

    /// The newest line of a record.
    private func newest(_ bench: Bench, _ id: Int) throws -> String? {
        let place = bench.folder.entity(phase: "core", name: "things")
        guard let manifest = try RawManifest.read(place) else { return nil }
        var found: String?
        for part in manifest.parts {
            let reader = try NDJSONReader(manifest.file(part, in: place))
            while let line = try reader.next() {
                let text = String(decoding: line, as: UTF8.self)
                if text.hasPrefix("{\"id\":\(id),") { found = text }
            }
        }
        return found
    }

    @Test("what the overlap brings again adds no line, and an edit one", arguments: [DeletionMode.counts, .off])
    func overlap(_ way: DeletionMode) async throws {
        let now = Date().timeIntervalSince1970
        let bench = try await bench(30) { list in
            for place in 0..<5 { list.records[place].updated = now.rounded(.down) }
        }
        let calm = try await update(bench, way)
        #expect(calm.status == .complete && calm.records == 30 && calm.newRecords == 0)
        #expect(try bench.manifest(Self.thing)?.records == 30)

        edit(bench, 3, at: now, version: 2)
        edit(bench, 20, at: now, version: 2)
        let busy = try await update(bench, way)
        #expect(busy.status == .complete && busy.newRecords == 2)
        #expect(try bench.manifest(Self.thing)?.records == 32)
        #expect(try newest(bench, 3)?.contains("3-2") == true)
        // Once more: now the edits are what is held.
        _ = try await update(bench, way)
        #expect(try bench.manifest(Self.thing)?.records == 32)
        #expect(bench.double.requests.contains { $0.contains("updated_since") })
        await bench.close()
    }

    @Test("a record without an id is stored once for each version")
    func nameless() async throws {
        let now = Date().timeIntervalSince1970
        let bench = try await bench(900) { list in
            for place in [5, 6] { list.records[place].hidesID = true }
        }
        bench.double.state.withLock { state in
            guard let record = state.lists["things"]?.records[5] else { return }
            state.lists["things"]?.records[5].updated = now.rounded(.down)
            state.lists["things"]?.records[5].rest = record.rest.replacing("\"r6\"", with: "\"s6\"")
        }
        // Nothing says that both versions are one record: the ids are read, and how many have none is written down.
        let edited = try await update(bench, .counts)
        #expect(edited.newRecords == 1 && edited.remarks.count == 1, "\(edited)")
        for _ in 0..<2 {
            let calm = try await update(bench, .counts)
            #expect(calm.status == .complete && calm.newRecords == 0 && calm.deleted == 0, "\(calm)")
            #expect(calm.remarks.isEmpty && bench.double.requests.count == 2, "\(bench.double.requests)")
        }
        #expect(try bench.manifest(Self.thing)?.records == 901)
        // One of them is deleted in Clio: that is no reason either to read the ids more than once.
        bench.double.state.withLock { _ = $0.lists["things"]?.records.remove(at: 6) }
        #expect(try await update(bench, .counts).remarks.count == 1)
        let calm = try await update(bench, .counts)
        #expect(calm.status == .complete && calm.remarks.isEmpty && calm.deleted == 0, "\(calm)")
        #expect(try bench.manifest(Self.thing)?.unnamed?.records == 1)
        await bench.close()
    }

    @Test("a record that was deleted and comes back unchanged is stored again")
    func comesBack() async throws {
        let now = Date().timeIntervalSince1970
        let bench = try await bench(30) { $0.records[6].updated = now.rounded(.down) }
        let record = bench.double.state.withLock { $0.lists["things"]?.records[6] }
        remove(bench, 7)
        #expect(try await update(bench, .counts).deleted == 1)
        bench.double.state.withLock {
            $0.lists["things"]?.records.insert(contentsOf: [record].compactMap(\.self), at: 6)
        }
        let back = try await update(bench, .counts)
        #expect(back.status == .complete && back.newRecords == 1)
        await bench.close()
    }

    @Test("a list whose filter of changes has no effect is read whole", arguments: [true, false], [1, 3])
    func whole(_ isRefused: Bool, _ edits: Int) async throws {
        let bench = try await bench(450) { list in
            if isRefused {
                list.refusedParameter = "updated_since"
            } else {
                list.ignoredParameters = ["updated_since"]
            }
        }
        for id in 1...edits { edit(bench, id * 100, at: nil, version: 2) }
        remove(bench, 50)
        let outcome = try await update(bench, .counts)
        #expect(outcome.status == .complete && outcome.deleted == 1, "\(outcome)")
        #expect(outcome.newRecords == edits)
        #expect(try bench.manifest(Self.thing)?.records == 450 + edits)
        for id in 1...edits { #expect(try newest(bench, id * 100)?.contains("\(id * 100)-2") == true) }
        #expect(outcome.notes.contains { $0.code == "filter_ignored" })
        #expect(bench.double.requests.count <= 8, "\(bench.double.requests)")
        // Nothing is left beside the layers, and nothing changed since.
        let again = try await update(bench, .counts)
        #expect(again.newRecords == 0 && again.deleted == 0)
        #expect(try bench.manifest(Self.thing)?.records == 450 + edits)
        await bench.close()
    }

    @Test("without deletions, a whole reading deletes nothing")
    func wholeWithoutDeletions() async throws {
        let bench = try await bench(30) { $0.ignoredParameters = ["updated_since"] }
        remove(bench, 5)
        edit(bench, 6, at: nil, version: 2)
        let outcome = try await update(bench, .off)
        #expect(outcome.deleted == 0 && outcome.newRecords == 1, "\(outcome)")
        await bench.close()
    }

    @Test("an edit without a new `updated_at` is found by its etag alone")
    func deep() async throws {
        var numbers = TestSeed.numbers()
        let bench = try await bench(900)
        let edited = Set((0..<5).map { _ in Int.random(in: 1...899, using: &numbers) })
        for id in edited { edit(bench, id, at: nil, version: 2) }
        remove(bench, 900)
        let plain = try await update(bench, .counts)
        #expect(plain.status == .complete && plain.newRecords == 0 && plain.deleted == 1)

        let deep = try await update(bench, .deep)
        #expect(deep.status == .complete && deep.newRecords == edited.count, "\(deep)")
        for id in edited { #expect(try newest(bench, id)?.contains("\(id)-2") == true) }
        #expect(bench.double.requests.contains { $0.contains("fields=id,created_at,etag") })
        // 900 ids are five pages.
        #expect(bench.double.requests.count <= 10, "\(bench.double.requests.count)")
        let again = try await update(bench, .deep)
        #expect(again.newRecords == 0)
        await bench.close()
    }

    @Test("where `ids[]` has no effect, what changed is fetched one by one", arguments: [true, false])
    func singles(_ isRefused: Bool) async throws {
        let bench = try await bench(300) { list in
            if isRefused { list.refusedParameter = "ids[]" } else { list.ignoredParameters = ["ids[]"] }
        }
        for id in [7, 150, 299] { edit(bench, id, at: nil, version: 2) }
        remove(bench, 200)
        let outcome = try await update(bench, .deep)
        #expect(outcome.status == .complete && outcome.newRecords == 3 && outcome.deleted == 1, "\(outcome)")
        for id in [7, 150, 299] { #expect(try newest(bench, id)?.contains("\(id)-2") == true) }
        #expect(bench.double.requests.contains { $0.contains("things/150.json") })
        await bench.close()
    }

    @Test("records without an etag are fetched; where most have another one, the list is read whole")
    func withoutEtag() async throws {
        let bench = try await bench(900) { list in
            list.records[10].rest = "\"name\":\"bare\""
        }
        let bare = try await update(bench, .deep)
        #expect(bare.status == .complete && bare.newRecords == 1, "\(bare)")
        for id in 1...400 { edit(bench, id, at: nil, version: 2) }
        let many = try await update(bench, .deep)
        #expect(many.status == .complete && many.newRecords == 400, "\(many)")
        // Five pages of ids and five of records.
        #expect(bench.double.requests.count <= 14, "\(bench.double.requests.count)")
        await bench.close()
    }

    /// What happened at Clio while a refresh was interrupted is in the next one, after whatever page it was stopped.
    @Test(arguments: [DeletionMode.counts, .sweep, .deep], [false, true])
    func anInterruptedRefreshKnowsWhatChangedMeanwhile(_ way: DeletionMode, _ areCountsAbsent: Bool) async throws {
        for page in stride(from: areCountsAbsent ? 3 : 2, through: 12, by: 2) {
            let bench = try await bench(450) { $0.reportsTotal = !areCountsAbsent }
            let now = Date().timeIntervalSince1970
            for id in 1...210 { edit(bench, id, at: now, version: 2) }
            // So many deletions are found by the ids.
            for id in 300..<312 { remove(bench, id) }
            let stop = StopSignal()
            bench.double.state.withLock { state in
                state.requests = []
                state.onRequest = { if $0 == page { stop.request() } }
            }
            let stopped = try #require(try await bench.extract([Self.thing], update: way, stop: stop).first)
            bench.double.state.withLock { $0.onRequest = nil }
            edit(bench, 3, at: now + 1, version: 3)
            edit(bench, 7, at: nil, version: 4)
            for id in [1, 150, 430] { remove(bench, id) }
            let outcome = try await update(bench, way)
            #expect(outcome.status == .complete, "\(page): \(outcome)")
            let place = bench.folder.entity(phase: "core", name: "things")
            let manifest = try #require(try bench.manifest(Self.thing))
            let held = try await StagedIDs.read(manifest.parts.map { manifest.file($0, in: place) }, alive: manifest)
            let alive = bench.double.state.withLock { Set($0.lists["things"]?.records.map { String($0.id) } ?? []) }
            let wrong = Set(held.subtracting(StagedIDs())).symmetricDifference(alive)
            #expect(wrong.isEmpty, "stopped at request \(page) with \(stopped), then \(outcome.requests)")
            #expect(try newest(bench, 3)?.contains("3-3") == true, "stopped at request \(page)")
            // Without a new `updated_at`.
            if way == .deep {
                #expect(try newest(bench, 7)?.contains("7-4") == true, "stopped at request \(page)")
            }
            await bench.close()
            if stopped.status == .complete { break }
        }
    }
}
