import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing

/// The database explains itself, without the pipeline files.
@Suite struct DataDictionaryTests {
    @Test func eachColumnOfALoadedTableHasARow() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "matters", [[.row(1, nil, #""client_id":7,"rate":1.5,"open":1"#)]])
        try await fixture.load()
        for table in ["matters", "matter_parties", "flagged_records"] {
            #expect(
                try fixture.rows(
                    "SELECT column_name FROM _cliosync_columns WHERE table_name = '\(table)' AND position > 0 ORDER BY position"
                )
                    == fixture.rows("SELECT name FROM pragma_table_info('\(table)') ORDER BY cid"), "\(table)")
        }
        #expect(
            try fixture.rows(
                """
                SELECT kind, type, source, refers_to FROM _cliosync_columns
                WHERE table_name = 'matter_parties' AND column_name = 'contact_id'
                """) == ["child|integer|parties[].contact.id|contacts"])
        // A table is described once it is there.
        #expect(try fixture.rows("SELECT count(*) FROM _cliosync_columns WHERE table_name = 'events'") == ["0"])
        try await fixture.stage(
            "supporting", "events", [[Record(id: "\"e1\"", members: #""matter_id":1"#, verdict: .accepted)]])
        try await fixture.load()
        #expect(try fixture.rows("SELECT count(*) FROM _cliosync_columns WHERE table_name = 'events'") == ["4"])
    }

    @Test func anotherDescriptionReachesTheDatabaseAndNoOtherLoadWrites() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", [[.row(7, nil, #""name":"Zoë Lease""#)]])
        try await fixture.load()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.database))
        try await fixture.load()
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.database)) == bytes)
        let described = Table(
            name: "contacts", title: "Contacts", description: "People and companies.",
            columns: Fixture.contacts.columns.map {
                Column(name: $0.name, description: "Meaning of \($0.name)", unit: "words", path: $0.path, type: $0.type)
            }, children: [], rules: [], indexes: [["name"]])
        try await fixture.load(catalog: Fixture.catalog(contacts: described))
        #expect(
            try fixture.rows(
                "SELECT meaning, unit FROM _cliosync_columns WHERE table_name = 'contacts' AND column_name = 'name'")
                == ["Meaning of name|words"])
        #expect(
            try fixture.rows("SELECT meaning FROM _cliosync_columns WHERE table_name = 'contacts' AND position = 0")
                == ["Contacts: People and companies."])
    }
}
