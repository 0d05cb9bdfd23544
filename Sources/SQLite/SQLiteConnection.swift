internal import CSQLite
internal import Glibc

/// One open database. Not `Sendable`: one thread uses it at a time. It closes itself when the last reference, which
/// every statement holds, is gone.
public final class SQLiteConnection {
    /// The path as opened.
    public let path: String
    let handle: OpaquePointer
    /// Whether it was opened without looking for a log or locks: what another process writes meanwhile may be read in part.
    public let isImmutable: Bool

    private var interruption: Interruption?
    private let wait: LockWait

    /// Set once, before SQLite does anything; when it is too late for it, it stays as it was.
    private static let configured: Void = { _ = cliosync_configure() }()

    /// How a database is opened.
    public enum Mode: Sendable {
        /// Nothing is written; the file must be there.
        case readOnly
        /// The file must be there.
        case readWrite
        /// The file is created when it is not there.
        case create
    }

    /// Opens a database file. Where its folder cannot be written and no write-ahead log is there, nothing of a log is looked for,
    /// so that it can be read from read-only places. SQLite touches the file only with the first statement, so that a damaged file shows up there.
    /// - Parameter busyTimeout: milliseconds that a statement waits for another connection's lock before it throws `.busy`.
    public init(path: String, mode: Mode, busyTimeout: Int32 = LockWait.usual) throws(SQLiteError) {
        let access =
            switch mode {
            case .readOnly: SQLITE_OPEN_READONLY
            case .readWrite: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        Self.configured
        var opened: OpaquePointer?
        // NOMUTEX: one thread at a time is this type's own rule. EXRESCODE: every result is an extended code.
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        var address: String?
        if case .readOnly = mode { address = Self.immutableAddress(of: path) }
        let result = sqlite3_open_v2(address ?? path, &opened, address == nil ? flags : flags | SQLITE_OPEN_URI, nil)
        guard let opened, result == SQLITE_OK else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(result))
            sqlite3_close_v2(opened)
            throw SQLiteError(extendedCode: result, message: message)
        }
        self.path = path
        self.handle = opened
        isImmutable = address != nil
        wait = LockWait(milliseconds: busyTimeout)
        try check(sqlite3_busy_handler(opened, LockWait.handler, Unmanaged.passUnretained(wait).toOpaque()))
        try check(cliosync_refuse_quoted_text(opened))
        try check(cliosync_defend(opened, 1))
    }

    /// The address that opens a database without its log or journal; nil where SQLite can or must use them.
    ///
    /// In a folder that cannot be written, SQLite cannot make the index of the log, and does not open the database without it.
    private static func immutableAddress(of path: String) -> String? {
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard access(folder, W_OK) != 0, access(path, R_OK) == 0,
            access(path + "-wal", F_OK) != 0, access(path + "-journal", F_OK) != 0
        else { return nil }
        let safe = Set("/-_.~".utf8)
        let name = path.utf8.map { byte in
            let isPlain = safe.contains(byte) || UnicodeScalar(byte).properties.isAlphabetic && byte < 128
            if isPlain || (48...57).contains(byte) { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16, uppercase: true)
            return "%" + (hex.count == 1 ? "0" : "") + hex
        }
        return "file:" + name.joined() + "?immutable=1"
    }

    deinit {
        // v2 waits for statements that are still alive; there are none, each holds this object.
        sqlite3_close_v2(handle)
    }

    /// Milliseconds that a statement waits for another connection's lock.
    public var busyTimeout: Int32 {
        get { wait.milliseconds }
        set { wait.milliseconds = newValue }
    }

    /// Ends a wait for another connection's lock, with `.interrupted`, once this says so.
    /// - Parameter patience: milliseconds that all waits after that may take together, for what should still be written.
    public func stopWaiting(patience: Int32 = 0, when isWanted: @escaping @Sendable () -> Bool) {
        wait.stop(patience: patience, when: isWanted)
    }

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    public var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Rows changed since the connection was opened.
    public var totalChanges: Int { Int(sqlite3_total_changes64(handle)) }

    /// The rowid of the last INSERT.
    public var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Whether a transaction is open.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs one or more statements without parameters; their rows are ignored.
    public func execute(_ sql: String) throws(SQLiteError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        if result != SQLITE_OK { throw failure(result, sql: sql) }
    }

    /// Runs statements that change tables which a virtual table keeps for itself.
    public func executeOnShadowTables(_ sql: String) throws(SQLiteError) {
        _ = cliosync_defend(handle, 0)
        defer { _ = cliosync_defend(handle, 1) }
        try execute(sql)
    }

    /// Prepares one statement that is used many times.
    public func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        try SQLiteStatement(self, sql)
    }

    /// Runs one statement with values and ignores its rows.
    public func run(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) {
        let statement = try prepare(sql)
        try statement.bind(values)
        while try statement.step() {}
    }

    /// The first column of the first row, or nil when there is no row.
    public func value(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) -> SQLiteValue? {
        let statement = try prepare(sql)
        try statement.bind(values)
        return try statement.step() ? statement.value(at: 0) : nil
    }

    /// All rows; for small results only.
    public func rows(_ sql: String, _ values: SQLiteValue...) throws(SQLiteError) -> [[SQLiteValue]] {
        let statement = try prepare(sql)
        try statement.bind(values)
        var rows: [[SQLiteValue]] = []
        while try statement.step() {
            rows.append((0..<statement.columnCount).map { statement.value(at: $0) })
        }
        return rows
    }

    private final class Interruption {
        let isWanted: @Sendable () -> Bool

        init(_ isWanted: @escaping @Sendable () -> Bool) { self.isWanted = isWanted }
    }

    /// Ends a statement that takes long or waits, with `.interrupted`, soon after this says so.
    public func interrupt(when isWanted: @escaping @Sendable () -> Bool) {
        let interruption = Interruption(isWanted)
        self.interruption = interruption
        stopWaiting(when: isWanted)
        // SQLite calls it on this connection's thread, while a statement holds the connection and with it the object.
        sqlite3_progress_handler(
            handle, 10_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Interruption>.fromOpaque(context).takeUnretainedValue().isWanted() ? 1 : 0
            }, Unmanaged.passUnretained(interruption).toOpaque())
    }

    func check(_ result: Int32) throws(SQLiteError) {
        if result != SQLITE_OK { throw failure(result, sql: nil) }
    }

    func failure(_ result: Int32, sql: String?) -> SQLiteError {
        let isStopped = result & 0xFF == SQLITE_BUSY && wait.isStopped
        return SQLiteError(
            extendedCode: isStopped ? SQLITE_INTERRUPT : result, message: String(cString: sqlite3_errmsg(handle)),
            sql: sql)
    }
}
