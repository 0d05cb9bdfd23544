import Load
import Pipelines
import SQLite
import Staging
import Synchronization
import Tables
import Testing
import Verify

/// Pipeline files that name another table than the one that the database has.
@Suite struct MoveTests {
    private func table(_ table: Table, named name: String, children: [ChildTable]? = nil) -> Table {
        Table(
            name: name, title: table.title, description: nil, columns: table.columns,
            children: children ?? table.children, rules: [], indexes: table.indexes)
    }

    private func catalog(
        matters: Table = Fixture.matters, core: Table = Fixture.contacts, supporting: Table = Fixture.contacts,
        events: Table = Fixture.events
    ) -> Catalog {
        Catalog(phases: [
            Phase(
                name: "core", title: "Core", day: "1", features: [],
                entities: [Fixture.entity("core", "matters", matters), Fixture.entity("core", "contacts", core)]),
            Phase(
                name: "supporting", title: "Supporting", day: "2", features: [],
                entities: [
                    Fixture.entity("supporting", "contacts", supporting),
                    Fixture.entity("supporting", "events", events),
                ]),
        ])
    }

    /// What a database is that never knew anything else.
    private func expectAsFresh(_ fixture: Fixture, _ catalog: Catalog) async throws {
        let report = try await Verifier.verify(
            entities: catalog.entities, catalog: catalog, folder: fixture.folder, database: fixture.database)
        #expect(VerifyTests.failed(report) == [])
        let fresh = fixture.root + "/fresh.sqlite"
        _ = try await Loader(catalog: catalog, folder: fixture.folder, database: fresh).load(
            entities: catalog.entities, stop: StopSignal())
        #expect(try Verifier.digests(database: fixture.database) == Verifier.digests(database: fresh))
        #expect(try await fixture.load(catalog: catalog).allSatisfy { $0.partsLoaded == 0 && !$0.rebuilt })
    }

    @Test("A table with children gets another name; what others made on it is said to be gone")
    func renamed() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute("CREATE INDEX mine ON matters(rate)")
        let renamed = catalog(
            matters: table(Fixture.matters, named: "cases"),
            events: Table(
                name: "events", title: "Events", description: nil,
                columns: [
                    Fixture.column("id", .text), Fixture.column("updated_at", .timestamp),
                    Fixture.column("matter_id", .integer, "cases"),
                ], children: Fixture.events.children, rules: [], indexes: []))
        let lost = Mutex<[String]>([])
        try await fixture.load(catalog: renamed) { event in
            if case .lost(_, let name, let reason) = event { lost.withLock { $0.append("\(name): \(reason)") } }
        }
        #expect(lost.withLock { $0 } == ["mine: its table matters is gone"])
        #expect(try !fixture.open().tableNames().contains { $0.hasSuffix("matters") })
        try await expectAsFresh(fixture, renamed)
    }

    @Test("Of two that share a table one gets a table of its own, and comes back")
    func parted() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let parted = catalog(supporting: table(Fixture.contacts, named: "all_contacts"))
        try await fixture.load("supporting", catalog: parted)
        try await expectAsFresh(fixture, parted)
        try await fixture.load("supporting")
        try await expectAsFresh(fixture, catalog())
    }

    @Test("Two tables exchange their names")
    func exchanged() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        let before = catalog(
            core: table(Fixture.contacts, named: "contacts"), supporting: table(Fixture.contacts, named: "others"))
        try await fixture.load(catalog: before)
        let after = catalog(
            core: table(Fixture.contacts, named: "others"), supporting: table(Fixture.contacts, named: "contacts"))
        try await fixture.load(catalog: after)
        try await expectAsFresh(fixture, after)
    }

    @Test("A child table's name goes over to another table")
    func childTaken() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        // Matters lose their list; events call theirs by its name, and their lines are transformed for that.
        let notes = ChildTable(
            name: "matter_parties", title: "", description: nil, path: ["notes"], parentColumn: "event_id",
            columns: [Fixture.column("note", .text)], indexes: [])
        let changed = catalog(
            matters: table(Fixture.matters, named: "matters", children: []),
            events: table(Fixture.events, named: "events", children: [notes]))
        let events = try #require(changed.phase(named: "supporting")?.entity(named: "events"))
        try fixture.transform(
            events,
            [
                [
                    Record(
                        id: "\"e1\"", updatedAt: nil, members: "\"matter_id\":3,\"matter_parties\":[{\"note\":\"n\"}]",
                        verdict: .accepted)
                ]
            ], fingerprint: "f2")
        // The layer of matters still has the list, which their table has not.
        let waiting = Mutex<[String]>([])
        func load(_ phase: String) async throws {
            try await fixture.load(phase, catalog: changed) { event in
                if case .waiting(let table, let reason) = event {
                    waiting.withLock { $0.append(table + ": " + reason) }
                }
            }
        }
        try await load("supporting")
        let said = waiting.withLock { $0 }
        #expect(said.count == 1 && said[0].hasPrefix("matters: ") && said[0].contains("run transform"), "\(said)")
        let core = changed.phases[0].entities
        // Their own verify and load are told.
        await #expect(throws: LoadError.self) {
            try await Verifier.verify(
                entities: core, catalog: changed, folder: fixture.folder, database: fixture.database)
        }
        await #expect(throws: LoadError.self) { try await load("core") }
        let matters = try #require(changed.phase(named: "core")?.entity(named: "matters"))
        try fixture.transform(
            matters, [[.row(1, LoadTests.early, "\"client_id\":10,\"rate\":1.5,\"open\":true")]], fingerprint: "f2")
        try await load("supporting")
        #expect(try fixture.rows("SELECT event_id, note FROM matter_parties") == ["e1|n"])
        #expect(try fixture.rows("SELECT id FROM matters") == ["1"])
    }

    /// The name of an entity's table becomes that of another's child table.
    @Test("A table's name goes over to a child table")
    func tableTaken() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        let before = catalog(
            matters: table(Fixture.matters, named: "matters", children: []),
            events: table(Fixture.events, named: "matter_parties"))
        let matters = try #require(before.phase(named: "core")?.entity(named: "matters"))
        let plain: [[Record]] = [[.row(1, LoadTests.early, "\"client_id\":10,\"rate\":1.5,\"open\":true")]]
        try fixture.transform(matters, plain, fingerprint: "f2")
        try await fixture.load(catalog: before)
        #expect(try fixture.rows("SELECT id FROM matter_parties ORDER BY id") == ["e1", "e2"])
        let nested: [[Record]] = [
            [
                .row(
                    1, LoadTests.early,
                    "\"client_id\":10,\"rate\":1.5,\"open\":true,\"matter_parties\":[{\"contact_id\":11,\"role\":\"x\"}]"
                )
            ]
        ]
        try fixture.transform(matters, nested, fingerprint: "f3")
        let after = catalog()
        let told = Mutex<[String]>([])
        try await fixture.load("core", catalog: after) { event in
            if case .waiting(let table, _) = event { told.withLock { $0.append(table) } }
        }
        #expect(told.withLock { $0 } == ["events"])
        #expect(try fixture.rows("SELECT matter_id, role FROM matter_parties") == ["1|x"])
        try await fixture.load("supporting", catalog: after)
        #expect(try fixture.rows("SELECT matter_id, role FROM matter_parties") == ["1|x"])
        #expect(try fixture.rows("SELECT id FROM events ORDER BY id") == ["e1", "e2"])
        #expect(try await fixture.load(catalog: after).allSatisfy { $0.partsLoaded == 0 && !$0.rebuilt })
    }

    @Test("Another entity takes the table before the one whose rows are in it has left")
    func takenOver() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        let before = catalog(core: table(Fixture.contacts, named: "people"))
        try await fixture.load(catalog: before)
        // The phases exchange: core's contacts go where supporting's are.
        let after = catalog(supporting: table(Fixture.contacts, named: "people"))
        let told = Mutex<[String]>([])
        try await fixture.load("core", catalog: after) { event in
            if case .waiting(let table, _) = event { told.withLock { $0.append(table) } }
        }
        #expect(told.withLock { $0 } == ["people"])
        #expect(try fixture.rows("SELECT id FROM contacts ORDER BY id") == ["10", "11", "12"])
        try await fixture.load("supporting", catalog: after)
        try await expectAsFresh(fixture, after)
    }

    @Test("A table or view of somebody else's is never taken")
    func foreign() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let theirs = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        for kind in ["TABLE files(x)", "VIEW files AS SELECT 1 AS x"] {
            try theirs.execute("CREATE \(kind)")
            let renamed = catalog(events: table(Fixture.events, named: "files"))
            let error = await #expect(throws: LoadError.self) { try await fixture.load(catalog: renamed) }
            #expect(error?.description.contains("already has a files that cliosync did not make") == true)
            #expect(try fixture.rows("SELECT count(*) FROM events") == ["2"])
            try theirs.execute("DROP \(kind.prefix { $0 != " " }) files")
        }
    }

    @Test("Taken out is taken out of the table that it was in before, also when it is killed in between")
    func unloadedTwice() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let parted = catalog(supporting: table(Fixture.contacts, named: "all_contacts"))
        let entity = try #require(parted.phase(named: "supporting")?.entity(named: "contacts"))
        // What the first transaction of it leaves behind.
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(
            """
            DELETE FROM _cliosync_feeders WHERE phase = 'supporting' AND entity = 'contacts';
            DELETE FROM _cliosync_ledger WHERE phase = 'supporting' AND entity = 'contacts';
            DELETE FROM _cliosync_entities WHERE phase = 'supporting' AND entity = 'contacts';
            UPDATE _cliosync_tables SET schema = '' WHERE name = 'contacts'
            """)
        try await Loader(catalog: parted, folder: fixture.folder, database: fixture.database).unload(entity)
        #expect(try fixture.rows("SELECT id FROM contacts ORDER BY id") == ["10", "11", "12"])
    }

    @Test("What is taken out is taken out of the table that it was in before")
    func unloaded() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let parted = catalog(supporting: table(Fixture.contacts, named: "all_contacts"))
        let entity = try #require(parted.phase(named: "supporting")?.entity(named: "contacts"))
        try await Loader(catalog: parted, folder: fixture.folder, database: fixture.database).unload(entity)
        #expect(try fixture.rows("SELECT id FROM contacts ORDER BY id") == ["10", "11", "12"])
        #expect(
            try fixture.rows("SELECT * FROM _cliosync_ledger WHERE phase = 'supporting' AND entity = 'contacts'") == [])
    }
}
