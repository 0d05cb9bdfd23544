import Load
import Pipelines
import SQLite
import Testing
import Verify

/// A database of an earlier version, whose tables DuckDB could not read, becomes one of this version with the next load.
@Suite struct OldDeclarationTests {
    @Test func tablesOfAnEarlierVersionAreMadeAnewAndKeepTheirRows() async throws {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let flags = try fixture.rows("SELECT * FROM flagged_records ORDER BY sequence, id")
        let violations = try fixture.rows("SELECT * FROM flagged_violations ORDER BY entity, id, path")
        let types = try fixture.rows("SELECT typeof(id), count(*) FROM flagged_records GROUP BY 1 ORDER BY 1")
        let digests = try Verifier.digests(database: fixture.database)
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(
            """
            PRAGMA legacy_alter_table = ON;
            ALTER TABLE _cliosync_meta RENAME TO old;
            CREATE TABLE _cliosync_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            INSERT INTO _cliosync_meta SELECT * FROM old WHERE key NOT LIKE 'schema of %'; DROP TABLE old;
            ALTER TABLE flagged_records RENAME TO old;
            CREATE TABLE flagged_records(
                entity TEXT NOT NULL, phase TEXT NOT NULL, id ANY, severity TEXT NOT NULL, violations TEXT NOT NULL,
                part TEXT, line INTEGER, record TEXT, sequence INTEGER NOT NULL, table_name TEXT NOT NULL) STRICT;
            INSERT INTO flagged_records SELECT * FROM old; DROP TABLE old;
            ALTER TABLE matter_parties RENAME TO old;
            CREATE TABLE "matter_parties"(
                "matter_id" INTEGER NOT NULL REFERENCES "matters"("id") ON DELETE CASCADE, "position" INTEGER NOT NULL,
                "contact_id" INTEGER REFERENCES "contacts"("id"), "role" TEXT, PRIMARY KEY("matter_id", "position")) STRICT, WITHOUT ROWID;
            INSERT INTO matter_parties SELECT * FROM old; DROP TABLE old;
            UPDATE _cliosync_tables SET schema = replace(schema,
                'PRIMARY KEY("matter_id", "position")' || char(10) || ') STRICT', 'PRIMARY KEY("matter_id", "position")) STRICT, WITHOUT ROWID')
            WHERE name = 'matters';
            UPDATE _cliosync_tables SET schema = schema || ' ' WHERE name = 'matters'
            """)
        try await fixture.load()
        #expect(try fixture.rows("SELECT * FROM flagged_records ORDER BY sequence, id") == flags)
        #expect(try fixture.rows("SELECT * FROM flagged_violations ORDER BY entity, id, path") == violations)
        #expect(try fixture.rows("SELECT typeof(id), count(*) FROM flagged_records GROUP BY 1 ORDER BY 1") == types)
        #expect(try Verifier.digests(database: fixture.database) == digests)
        let old = "SELECT name FROM sqlite_schema WHERE sql LIKE '%WITHOUT ROWID%' OR sql LIKE '%id ANY%'"
        #expect(try fixture.rows(old) == [])
        #expect(VerifyTests.failed(try await VerifyTests.verify(fixture)) == [])
    }
}
