internal import CSQLite

/// What SQLite refused: its codes, its message, and the SQL text, never the bound values.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The primary result code, for example 5 for `SQLITE_BUSY`.
    public let code: Int32
    /// The extended result code, for example 1555 for `SQLITE_CONSTRAINT_PRIMARYKEY`.
    public let extendedCode: Int32
    /// SQLite's message.
    public let message: String
    /// The SQL text with its placeholders, or nil when the failure was not in a statement.
    public let sql: String?

    /// Makes an error of an extended result code.
    public init(extendedCode: Int32, message: String, sql: String? = nil) {
        self.code = extendedCode & 0xFF
        self.extendedCode = extendedCode
        self.message = message
        self.sql = sql
    }

    /// One line: message, code and SQL.
    public var description: String {
        let place = sql.map { " in \"\(SQLiteError.shortened($0))\"" } ?? ""
        return "SQLite: \(message) (code \(extendedCode))\(place)"
    }

    /// `SQLITE_IOERR_SHMSIZE`: the file beside the log could not grow, for which a full disk is the reason.
    private static let sharedMemorySize = SQLITE_IOERR | 19 << 8

    /// The kind of failure as far as a caller can do something about it.
    public var kind: Kind {
        switch code {
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_READONLY, SQLITE_PERM: .readOnly
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_FULL: .full
        case SQLITE_IOERR: extendedCode == Self.sharedMemorySize ? .full : .inputOutput
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_INTERRUPT: .interrupted
        default: .other
        }
    }

    /// Kinds of failure.
    public enum Kind: Sendable {
        /// Another connection holds a lock for longer than the busy timeout.
        case busy
        /// The file is damaged.
        case corrupt
        /// The file is something else than a SQLite database.
        case notADatabase
        /// The file, or its folder, may not be written.
        case readOnly
        /// The file is not there, or may not be opened.
        case cannotOpen
        /// The disk is full.
        case full
        /// The system failed to read or write.
        case inputOutput
        /// A constraint of the schema was violated.
        case constraint
        /// A stop ended the statement or its wait for a lock.
        case interrupted
        /// Anything else.
        case other
    }

    private static func shortened(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 120 ? line : line.prefix(117) + "..."
    }
}
