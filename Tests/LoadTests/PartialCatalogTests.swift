import Load
import Pipelines
import SQLite
import Staging
import Tables
import Testing

/// A pipelines folder with only some of the files that the database was loaded with.
@Suite struct PartialCatalogTests {
    private let core = Catalog(phases: Fixture.catalog().phases.filter { $0.name == "core" })

    /// The tables that nobody named were not looked at: their warns are not taken off.
    @Test func referenceWarnsOfOtherFilesTablesStay() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let sql = """
            SELECT id, violations FROM flagged_records
            WHERE table_name = 'events' AND violations LIKE '%"reference"%' ORDER BY id
            """
        let before = try fixture.rows(sql)
        #expect(!before.isEmpty)
        try await fixture.stage("core", "contacts", [[.row(13, nil, "\"name\":null")]])
        try await fixture.load("core", catalog: core)
        #expect(try fixture.rows(sql) == before)
        // The next load with all files looks at all tables.
        try await fixture.load()
        #expect(VerifyTests.failed(try await VerifyTests.verify(fixture)) == [])
    }

    /// As on a machine that has the staged files of the phases that it loads, and no others.
    @Test func referenceWarnsOfFilesThatAreElsewhereKeepTheirOrigin() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let sql = "SELECT * FROM flagged_records WHERE table_name = 'events' ORDER BY id"
        let before = try fixture.rows(sql)
        #expect(try fixture.rows("SELECT phase, part IS NULL FROM flagged_records WHERE id = 'e1'") == ["supporting|0"])
        let events = fixture.folder.entity(phase: "supporting", name: "events")
        try Files.remove(fixture.folder.path + "/supporting/.generations/events")
        #expect(try ResultManifest.read(events) == nil)
        let stale = "UPDATE _cliosync_meta SET value = 'stale' WHERE key = 'references'"
        try write(fixture, stale)
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT value <> 'stale' FROM _cliosync_meta WHERE key = 'references'") == ["1"])
        #expect(try fixture.rows(sql) == before)
        // Of one that is found now, the files alone know the part.
        try write(fixture, stale + "; DELETE FROM flagged_records WHERE id = 'e1'")
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT phase, part IS NULL FROM flagged_records WHERE id = 'e1'") == ["supporting|1"])
    }

    /// Machines that fetch different phases may give records of different tables the same numbers.
    @Test func aNumberIsOfARecordOfItsTable() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", [[.row(7, nil, #""name":"Ada""#)]])
        let counter = fixture.folder.path + "/.sequence"
        let number = try Files.read(counter)
        try await fixture.stage("core", "matters", [[.row(1, nil, #""client_id":99,"rate":1.5,"open":1"#)]])
        try Files.write(try #require(number), to: counter)
        try await fixture.stage("supporting", "events", [[.row(1, nil, #""matter_id":1"#).quoted]])
        try await fixture.load()
        #expect(try fixture.rows("SELECT entity, phase, part FROM flagged_records") == ["matters|core|00001"])
    }

    private func write(_ fixture: Fixture, _ sql: String) throws {
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(sql)
    }

    @Test func anEntityIsNotTakenOutWhenThatCostsAnotherFilesRows() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let before = try fixture.rows("SELECT * FROM contacts ORDER BY id")
        let contacts = try #require(core.phase(named: "core")?.entity(named: "contacts"))
        let loader = Loader(catalog: core, folder: fixture.folder, database: fixture.database)
        let error = await #expect(throws: LoadError.self) { try await loader.unload(contacts) }
        #expect(error?.description.contains("supporting/contacts") == true)
        #expect(try fixture.rows("SELECT * FROM contacts ORDER BY id") == before)
    }
}
