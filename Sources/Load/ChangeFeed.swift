internal import Foundation
internal import SQLite
internal import Staging
internal import Tables

/// Writes what one load changes into the tables `changes` and `refreshes`, inside the transactions that change it.
///
/// A table is followed from its first complete load on. Before that, and when it is built anew, one row `reloaded` says that
/// all of it is to be read.
final class ChangeFeed {
    private let database: Database
    private let retentionDays: Int
    private let at = UTC.now()
    private let row: RefreshRow
    /// The id of this run's row, once it was made or found.
    private var refresh: Int64?
    private var inserted = 0
    private var updated = 0
    private var deleted = 0

    enum Change: String {
        case inserted, updated, deleted, reloaded
    }

    /// - Parameters:
    ///   - retentionDays: rows of older loads are deleted.
    ///   - row: shared by the loads of one run.
    init(_ database: Database, retentionDays: Int, row: RefreshRow) {
        self.row = row
        self.database = database
        self.retentionDays = retentionDays
    }

    /// Makes this run's row if there is none, and deletes those that are too old; inside a transaction.
    private func begin() throws -> Int64 {
        if let refresh { return refresh }
        try database.makeChanges()
        let connection = database.connection
        // One that another load of the run made; its transaction may have been taken back.
        if let id = row.id, try connection.value("SELECT 1 FROM refreshes WHERE id = ?", .integer(id)) != nil {
            refresh = id
            return id
        }
        let oldest = UTC.text(
            secondsSince1970: Int64(Date().timeIntervalSince1970) - Int64(retentionDays) * 86_400)
        try connection.run(
            "DELETE FROM changes WHERE refresh_id IN (SELECT id FROM refreshes WHERE at < ?)", .text(oldest))
        try connection.run("DELETE FROM refreshes WHERE at < ?", .text(oldest))
        try connection.run("INSERT INTO refreshes(at) VALUES(?)", .text(at))
        let id = try connection.value("SELECT last_insert_rowid()")?.int64 ?? 0
        refresh = id
        row.id = id
        return id
    }

    /// A statement that records a change; inside a transaction.
    /// - Parameters:
    ///   - id: the expression for the row's id.
    ///   - rows: the table that it is selected from; nil: one row.
    func statement(_ table: String, _ change: Change, id: String, from rows: String? = nil) throws -> SQLiteStatement {
        try database.connection.prepare(
            """
            INSERT INTO changes(refresh_id, table_name, id, change, at)
            SELECT \(begin()), \(quotedLiteral(table)), \(id), '\(change.rawValue)', '\(at)'
            \(rows.map { "FROM \($0)" } ?? "")
            """)
    }

    /// Counts changes whose rows are written; `flush` stores the sums.
    func count(_ change: Change, _ rows: Int = 1) {
        switch change {
        case .inserted: inserted += rows
        case .updated: updated += rows
        case .deleted: deleted += rows
        case .reloaded: break
        }
    }

    /// Adds the sums to this run's row; inside the transaction that wrote the changes.
    func flush() throws(SQLiteError) {
        guard let refresh else { return }
        try database.connection.run(
            """
            UPDATE refreshes SET inserted = inserted + ?2, updated = updated + ?3, deleted = deleted + ?4 WHERE id = ?1
            """,
            .integer(refresh), .integer(Int64(inserted)), .integer(Int64(updated)), .integer(Int64(deleted)))
        (inserted, updated, deleted) = (0, 0, 0)
    }

    /// Begins to follow a table that is complete now, which is to be read as a whole first; inside a transaction.
    func follow(_ table: String) throws {
        guard try !database.isFollowed(table) else { return }
        try statement(table, .reloaded, id: "NULL").run()
        try database.setFollowed(table, true)
    }

    /// The feed, if changes of this table are recorded.
    func following(_ table: String) throws -> ChangeFeed? { try database.isFollowed(table) ? self : nil }
}
