import Load
import Pipelines
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
