import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Tables
import Testing

/// Views and text search: what people find in the database beside the tables.
@Suite struct ViewTests {
    private static func view(_ name: String, _ tables: [String], _ sql: String) -> View {
        View(name: name, title: name, description: nil, tables: tables, sql: sql, place: "core.yaml:7:3")
    }

    private static func catalog(_ views: [View], search: [String] = []) -> Catalog {
        let contacts = Table(
            name: "contacts", title: "Contacts", description: "People.", label: "name", search: search,
            columns: Fixture.contacts.columns, children: [], rules: [], indexes: [])
        let plain = Fixture.catalog(contacts: contacts)
        return Catalog(
            phases: plain.phases.map { phase in
                Phase(
                    name: phase.name, title: phase.title, day: phase.day, features: [], entities: phase.entities,
                    views: phase.name == "core" ? views : [])
            })
    }

    private func fixture() async throws -> Fixture {
        let fixture = try Fixture()
        try await fixture.stage("core", "matters", [[.row(1, nil, #""client_id":7,"rate":1.5,"open":1"#)]])
        try await fixture.stage("core", "contacts", [[.row(7, nil, #""name":"Zoë Lease""#)]])
        return fixture
    }

    private let open = ViewTests.view("open_things", ["matters"], "SELECT id FROM matters WHERE \"open\" = 1")

    @Test func aViewIsThereOnceItsTablesAreAndGoesWithItsFile() async throws {
        let fixture = try await fixture()
        let events = Self.view("of_events", ["matters", "event_notes"], "SELECT 1 FROM matters, event_notes")
        let catalog = Self.catalog([open, events])
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows("SELECT id FROM open_things") == ["1"])
        #expect(
            try fixture.rows("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1").contains("of_events")
                == false)

        try await fixture.stage("supporting", "events", [[.row(1, nil, #""matter_id":1"#).quoted]])
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows("SELECT count(*) FROM of_events") == ["0"])

        // Another query under the same name replaces it; a rebuild of its table leaves it alone.
        let all = Self.view("open_things", ["matters"], "SELECT id, rate FROM matters")
        try await fixture.load(catalog: Self.catalog([all]), force: true)
        #expect(try fixture.rows("SELECT * FROM open_things") == ["1|1.5"])
        #expect(try fixture.rows("SELECT 1 FROM sqlite_schema WHERE name = 'of_events'").isEmpty)
    }

    /// A load adds the columns of new rows, and a name that is there already gets its key.
    @Test func aViewHasTheColumnsThatTheDataName() async throws {
        let fixture = try await fixture()
        let wide = View(
            name: "wide", title: "wide", description: nil, tables: ["matters", "contacts"],
            sql: "SELECT m.id{columns} FROM matters AS m ORDER BY m.id",
            columns: ViewColumns(names: "SELECT name, id FROM contacts ORDER BY id", value: "m.client_id = {key}"),
            place: "core.yaml:7:3")
        let catalog = Self.catalog([wide])
        func names() throws -> [String] { try fixture.rows("SELECT name FROM pragma_table_info('wide')") }
        try await fixture.load(catalog: catalog)
        #expect(try names() == ["id", "Zoë Lease"])
        #expect(try fixture.rows("SELECT * FROM wide") == ["1|1"])
        try await fixture.stage(
            "supporting", "contacts",
            [
                [
                    .row(8, nil, #""name":"zoë lease""#), .row(9, nil, #""name":"ID""#),
                    .row(10, nil, #""name":"a \"b\" {key}""#), .row(11, nil, #""name":" two\n lines ""#),
                    .row(12, nil, #""name":null"#),
                ]
            ])
        try await fixture.load(catalog: catalog)
        #expect(
            try names() == ["id", "Zoë Lease", "zoë lease (8)", "ID (9)", "a \"b\" {key}", "two lines", "12"])
        #expect(try fixture.rows("SELECT * FROM wide") == ["1|1|0|0|0|0|0"])
    }

    @Test(
        arguments: [
            ("SELECT name FROM contacts", "client_id = {key}", "expected two columns"),
            ("SELECT nme, id FROM contacts", "client_id = {key}", "no such column: nme"),
            ("SELECT name, id FROM contacts", "clent_id = {key}", "no such column: clent_id"),
        ])
    func brokenColumnsOfAViewAreNamed(_ names: String, _ value: String, _ words: String) throws {
        let view = View(
            name: "wide", title: "wide", description: nil, tables: ["matters", "contacts"],
            sql: "SELECT id{columns} FROM matters", columns: ViewColumns(names: names, value: value),
            place: "core.yaml:7:3")
        let error = #expect(throws: LoadError.self) { try DatabaseCheck.checkViews(Self.catalog([view])) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func nothingIsWrittenWhenNothingChanged() async throws {
        let fixture = try await fixture()
        let catalog = Self.catalog([open], search: ["name"])
        try await fixture.load(catalog: catalog)
        let before = try fixture.rows("PRAGMA data_version") + fixture.rows("PRAGMA schema_version")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: fixture.database))
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows("PRAGMA data_version") + fixture.rows("PRAGMA schema_version") == before)
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.database)) == bytes)
    }

    @Test(
        arguments: [
            ("SELECT nme FROM matters", "no such column: nme"), ("SELECT 1 FROM contacts", "no such table"),
            ("SELECT FROM matters", "syntax error"),
        ])
    func aBrokenViewIsNamedWithItsFileBeforeAnythingRuns(_ sql: String, _ words: String) throws {
        let catalog = Self.catalog([open, Self.view("broken", ["matters"], sql)])
        let error = #expect(throws: LoadError.self) { try DatabaseCheck.checkViews(catalog) }
        #expect(error?.code == .pipeline)
        #expect(error?.description.hasPrefix("core.yaml:7:3: view \"broken\"") == true)
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test func aViewOfSomebodyElseIsLeftAlone() async throws {
        let fixture = try await fixture()
        try await fixture.load(catalog: Self.catalog([]))
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(
            "CREATE VIEW open_things AS SELECT 'mine'")
        let error = await #expect(throws: LoadError.self) { try await fixture.load(catalog: Self.catalog([open])) }
        #expect(error?.code == .pipeline && error?.description.contains("open_things") == true)
        #expect(try fixture.rows("SELECT * FROM open_things") == ["mine"])
    }

    @Test func everyShippedViewCanBeRead() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("pipelines").path
        let catalog = try Catalog.load(folder: folder)
        try DatabaseCheck.checkViews(catalog)
        #expect(catalog.phases.allSatisfy { !$0.views.isEmpty })
    }

    /// A load that ends between two search tables knows the first one for its own the next time.
    @Test func aSearchTableIsOursFromItsFirstInstant() async throws {
        let fixture = try await fixture()
        func searched(_ table: Table, _ column: String) -> Table {
            Table(
                name: table.name, title: table.title, description: nil, search: [column], columns: table.columns,
                children: [], rules: [], indexes: [])
        }
        let catalog = Fixture.catalog(
            contacts: searched(Fixture.contacts, "name"), matters: searched(Fixture.matters, "rate"))
        try await fixture.load(catalog: Fixture.catalog())
        let database = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        try database.execute("CREATE TABLE contacts_search(x)")
        await #expect(throws: LoadError.self) { try await fixture.load(catalog: catalog) }
        try database.execute("DROP TABLE contacts_search")
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows("SELECT rowid FROM contacts_search WHERE contacts_search MATCH 'zoe'") == ["7"])
    }

    @Test func textIsFoundInWhatIsThereNowAndNothingElse() async throws {
        let fixture = try await fixture()
        let catalog = Self.catalog([], search: ["name"])
        let find = "SELECT rowid FROM contacts_search WHERE contacts_search MATCH "
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows(find + "'zoe'") == ["7"])
        // A newer version, from another phase, takes the place of the old text.
        try await fixture.stage(
            "supporting", "contacts",
            [
                [.row(7, "2026-01-01T00:00:00Z", #""name":"Ada""#), .row(8, nil, #""name":"Bo""#)]
            ])
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows(find + "'zoe'").isEmpty)
        #expect(try fixture.rows(find + "'ada OR bo'") == ["7", "8"])
        try await fixture.load(catalog: catalog, force: true)
        #expect(try fixture.rows(find + "'bo'") == ["8"])
        try SQLiteConnection(path: fixture.database, mode: .readWrite)
            .execute("INSERT INTO contacts_search(contacts_search, rank) VALUES('integrity-check', 1)")
        // A reader finds no row that is gone, from the very transaction on that takes it; nor does a reset leave words behind.
        try await fixture.stage(
            "supporting", "contacts", [[.rejected("8", "2026-03-01T00:00:00Z"), .row(9, nil, #""name":"Cy""#)]])
        let signal = StopSignal()
        try await fixture.load("supporting", catalog: catalog, stop: signal) { event in
            if case .loaded = event { signal.request() }
        }
        #expect(try fixture.rows("SELECT name FROM contacts_search WHERE contacts_search MATCH 'bo'").isEmpty)
        let loader = Loader(catalog: catalog, folder: fixture.folder, database: fixture.database)
        for entity in catalog.entities where entity.table.name == "contacts" { try await loader.unload(entity) }
        #expect(try fixture.rows("SELECT 1 FROM sqlite_schema WHERE name LIKE 'contacts%'").isEmpty)
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows(find + "'cy'") == ["9"])
        // Without the key the search goes.
        try await fixture.load(catalog: Self.catalog([]))
        #expect(try fixture.rows("SELECT 1 FROM sqlite_schema WHERE name LIKE 'contacts_search%'").isEmpty)
    }

    /// DuckDB counts rows by their rowid. A search of an earlier version, two of whose tables have none, is made anew.
    @Test func everyTableOfTheSearchHasARowID() async throws {
        let fixture = try await fixture()
        let catalog = Self.catalog([], search: ["name"])
        let without = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND wr = 1 ORDER BY name"
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows(without) == [])
        let sql = try #require(
            try fixture.rows("SELECT sql FROM sqlite_schema WHERE name = 'contacts_search'").first)
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(
            "DROP TABLE contacts_search; \(sql); INSERT INTO contacts_search(contacts_search) VALUES('rebuild')")
        #expect(try fixture.rows(without) == ["contacts_search_config", "contacts_search_idx"])
        try await fixture.load(catalog: catalog)
        #expect(try fixture.rows(without) == [])
        #expect(try fixture.rows("SELECT rowid FROM contacts_search WHERE contacts_search MATCH 'zoe'") == ["7"])
        let connection = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        for order in ["'integrity-check', 1", "'merge', 500", "'optimize', 1", "'integrity-check', 1"] {
            try connection.execute("INSERT INTO contacts_search(contacts_search, rank) VALUES(\(order))")
        }
    }

    @Test func metadataHasTitlesDescriptionsAndLabels() throws {
        let metadata = DatasetteMetadata(Self.catalog([open], search: ["name"]))
        let data = Data(metadata.json(database: "x/smith.sqlite").utf8)
        let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let database = try #require((root["databases"] as? [String: Any])?["smith"] as? [String: Any])
        let tables = try #require(database["tables"] as? [String: [String: Any]])
        #expect(tables["contacts"]?["description"] as? String == "People.")
        #expect(tables["contacts"]?["label_column"] as? String == "name")
        #expect(tables["matter_parties"]?["title"] as? String == "Matters: Parties")
        #expect(tables["open_things"]?["title"] as? String == "open_things")
        #expect(tables["_cliosync_ledger"]?["hidden"] as? Bool == true)
        #expect(DatasetteMetadata.path(database: "x/smith.sqlite") == "x/smith.metadata.json")
    }
}

extension Record {
    /// With an id that is text.
    var quoted: Record {
        Record(id: "\"\(id)\"", updatedAt: updatedAt, members: members, verdict: verdict)
    }
}
