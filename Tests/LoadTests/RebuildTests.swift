import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Synchronization
import Tables
import Testing
import Verify

/// Stops, kills, rebuilds: the database ends as if nothing had happened.
@Suite struct RebuildTests {
    static func contacts(_ count: Int, parts: Int, name: String = "n") -> [[Record]] {
        (0..<parts).map { part in
            (0..<count / parts).map { .row(part * (count / parts) + $0 + 1, LoadTests.early, "\"name\":\"\(name)\"") }
        }
    }

    /// A pipelines folder with one file of three must not cost the others their rows.
    @Test func aRebuildWithoutAFeedersPipelineFileIsRefused() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let before = try fixture.rows("SELECT * FROM contacts ORDER BY id")
        let core = Catalog(phases: Fixture.catalog().phases.filter { $0.name == "core" })
        await #expect(throws: LoadError.self) { try await fixture.load("core", catalog: core, force: true) }
        #expect(try fixture.rows("SELECT * FROM contacts ORDER BY id") == before)
        try await fixture.load(force: true)
        #expect(try fixture.rows("SELECT * FROM contacts ORDER BY id") == before)
    }

    @Test("A stop between parts, then the same command again")
    func stop() async throws {
        let (stopped, whole) = (try Fixture(), try Fixture())
        for fixture in [stopped, whole] {
            try await fixture.stage("core", "contacts", Self.contacts(40, parts: 4))
            try await fixture.stage("core", "matters", [[.row(1, nil, "\"client_id\":1000,\"rate\":1,\"open\":true")]])
        }
        let signal = StopSignal()
        let reports = try await stopped.load("core", stop: signal) { event in
            if case .loaded(_, "contacts", "00002", _) = event { signal.request() }
        }
        #expect(reports.map(\.status) == [.complete, .stopped])
        #expect(reports[1].partsLoaded == 2)
        #expect(try stopped.rows("SELECT count(*) FROM contacts") == ["20"])
        // No index before the bulk load is over, and no verdict about references.
        #expect(try stopped.rows("SELECT name FROM sqlite_schema WHERE name = 'idx_contacts_name'").isEmpty)
        #expect(try stopped.rows("SELECT * FROM flagged_records").isEmpty)
        let again = try await stopped.load("core")
        #expect(again[1].partsSkipped == 2 && again[1].partsLoaded == 2 && again[1].status == .complete)
        try await whole.load("core")
        #expect(try Verifier.digests(database: stopped.database) == Verifier.digests(database: whole.database))
        #expect(try stopped.rows("SELECT count(*) FROM flagged_records") == ["1"])
    }

    @Test("Killed at any commit, in a first load and in a rebuild, the next run ends the same")
    func killed() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        let images = Mutex<[String]>([])
        let copy: @Sendable (LoadEvent) -> Void = { event in
            // What a power cut would leave here: the database and its log, with a transaction that may be open.
            images.withLock { images in
                let image = fixture.root + "/image\(images.count).sqlite"
                for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: fixture.database + suffix) {
                    try? FileManager.default.copyItem(atPath: fixture.database + suffix, toPath: image + suffix)
                }
                images.append(image)
            }
        }
        try await fixture.load(onEvent: copy)
        let digests = try Verifier.digests(database: fixture.database)
        let flagged = try fixture.rows("SELECT entity, phase, id, violations FROM flagged_records ORDER BY 1, 2, 3, 4")
        try await fixture.load(force: true, onEvent: copy)
        #expect(try Verifier.digests(database: fixture.database) == digests)
        let count = images.withLock { $0.count }
        #expect(count > 20)
        let catalog = Fixture.catalog()
        for image in images.withLock({ $0 }) {
            let loader = Loader(catalog: catalog, folder: fixture.folder, database: image)
            _ = try await loader.load(entities: catalog.entities, stop: StopSignal())
            #expect(try Verifier.digests(database: image) == digests, "\(image)")
            let connection = try SQLiteConnection(path: image, mode: .readOnly)
            #expect(try connection.tableNames().filter { $0.contains("_new") } == [])
            let rows = try connection.rows(
                "SELECT entity, phase, id, violations FROM flagged_records ORDER BY 1, 2, 3, 4")
            #expect(rows.count == flagged.count)
            let report = try await Verifier.verify(
                entities: catalog.entities, catalog: catalog, folder: fixture.folder, database: image)
            #expect(VerifyTests.failed(report) == [])
        }
    }

    @Test("A line that cannot be loaded names file and line, and no part is half loaded")
    func brokenLine() async throws {
        for (members, words) in [
            ("\"name\":5", "column \"name\": text is expected"), ("\"nam\":\"x\"", "column \"name\" is missing"),
            ("\"name\":\"x\",\"extra\":1", "\"extra\" is no column"), ("\"name\":", "no JSON"),
        ] {
            let fixture = try Fixture()
            try await fixture.stage(
                "core", "contacts",
                [[.row(1, nil, "\"name\":\"x\"")], [.row(2, nil, "\"name\":\"x\""), .row(3, nil, members)]])
            await #expect {
                try await fixture.load("core")
            } throws: { error in
                guard let error = error as? LoadError else { return false }
                return error.code == .line && error.description.contains("clean/contacts/00002.ndjson.gz line 2: ")
                    && error.description.contains(words)
            }
            #expect(try fixture.rows("SELECT id FROM contacts") == ["1"])
            #expect(try fixture.rows("SELECT part FROM _cliosync_ledger") == ["00001"])
        }
    }

    @Test("Columns in another order are found by their names")
    func otherOrder() async throws {
        let fixture = try Fixture()
        var record = Record.row(1, nil, "")
        record.members =
            "\"open\":true,\"matter_parties\":[{\"role\":\"r\",\"contact_id\":5}],\"rate\":2,\"client_id\":null"
        try await fixture.stage("core", "matters", [[record]])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT * FROM matters") == ["1|-|-|2.0|1"])
        #expect(try fixture.rows("SELECT * FROM matter_parties") == ["1|1|5|r"])
    }

    @Test("A new clean generation replaces the rows of its table, of all phases, in one step")
    func newGeneration() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let catalog = Fixture.catalog()
        let entity = try #require(catalog.phase(named: "core")?.entity(named: "contacts"))
        // The new rules reject what was accepted.
        try fixture.transform(
            entity,
            [
                [.row(10, LoadTests.early, "\"name\":\"new\""), .rejected("11", LoadTests.early)],
                [.row(12, LoadTests.early, "\"name\":null")],
            ],
            fingerprint: "f2")
        let seen = Mutex<Set<String>>([])
        let reports = try await fixture.load("core") { event in
            guard case .loaded = event else { return }
            let rows = (try? fixture.rows("SELECT count(*) FROM contacts")) ?? []
            seen.withLock { _ = $0.insert(rows.joined()) }
        }
        #expect(seen.withLock { $0 } == ["4"])
        #expect(reports.map(\.rebuilt) == [false, true])
        #expect(try fixture.rows("SELECT id, name FROM contacts ORDER BY id") == ["10|B", "12|-", "20|D"])
        #expect(
            try fixture.rows("SELECT severity FROM flagged_records WHERE id = 11 AND table_name = 'contacts'") == [
                "reject"
            ])
        let report = try await VerifyTests.verify(fixture)
        #expect(VerifyTests.failed(report) == [])
        // Matters still refer to contacts, although the table is another one.
        #expect(try fixture.rows("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('matters')") == ["contacts"])
        #expect(try await fixture.load().allSatisfy { $0.partsLoaded == 0 && !$0.rebuilt })
    }

    @Test("A forced extract replaces what the old one brought")
    func newRawGeneration() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", Self.contacts(10, parts: 2))
        try await fixture.load("core")
        try await fixture.stage("core", "contacts", [[.row(1, LoadTests.early, "\"name\":\"again\"")]], force: true)
        let reports = try await fixture.load("core")
        #expect(reports[1].rebuilt && reports[1].total.records == 1)
        #expect(try fixture.rows("SELECT id, name FROM contacts") == ["1|again"])
    }

    @Test(
        "A changed table is built anew; without a new transform the old lines are refused and the old table stands")
    func schemaChange() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let wider = Table(
            name: "contacts", title: "", description: nil,
            columns: Fixture.contacts.columns + [Fixture.column("kind", .text)],
            children: [], rules: [], indexes: [["kind"]])
        let catalog = Fixture.catalog(contacts: wider)
        await #expect {
            try await fixture.load("core", catalog: catalog)
        } throws: { error in
            "\(error)".contains("column \"kind\" is missing; run transform again")
        }
        #expect(try fixture.rows("SELECT * FROM contacts WHERE id = 10") == ["10|2026-01-01T00:00:00Z|A"])
        let entity = try #require(catalog.phase(named: "core")?.entity(named: "contacts"))
        try fixture.transform(
            entity,
            [
                [
                    .row(10, LoadTests.early, "\"name\":\"A\",\"kind\":\"k\""),
                    .row(11, LoadTests.early, "\"name\":\"B\",\"kind\":null"),
                ],
                [.row(12, LoadTests.early, "\"name\":null,\"kind\":null")],
            ], fingerprint: "wider")
        try await fixture.load("core", catalog: catalog)
        #expect(try fixture.rows("SELECT * FROM contacts WHERE id = 10") == ["10|2026-01-01T00:00:00Z|A|k"])
        #expect(
            try fixture.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'idx_contacts%'") == ["idx_contacts_kind"])
    }

    @Test("Only the indexes change when only the indexes change")
    func indexChange() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let other = Table(
            name: "contacts", title: "", description: nil, columns: Fixture.contacts.columns, children: [], rules: [],
            indexes: [["updated_at", "name"]])
        let reports = try await fixture.load("core", catalog: Fixture.catalog(contacts: other))
        #expect(reports.allSatisfy { !$0.rebuilt })
        #expect(
            try fixture.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'idx_contacts%'")
                == ["idx_contacts_updated_at_name"])
    }

    @Test("A stopped rebuild leaves the old table whole")
    func stoppedRebuild() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", Self.contacts(20, parts: 4))
        try await fixture.load("core")
        let before = try Verifier.digests(database: fixture.database)
        let signal = StopSignal()
        let reports = try await fixture.load("core", force: true, stop: signal) { event in
            if case .loaded = event { signal.request() }
        }
        #expect(reports.map(\.status) == [.missing, .stopped])
        #expect(try Verifier.digests(database: fixture.database) == before)
        #expect(try fixture.open().tableNames().filter { $0.contains("_new") } == [])
    }

    @Test("One entity is taken out; what other phases brought stays")
    func unload() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let catalog = Fixture.catalog()
        let loader = Loader(catalog: catalog, folder: fixture.folder, database: fixture.database)
        try await loader.unload(try #require(catalog.phase(named: "core")?.entity(named: "contacts")))
        #expect(try fixture.rows("SELECT id FROM contacts ORDER BY id") == ["10", "20"])
        try await loader.unload(try #require(catalog.phase(named: "supporting")?.entity(named: "events")))
        #expect(try !fixture.open().tableNames().contains("events"))
        try await fixture.load()
        #expect(VerifyTests.failed(try await VerifyTests.verify(fixture)) == [])
    }

    @Test("A reader in the middle of its transaction keeps what it sees, and delays nobody")
    func reader() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", Self.contacts(20, parts: 2))
        try await fixture.load("core")
        let reader = Mutex(try fixture.open())
        func names() throws -> [SQLiteValue] {
            try reader.withLock { try $0.rows("SELECT DISTINCT name FROM contacts").map { $0[0] } }
        }
        try reader.withLock { try $0.execute("BEGIN") }
        #expect(try names() == ["n"])
        let entity = try #require(Fixture.catalog().phase(named: "core")?.entity(named: "contacts"))
        try fixture.transform(entity, Self.contacts(20, parts: 2, name: "new"), fingerprint: "f2")
        // It ends while the reader's transaction is open.
        try await fixture.load("core")
        #expect(try names() == ["n"])
        try reader.withLock { try $0.execute("COMMIT") }
        #expect(try names() == ["new"])
    }
}
