import SQLite
import Testing

@testable import Progress

/// What a database says of the rows of an entity.
@Suite struct DatabaseFactsTests {
    private func database(_ folder: Folder, connection name: String = "smith") throws -> String {
        let path = folder.path + "/firm.sqlite"
        let connection = try SQLiteConnection(path: path, mode: .create)
        try connection.execute(
            """
            CREATE TABLE _cliosync_meta(key TEXT PRIMARY KEY, value TEXT);
            INSERT INTO _cliosync_meta VALUES('connection', '\(name)');
            CREATE TABLE _cliosync_ledger(phase TEXT, entity TEXT, accepted INTEGER, duplicates INTEGER);
            CREATE TABLE _cliosync_entities(phase TEXT, entity TEXT, table_name TEXT, status TEXT, records INTEGER);
            CREATE TABLE contacts(id INTEGER PRIMARY KEY);
            INSERT INTO contacts VALUES(1), (2), (3);
            INSERT INTO _cliosync_ledger VALUES('core', 'contacts', 2, 0), ('more', 'contacts', 3, 1),
                ('more', 'contacts', 2, 1), ('core', 'tasks', 10, 2);
            INSERT INTO _cliosync_entities VALUES('core', 'contacts', 'contacts', 'complete', 2),
                ('more', 'contacts', 'contacts', 'partial', 2), ('core', 'tasks', 'tasks', 'complete', 12);
            """)
        return path
    }

    @Test func rowsAreThoseOfTheTableAndATableCountsOnce() throws {
        let folder = try Folder()
        let facts = try #require(DatabaseFacts(path: try database(folder), connection: "smith"))
        #expect(facts.entities["core/contacts"]?.rows == 2 && facts.entities["core/contacts"]?.isComplete == true)
        // Two of its five records came before, and one of the other three was deleted.
        #expect(facts.entities["more/contacts"]?.rows == 2 && facts.entities["more/contacts"]?.isComplete == false)
        // An earlier version counted records.
        #expect(facts.entities["core/tasks"]?.rows == 8)
        #expect(facts.tables == ["contacts": 3, "tasks": 8])
    }

    @Test func anotherConnectionsDatabaseSaysNothing() throws {
        let folder = try Folder()
        #expect(DatabaseFacts(path: try database(folder, connection: "jones"), connection: "smith")?.entities == [:])
        #expect(DatabaseFacts(path: folder.path + "/none.sqlite", connection: "smith") == nil)
    }
}
