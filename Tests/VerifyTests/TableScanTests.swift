import Foundation
import SQLite
import TestSupport
import Testing

@testable import Verify

/// The comparison of indexes with their table finds what `PRAGMA integrity_check` finds.
@Suite struct TableScanTests {
    /// A database file in a folder of its own.
    private final class Database {
        let path: String
        let connection: SQLiteConnection
        private let folder: URL

        init(_ sql: String) throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("scan-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            path = folder.appendingPathComponent("t.sqlite").path
            connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute("PRAGMA page_size=4096; \(sql)")
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func problems(_ table: String = "t") throws -> Int {
            let scan = TableScan(database: path, table: table, columns: [], summed: [])
            return try scan.run(isStopped: { false }, { false }).indexProblems
        }

        /// What SQLite says of the file, on a new connection.
        func pragma(_ name: String) throws -> String? {
            try SQLiteConnection(path: path, mode: .readOnly).pragma(name)?.string
        }

        /// Changes the bytes of one page: the root of a table or an index that fits into it.
        func damage(_ root: String, _ change: (inout Data) throws -> Void) throws {
            let page = try #require(
                try connection.value("SELECT rootpage FROM sqlite_schema WHERE name = ?", .text(root))?.int)
            var file = try Data(contentsOf: URL(fileURLWithPath: path))
            let range = (page - 1) * 4096..<page * 4096
            var bytes = Data(file[range])
            try change(&bytes)
            file.replaceSubrange(range, with: bytes)
            try file.write(to: URL(fileURLWithPath: path))
        }
    }

    private static let rows = """
        CREATE TABLE t(id INTEGER PRIMARY KEY, key TEXT NOT NULL, number REAL) STRICT;
        CREATE UNIQUE INDEX i ON t(key);
        INSERT INTO t VALUES(7, 'k01', 1), (5, 'k02', 2.5), (3, 'k03', NULL)
        """

    private static func replace(_ text: String, _ other: String, _ page: inout Data) throws {
        let range = try #require(page.range(of: Data(text.utf8)))
        page.replaceSubrange(range, with: Data(other.utf8))
    }

    @Test func aSoundTableHasNoProblem() throws {
        let database = try Database(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER, c REAL, d BLOB, UNIQUE(a, b)) STRICT;
            CREATE INDEX "i one" ON t(b, c DESC);
            CREATE INDEX "idx_t_a" ON "t"("a") WHERE "a" IS NOT NULL;
            CREATE INDEX i3 ON t(c);
            CREATE INDEX i4 ON t(d, a);
            INSERT INTO t VALUES(1, 'x', 5, -0.0, x'00'), (2, NULL, NULL, 0, NULL), (3, NULL, NULL, 4, x'0001'),
                (-9, 'x', 6, 1e300, x''), (9223372036854775807, '', -1, NULL, NULL)
            """)
        #expect(try database.problems() == 0)
        #expect(try IndexShape.all(of: "t", database.connection)?.count == 5)
    }

    @Test(
        "indexes that cannot be computed from columns are left to SQLite, and checked all the same",
        arguments: [
            "CREATE INDEX i ON t(upper(a))", "CREATE INDEX i ON t(a COLLATE NOCASE)",
            "CREATE INDEX i ON t(a) WHERE b > 1",
        ])
    func otherKindsOfIndexesAreLeftToSQLite(_ index: String) throws {
        let database = try Database(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b); INSERT INTO t VALUES(1, 'K01', 2), (2, 'K02', 3); \(index)"
        )
        #expect(try IndexShape.all(of: "t", database.connection) == nil)
        #expect(try database.problems() == 0)
        try database.damage("i") { try Self.replace("K01", "K99", &$0) }
        #expect(try database.problems() > 0)
    }

    @Test func aTableWithoutRowidIsLeftToSQLite() throws {
        let database = try Database(
            "CREATE TABLE t(a TEXT PRIMARY KEY, b TEXT) WITHOUT ROWID; CREATE INDEX i ON t(b); INSERT INTO t VALUES('k', 'm')"
        )
        #expect(try IndexShape.all(of: "t", database.connection) == nil)
        #expect(try database.problems() == 0)
    }

    @Test func anEntryThatIsMissingOrOfAnotherValueIsFound() throws {
        let missing = try Database(Self.rows)
        // The number of cells is in bytes 3 and 4 of a page.
        try missing.damage("i") { $0[4] -= 1 }
        #expect(try missing.problems() == 1)
        let changed = try Database(Self.rows)
        try changed.damage("i") { try Self.replace("k02", "k0!", &$0) }
        #expect(try changed.problems() > 0)
        #expect(try changed.pragma("quick_check") == "ok")
        #expect(try changed.pragma("integrity_check") != "ok")
    }

    @Test func aRowThatTheIndexDoesNotHaveIsFound() throws {
        let database = try Database(Self.rows)
        try database.damage("t") { try Self.replace("k02", "k22", &$0) }
        #expect(try database.problems() == 1)
        #expect(try database.pragma("integrity_check") != "ok")
    }

    @Test func entriesOutOfOrderAreFound() throws {
        let database = try Database(Self.rows)
        // The same cells, the first two pointers to them exchanged.
        try database.damage("i") { page in
            let pointers = [page[10], page[11], page[8], page[9]]
            page.replaceSubrange(8..<12, with: pointers)
        }
        #expect(try database.problems() == 1)
        #expect(try database.pragma("quick_check") == "ok")
        #expect(try database.pragma("integrity_check") != "ok")
    }

    @Test func aUniqueKeyThatOccursTwiceIsFound() throws {
        let database = try Database(
            """
            CREATE TABLE t(id INTEGER PRIMARY KEY, key TEXT NOT NULL) STRICT;
            CREATE UNIQUE INDEX i ON t(key);
            INSERT INTO t VALUES(1, 'k01'), (2, 'k02')
            """)
        for root in ["t", "i"] { try database.damage(root) { try Self.replace("k02", "k01", &$0) } }
        #expect(try database.problems() == 1)
        #expect(try database.pragma("quick_check") == "ok")
        #expect(try database.pragma("integrity_check") != "ok")
    }

    @Test func aDamagedPageOfAnIndexIsAProblemAndNoError() throws {
        let database = try Database(Self.rows)
        try database.damage("i") { $0[0] = 0x33 }
        #expect(try database.problems() > 0)
    }

    @Test("random values of all types sort as SQLite sorts them")
    func randomValuesSortAsSQLiteSortsThem() throws {
        var random = TestSeed.numbers()
        let database = try Database("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX i ON t(a, b DESC)")
        let insert = try database.connection.prepare("INSERT INTO t(a, b) VALUES(?, ?)")
        func value() -> SQLiteValue {
            let near = [9_007_199_254_740_992, 9_007_199_254_740_993, Int64.max, Int64.min, 0, 1, -1]
            switch Int.random(in: 0..<7, using: &random) {
            case 0: return .null
            case 1: return .integer(near.randomElement(using: &random) ?? 0)
            case 2: return .real(Double(near.randomElement(using: &random) ?? 0))
            case 3: return .real(Double.random(in: -3...3, using: &random))
            case 4: return .integer(Int64.random(in: -3...3, using: &random))
            case 5:
                let length = Int.random(in: 0...3, using: &random)
                return .text(String((0..<length).map { _ in "aZé\u{0}".randomElement(using: &random) ?? "a" }))
            default:
                let length = Int.random(in: 0...3, using: &random)
                return .blob((0..<length).map { _ in UInt8.random(in: 0...2, using: &random) })
            }
        }
        try database.connection.transaction {
            for _ in 0..<2000 {
                try insert.bind([value(), value()])
                try insert.run()
            }
        }
        #expect(try database.problems() == 0)
    }

    @Test func contentAndSumsCountOnlyTheColumnsThatAreAskedFor() throws {
        let database = try Database(Self.rows)
        func scan(_ columns: [String]) throws -> TableFacts {
            try TableScan(database: database.path, table: "t", columns: columns, summed: ["number"]).run(
                isStopped: { false }
            ) { false }
        }
        let facts = try scan(["id", "key", "number"])
        #expect(facts.sums[0].double == 3.5 && facts.sums[0].count == 2)
        try database.connection.execute("ALTER TABLE t ADD COLUMN mine TEXT; UPDATE t SET mine = 'x'")
        #expect(try scan(["id", "key", "number"]).digest == facts.digest)
        #expect(try scan(["id", "key", "number", "gone"]).digest == nil)
        try database.connection.execute("UPDATE t SET number = 2 WHERE id = 7")
        #expect(try scan(["id", "key", "number"]).digest != facts.digest)
        #expect(try scan(["id", "key", "number"]).indexProblems == 0)
    }
}
