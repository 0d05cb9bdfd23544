import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Synchronization
import Testing
import Verify

/// Many rows by one statement, and what others made on our tables.
@Suite struct BulkTests {
    static let early = LoadTests.early
    static let late = LoadTests.late

    @Test("Rows in order, rows before them, duplicates and child rows end the same as one by one")
    func mixed() async throws {
        func record(_ id: Int, _ time: String?, _ name: String) -> Record {
            .row(
                id, time,
                "\"client_id\":null,\"rate\":\(id).5,\"open\":\(id % 2 == 0),\"matter_parties\":[{\"contact_id\":null,\"role\":\"\(name)\"}]"
            )
        }
        let inOrder = (1...200).map { record($0 * 2, $0 % 3 == 0 ? nil : Self.early, "first") }
        let between = (1...50).map { record($0 * 2 - 1, Self.early, "odd") }
        let again = (1...40).map { record($0 * 4, Self.late, "again") }
        let rejected = [Record.rejected("500", Self.late), .rejected("2", Self.late)]
        let behind = (401...420).map { record($0, Self.early, "behind") } + [record(500, Self.early, "older")]
        let (whole, single) = (try Fixture(), try Fixture())
        try await whole.stage("core", "matters", [inOrder + between + again, rejected, behind])
        // Backwards, no id is beyond the ones before it: each goes in by itself.
        try await single.stage(
            "core", "matters",
            [inOrder.reversed() + between.reversed() + again.reversed(), rejected, behind.reversed()])
        for fixture in [whole, single] {
            try await fixture.load("core")
            let report = try await VerifyTests.verify(fixture, "core")
            let isFine = report.checks.filter { $0.entity == "matters" }.allSatisfy { $0.ok }
            #expect(isFine)
        }
        #expect(try Verifier.digests(database: whole.database) == Verifier.digests(database: single.database))
        #expect(try whole.rows("SELECT count(*) FROM matters") == ["\(200 + 50 + 20 - 1)"])
        #expect(
            try whole.rows("SELECT role FROM matter_parties WHERE matter_id IN (6, 8, 407)") == [
                "first", "again", "behind",
            ])
        #expect(try whole.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test("An index, a trigger and a view that others made survive a rebuild; one that cannot is reported")
    func foreignObjects() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", RebuildTests.contacts(20, parts: 2))
        try await fixture.stage("core", "matters", [[.row(1, nil, "\"client_id\":1,\"rate\":1,\"open\":true")]])
        try await fixture.load("core")
        let mine = [
            "CREATE INDEX theirs ON contacts(lower(name))",
            // Named as if it were ours.
            "CREATE INDEX idx_contacts_theirs ON contacts(name, id)",
            "CREATE INDEX theirs_too ON matter_parties(role)",
            "CREATE TABLE log(id INTEGER)",
            "CREATE TRIGGER noted AFTER DELETE ON contacts BEGIN INSERT INTO log VALUES(old.id); END",
            "CREATE VIEW names AS SELECT name FROM contacts",
        ]
        let other = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        for sql in mine { try other.execute(sql) }
        try await fixture.load("core", force: true)
        let names =
            "SELECT name FROM sqlite_schema WHERE name IN ('theirs', 'idx_contacts_theirs', 'theirs_too', 'noted', 'names') ORDER BY 1"
        #expect(try fixture.rows(names) == ["idx_contacts_theirs", "names", "noted", "theirs", "theirs_too"])
        #expect(try fixture.rows("SELECT count(*) FROM names") == ["20"])
        #expect(try fixture.rows("SELECT count(*) FROM log") == ["0"])
        try other.execute("DELETE FROM contacts WHERE id = 1")
        #expect(try fixture.rows("SELECT * FROM log") == ["1"])

        // The column that an index and a trigger look at goes.
        let narrow = Table(
            name: "contacts", title: "", description: nil,
            columns: [Fixture.column("id", .integer), Fixture.column("updated_at", .timestamp)], children: [],
            rules: [], indexes: [])
        let catalog = Fixture.catalog(contacts: narrow)
        let entity = try #require(catalog.phase(named: "core")?.entity(named: "contacts"))
        try fixture.transform(
            entity, [[.row(1, Self.early, "")], [.row(2, Self.early, "")]], fingerprint: "narrow")
        await #expect {
            try await fixture.load("core", catalog: catalog)
        } throws: { error in
            "\(error)".contains("the index \"theirs\", which no pipeline file made, does not fit")
                && "\(error)".contains("no such column: name") && "\(error)".contains("DROP INDEX \"theirs\"")
        }
        // Nothing was changed.
        #expect(try fixture.rows(names) == ["idx_contacts_theirs", "names", "noted", "theirs", "theirs_too"])
        #expect(try fixture.rows("SELECT count(name) FROM contacts") == ["19"])
        for sql in ["DROP INDEX theirs", "DROP INDEX idx_contacts_theirs", "DROP VIEW names"] { try other.execute(sql) }
        try await fixture.load("core", catalog: catalog)
        #expect(try fixture.rows(names) == ["noted", "theirs_too"])
        #expect(try fixture.rows("SELECT count(*) FROM contacts") == ["2"])
    }

    @Test("Rebuilding again and again takes the pages of the one before")
    func growth() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", RebuildTests.contacts(20_000, parts: 2, name: "a longer name"))
        try await fixture.load("core")
        var sizes: [Int] = []
        for _ in 0..<4 {
            try await fixture.load("core", force: true)
            sizes.append(try #require(try Files.size(fixture.database)))
        }
        #expect(sizes[3] <= sizes[1])
    }

    @Test("A reference index holds the rows with a value, and finds them")
    func referenceIndex() async throws {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "matters",
            [(1...100).map { .row($0, nil, "\"client_id\":\($0 == 50 ? "7" : "null"),\"rate\":1,\"open\":true") }])
        try await fixture.load("core")
        #expect(
            try fixture.rows(
                "SELECT sql LIKE '%WHERE \"client_id\" IS NOT NULL' FROM sqlite_schema WHERE name = 'idx_matters_client_id'"
            )
                == ["1"])
        let plan = try fixture.rows("EXPLAIN QUERY PLAN SELECT id FROM matters WHERE client_id = 7").joined()
        #expect(plan.contains("idx_matters_client_id"))
        #expect(try fixture.rows("SELECT id FROM matters WHERE client_id = 7") == ["50"])
    }
}
