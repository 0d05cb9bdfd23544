import Load
import Pipelines
import SQLite
import Staging
import Synchronization
import Testing

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

    @Test("M7: a table with children gets another name; what others made on it is said to be gone")
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

    @Test("M7: of two that share a table one gets a table of its own, and comes back")
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

    @Test("M7: two tables exchange their names")
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

    @Test("M7: a child table's name goes over to another table")
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
        let error = await #expect(throws: LoadError.self) {
            try await fixture.load("supporting", catalog: changed)
        }
        #expect(error?.description.contains("clean/matters/00001.ndjson.gz line 1") == true)
        let matters = try #require(changed.phase(named: "core")?.entity(named: "matters"))
        try fixture.transform(
            matters, [[.row(1, LoadTests.early, "\"client_id\":10,\"rate\":1.5,\"open\":true")]], fingerprint: "f2")
        try await fixture.load("supporting", catalog: changed)
        #expect(try fixture.rows("SELECT event_id, note FROM matter_parties") == ["e1|n"])
        #expect(try fixture.rows("SELECT id FROM matters") == ["1"])
    }

    @Test("M33: what is taken out is taken out of the table that it was in before")
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
