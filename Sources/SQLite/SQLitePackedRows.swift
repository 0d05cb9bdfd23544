internal import CPackedRows
internal import CSQLite

/// Rows of packed values as a table for one statement: `INSERT INTO t SELECT c0, c1 FROM name`. Not Sendable, as its
/// connection.
///
/// For a table of many columns a third quicker than binding and stepping for each row. A row in memory is a byte of the
/// caller's, two `UInt32` lengths (of its first values, and of all that follows the lengths), the first values, three more,
/// and what else the caller keeps there; see `PackedTag` for a value.
public final class SQLitePackedRows {
    /// What to select from.
    public let name: String
    /// Bytes before a row's first value.
    public static let headerLength = 9
    private let connection: SQLiteConnection
    private let rows: UnsafeMutablePointer<cpr_rows>

    /// Makes the table, with columns `c0`… for `columns` first values and the three after them.
    /// - Parameter name: must be new to the connection.
    public init(_ connection: SQLiteConnection, name: String, columns: Int) throws(SQLiteError) {
        self.name = name
        self.connection = connection
        var rows: UnsafeMutablePointer<cpr_rows>?
        try connection.check(cpr_register(connection.handle, name, Int32(columns), &rows))
        guard let rows else { throw connection.failure(SQLITE_NOMEM, sql: nil) }
        self.rows = rows
    }

    /// Sets the rows that the next statement sees, and runs it; they must stay until it returns.
    public func run(_ statement: SQLiteStatement, from first: UnsafeRawPointer, count: Int) throws(SQLiteError) {
        rows.pointee = cpr_rows(first: first.assumingMemoryBound(to: UInt8.self), count: Int64(count))
        defer { rows.pointee.count = 0 }
        try statement.run()
    }
}
