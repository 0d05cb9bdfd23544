import Foundation
import SQLite
import Synchronization
import Testing

/// A folder of the test's own, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

@Suite struct SQLiteTests {
    @Test func valuesComeBackAsTheyWentIn() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE t(a ANY) STRICT")
        let values: [SQLiteValue] = [
            .integer(.min), .integer(.max), .real(0.1), .text(""), .text("a\0b"), .text("Zoë 🙂"), .null,
            .blob([0, 255]),
            .blob([]),
        ]
        for value in values { try connection.run("INSERT INTO t VALUES(?)", value) }
        #expect(try connection.rows("SELECT a FROM t ORDER BY rowid").map { $0[0] } == values)
    }

    @Test func borrowedTextIsReadWhereItLies() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE t(a TEXT, b TEXT) STRICT")
        let insert = try connection.prepare("INSERT INTO t VALUES(?, ?)")
        try Array("borrowed".utf8).withUnsafeBytes {
            try insert.bind(utf8: $0, at: 1, .borrowed)
            try insert.bind(utf8: UnsafeRawBufferPointer(start: nil, count: 0), at: 2, .borrowed)
            try insert.run()
        }
        #expect(try connection.rows("SELECT a, b FROM t") == [["borrowed", ""]])
    }

    @Test func aFailureNamesCodeAndSQLButNoValue() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER) STRICT")
        try connection.run("INSERT INTO t VALUES(4711, 1)")
        #expect {
            try connection.run("INSERT INTO t VALUES(?, ?)", 4711, 1)
        } throws: { error in
            guard let error = error as? SQLiteError else { return false }
            return error.kind == .constraint && error.extendedCode == 1555 && error.sql == "INSERT INTO t VALUES(?, ?)"
                && !error.description.contains("4711")
        }
        // The statement is usable after its failure, and a secret bound value does not show up.
        let insert = try connection.prepare("INSERT INTO t VALUES(?, ?)")
        try insert.bind([5, "secret"])
        #expect {
            try insert.run()
        } throws: { error in
            !"\(error)".contains("secret")
        }
        try insert.bind([5, 6])
        try insert.run()
        #expect(try connection.value("SELECT count(*) FROM t") == 2)
    }

    @Test func aThrowingBodyRollsBack() throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE t(a INTEGER) STRICT")
        #expect(throws: Stop.self) {
            try connection.transaction {
                try connection.run("INSERT INTO t VALUES(1)")
                throw Stop()
            }
        }
        #expect(!connection.isInTransaction)
        try connection.transaction { try connection.run("INSERT INTO t VALUES(2)") }
        #expect(try connection.rows("SELECT a FROM t") == [[2]])
    }

    @Test func aSecondWriterIsBusyAfterItsTimeout() throws {
        let folder = try TemporaryFolder()
        let first = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try first.setPragma("journal_mode", to: "WAL")
        let second = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .readWrite, busyTimeout: 1)
        try first.execute("BEGIN IMMEDIATE")
        #expect {
            try second.transaction {}
        } throws: { error in
            (error as? SQLiteError)?.kind == .busy
        }
    }

    /// Whatever the bound: the stop comes with the third look.
    @Test func aStopEndsTheWaitForALock() throws {
        let folder = try TemporaryFolder()
        let holder = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try holder.execute("CREATE TABLE t(a); BEGIN IMMEDIATE")
        let waiting = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .readWrite, busyTimeout: .max)
        let looks = Atomic<Int>(0)
        waiting.stopWaiting { looks.add(1, ordering: .relaxed).newValue > 2 }
        #expect { try waiting.execute("BEGIN IMMEDIATE") } throws: { ($0 as? SQLiteError)?.kind == .interrupted }
        #expect(looks.load(ordering: .relaxed) > 2)
        // What should still be written gets some more attempts, all statements together.
        waiting.stopWaiting(patience: 10) { true }
        for _ in 1...2 {
            #expect { try waiting.execute("BEGIN IMMEDIATE") } throws: { ($0 as? SQLiteError)?.kind == .interrupted }
        }
        try holder.execute("ROLLBACK")
        #expect(throws: Never.self) { try waiting.execute("BEGIN IMMEDIATE; COMMIT") }
    }

    @Test func aWaitWithoutAStopIsBounded() throws {
        let folder = try TemporaryFolder()
        let holder = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try holder.execute("CREATE TABLE t(a); BEGIN IMMEDIATE")
        let waiting = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .readWrite, busyTimeout: 20)
        waiting.stopWaiting { false }
        #expect { try waiting.execute("BEGIN IMMEDIATE") } throws: { ($0 as? SQLiteError)?.kind == .busy }
        waiting.busyTimeout = 0
        #expect { try waiting.execute("BEGIN IMMEDIATE") } throws: { ($0 as? SQLiteError)?.kind == .busy }
    }

    @Test func kindsOfBrokenFiles() throws {
        let folder = try TemporaryFolder()
        #expect {
            _ = try SQLiteConnection(path: folder.file("none.sqlite"), mode: .readOnly)
        } throws: { error in
            (error as? SQLiteError)?.kind == .cannotOpen
        }
        try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: folder.file("text.sqlite")))
        let connection = try SQLiteConnection(path: folder.file("text.sqlite"), mode: .readWrite)
        #expect {
            _ = try connection.tableNames()
        } throws: { error in
            (error as? SQLiteError)?.kind == .notADatabase
        }
    }

    @Test func aMisspelledColumnIsAnErrorAndNoText() throws {
        let folder = try TemporaryFolder()
        let connection = try SQLiteConnection(path: folder.file("a.sqlite"), mode: .create)
        try connection.execute("CREATE TABLE t(a INTEGER) STRICT")
        #expect(throws: SQLiteError.self) { try connection.rows("SELECT \"b\" FROM t") }
    }

    @Test func namesAreQuoted() {
        #expect(quotedIdentifier("a\"b") == "\"a\"\"b\"")
        #expect(quotedLiteral("it's") == "'it''s'")
    }

    /// A full disk shows in the file beside the log, too.
    @Test func theFileBesideTheLogGrowsOnlyOnADiskWithRoom() {
        #expect(SQLiteError(extendedCode: 4874, message: "disk I/O error").kind == .full)
        #expect(SQLiteError(extendedCode: 778, message: "disk I/O error").kind == .inputOutput)
    }
}
