import JSON
import Jobs
import Load
import SQLite
import StagedFirm
import SyncManager
import Tables
import Testing

/// What others put into our tables is named before a reset, and is never dropped with a table.
@Suite(.timeLimit(.minutes(5))) struct ResetAdditionsTests {
    private static let additions = [
        (
            "ALTER TABLE matters ADD COLUMN my_flag TEXT; UPDATE matters SET my_flag = 'x'",
            "column my_flag of matters",
            "ALTER TABLE matters DROP COLUMN my_flag"
        ),
        ("CREATE INDEX mine ON contact_phones(number)", "index mine on contact_phones", "DROP INDEX mine"),
        (
            "CREATE TRIGGER seen AFTER UPDATE ON matters BEGIN SELECT 1; END", "trigger seen on matters",
            "DROP TRIGGER seen"
        ),
    ]

    @Test(arguments: additions) func theResetNamesItAndChangesNothing(
        _ make: String, _ text: String, _ drop: String
    ) async throws {
        let firm = try await StagedFirm.small()
        let manager = try firm.manager()
        let job = try manager.createInitialSync(connection: firm.connection)
        let before = try firm.contents()
        try SQLiteConnection(path: firm.database, mode: .readWrite).execute(make)
        let preview = try manager.previewReset(job.id)
        #expect(preview.additions.map(\.text) == [text])
        #expect(preview.report(isDone: false, status: "").json.contains("\"additions\":[{\"kind\":"))
        let error = await #expect(throws: LoadError.self) { try await manager.reset(preview) }
        #expect(error?.description.contains(text) == true)
        #expect(try firm.contents().keys.sorted() == before.keys.sorted())
        let database = try SQLiteConnection(path: firm.database, mode: .readWrite)
        #expect(try database.value("SELECT count(*) FROM matters")?.int == 5)
        try database.execute(drop)
        try await manager.reset(manager.previewReset(job.id))
        #expect(try database.value("SELECT 1 FROM sqlite_schema WHERE name = 'matters'") == nil)
    }

    /// A view only names its tables: it is there when the table is there again.
    @Test func viewsOfOthersStay() async throws {
        let firm = try await StagedFirm.small()
        let manager = try firm.manager()
        let job = try manager.createInitialSync(connection: firm.connection)
        let database = try SQLiteConnection(path: firm.database, mode: .readWrite)
        try database.execute("CREATE VIEW mine AS SELECT id FROM matters")
        try await manager.reset(manager.previewReset(job.id))
        try await firm.stageSmall()
        try await firm.run(phases: ["core"])
        #expect(try database.value("SELECT count(*) FROM mine")?.int == 5)
    }
}
