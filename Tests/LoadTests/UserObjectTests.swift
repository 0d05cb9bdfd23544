import Load
import Pipelines
import SQLite
import Staging
import Testing

/// What others put on our tables survives a load and a rebuild, or the rebuild is refused before any work.
@Suite struct UserObjectTests {
    private static func record(_ id: Int, _ updatedAt: String? = nil, rate: Int = 1, parties: String) -> Record {
        .row(id, updatedAt, "\"client_id\":null,\"rate\":\(rate),\"open\":true,\"matter_parties\":[\(parties)]")
    }

    private static func party(_ contact: Int) -> String { "{\"contact_id\":\(contact),\"role\":\"r\"}" }

    private static func loaded(_ sql: String...) async throws -> Fixture {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "matters",
            [
                [
                    record(1, LoadTests.early, parties: party(5) + "," + party(6)),
                    record(2, LoadTests.early, parties: party(7)),
                ]
            ])
        try await fixture.load("core")
        let other = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        for statement in sql { try other.execute(statement) }
        return fixture
    }

    private static func narrow(without name: String) -> Catalog {
        var columns = Fixture.matters.columns
        columns.removeAll { $0.name == name }
        return Fixture.catalog(
            matters: Table(
                name: "matters", title: "", description: nil, columns: columns, children: Fixture.matters.children,
                rules: [], indexes: []))
    }

    private func refused(_ fixture: Fixture, _ catalog: Catalog, force: Bool = false, _ words: String...) async throws {
        let before = try fixture.rows("SELECT name, sql FROM sqlite_schema ORDER BY 1")
        await #expect {
            try await fixture.load("core", catalog: catalog, force: force)
        } throws: { error in
            words.allSatisfy("\(error)".contains) && "\(error)".contains("nothing was changed")
                && !"\(error)".contains("\n")
        }
        #expect(try fixture.rows("SELECT name, sql FROM sqlite_schema ORDER BY 1") == before)
    }

    @Test func anAddedColumnKeepsItsValuesThroughARebuild() async throws {
        let fixture = try await Self.loaded(
            "ALTER TABLE matters ADD COLUMN my_flag INTEGER DEFAULT 3",
            "ALTER TABLE matters ADD COLUMN \"my, note\" TEXT",
            "UPDATE matters SET my_flag = 9, \"my, note\" = 'x' WHERE id = 2",
            "ALTER TABLE matter_parties ADD COLUMN seen INTEGER CHECK (seen IN (0, 1))",
            "UPDATE matter_parties SET seen = 1 WHERE contact_id = 6",
            "ALTER TABLE matters ADD COLUMN double_rate REAL GENERATED ALWAYS AS (rate * 2) VIRTUAL")
        for force in [true, false, true] {
            try await fixture.load("core", force: force)
            #expect(
                try fixture.rows("SELECT id, my_flag, \"my, note\", double_rate FROM matters")
                    == ["1|3|-|2.0", "2|9|x|2.0"])
            #expect(try fixture.rows("SELECT contact_id, seen FROM matter_parties") == ["5|-", "6|1", "7|-"])
        }
        let report = try await VerifyTests.verify(fixture, "core")
        #expect(VerifyTests.failed(report) == ["core contacts complete 1 0"])
        #expect(throws: SQLiteError.self) {
            try SQLiteConnection(path: fixture.database, mode: .readWrite).execute("UPDATE matter_parties SET seen = 5")
        }
    }

    /// A newer version of a record takes the place of the older one, and of nothing else.
    @Test func aNewerVersionLeavesAddedColumnsAsTheyAre() async throws {
        let fixture = try await Self.loaded(
            "ALTER TABLE matters ADD COLUMN my_flag INTEGER", "UPDATE matters SET my_flag = id * 10",
            "ALTER TABLE matter_parties ADD COLUMN seen INTEGER", "UPDATE matter_parties SET seen = contact_id")
        try await fixture.stage(
            "core", "matters",
            [
                [
                    Self.record(2, LoadTests.late, rate: 8, parties: Self.party(7) + "," + Self.party(8)),
                    Self.record(3, LoadTests.early, parties: ""),
                ]
            ])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, rate, my_flag FROM matters") == ["1|1.0|10", "2|8.0|20", "3|1.0|-"])
        #expect(
            try fixture.rows("SELECT matter_id, contact_id, seen FROM matter_parties ORDER BY 1, 2")
                == ["1|5|5", "1|6|6", "2|7|7", "2|8|-"])
    }

    @Test(arguments: [
        ("INSERT INTO matters(id) VALUES(-5)", "matters has 1 row that cliosync did not load (id -5)"),
        ("INSERT INTO matters(id) VALUES(7), (8), (9), (10)", "matters has 4 rows"),
        ("INSERT INTO matter_parties(matter_id, position) VALUES(77, 1)", "matter_parties has 1 row"),
    ])
    func rowsOfOthersAreNamed(_ sql: String, _ words: String) async throws {
        let fixture = try await Self.loaded(sql)
        let before = try fixture.rows("SELECT count(*) FROM matters JOIN matter_parties")
        try await refused(fixture, Fixture.catalog(matters: Fixture.matters), force: true, words, "a table of your own")
        #expect(try fixture.rows("SELECT count(*) FROM matters JOIN matter_parties") == before)
        // A load that builds nothing anew leaves them.
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT count(*) FROM matters JOIN matter_parties") == before)
    }

    @Test func aColumnThatThePipelineFileHasNowIsNamed() async throws {
        let fixture = try await Self.loaded("ALTER TABLE matters ADD COLUMN my_flag INTEGER")
        let wider = Table(
            name: "matters", title: "", description: nil,
            columns: Fixture.matters.columns + [Fixture.column("my_flag", .integer)],
            children: Fixture.matters.children,
            rules: [], indexes: [])
        try await refused(
            fixture, Fixture.catalog(matters: wider), "the column \"my_flag\" of matters", "duplicate column name",
            "RENAME COLUMN")
    }

    @Test func aGeneratedColumnOverADroppedOneIsNamed() async throws {
        let fixture = try await Self.loaded(
            "ALTER TABLE matters ADD COLUMN double_rate REAL GENERATED ALWAYS AS (rate * 2) VIRTUAL")
        try await refused(
            fixture, Self.narrow(without: "rate"), "the column \"double_rate\" of matters", "no such column: rate")
    }

    @Test(arguments: [
        "CREATE TRIGGER mine AFTER UPDATE OF rate ON matters BEGIN SELECT 1; END",
        "CREATE TRIGGER mine AFTER DELETE ON matters BEGIN INSERT INTO log VALUES(old.rate); END",
        "CREATE TRIGGER mine AFTER INSERT ON log BEGIN UPDATE matters SET rate = 1; END",
        "CREATE VIEW mine AS SELECT id, rate FROM matters", "CREATE INDEX mine ON matters(rate)",
    ])
    func whatReadsADroppedColumnIsNamed(_ sql: String) async throws {
        let fixture = try await Self.loaded("CREATE TABLE log(x)", sql)
        let kind = sql.split(separator: " ")[1]
        try await refused(
            fixture, Self.narrow(without: "rate"), "the \(kind.lowercased()) \"mine\"", "rate", "DROP \(kind) \"mine\"")
        // Where the column stays, so does the object.
        try await fixture.load("core", force: true)
        #expect(try fixture.rows("SELECT name FROM sqlite_schema WHERE name = 'mine'") == ["mine"])
    }

    /// What is broken already breaks no further.
    @Test func aViewThatDoesNotWorkNowDoesNotMatter() async throws {
        let fixture = try await Self.loaded("CREATE VIEW mine AS SELECT no_such_column FROM matters")
        try await fixture.load("core", force: true)
    }

    @Test func aTableThatGetsAnotherNameIsNotDroppedWithAddedColumns() async throws {
        let fixture = try await Self.loaded("ALTER TABLE matters ADD COLUMN my_flag INTEGER")
        let cases = Table(
            name: "cases", title: "", description: nil, columns: Fixture.matters.columns,
            children: Fixture.matters.children, rules: [], indexes: [])
        let catalog = Catalog(phases: [
            Phase(name: "core", title: "", day: "1", features: [], entities: [Fixture.entity("core", "matters", cases)])
        ])
        await #expect {
            try await fixture.load("core", catalog: catalog)
        } throws: { error in
            "\(error)".contains(
                "table matters would be dropped, and has columns that no pipeline file knows (\"my_flag\")")
        }
        #expect(try fixture.rows("SELECT count(my_flag), count(*) FROM matters") == ["0|2"])
    }

    @Test func aColumnOfOursThatAUserDroppedComesBack() async throws {
        let fixture = try await Self.loaded(
            "ALTER TABLE matters DROP COLUMN rate", "ALTER TABLE matters ADD COLUMN my_flag INTEGER DEFAULT 1")
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, rate, my_flag FROM matters") == ["1|1.0|1", "2|1.0|1"])
    }
}
