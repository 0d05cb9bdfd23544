internal import CSQLite

/// A prepared statement: bind, step, read, reset, again. Positions of parameters count from 1, of columns from 0, as in
/// SQLite.
public final class SQLiteStatement {
    /// The SQL text with its placeholders.
    public let sql: String
    /// How many columns a row has.
    public let columnCount: Int
    let connection: SQLiteConnection
    let handle: OpaquePointer
    /// Which parameters are NULL now (from 1): NULL need not be bound again, and most values of a wide row are.
    let nulls: UnsafeMutableBufferPointer<Bool>

    init(_ connection: SQLiteConnection, _ sql: String) throws(SQLiteError) {
        var prepared: OpaquePointer?
        let result = sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard result == SQLITE_OK else { throw connection.failure(result, sql: sql) }
        guard let prepared else {
            throw SQLiteError(extendedCode: SQLITE_MISUSE, message: "no statement in this text", sql: sql)
        }
        self.sql = sql
        self.connection = connection
        self.handle = prepared
        self.columnCount = Int(sqlite3_column_count(prepared))
        nulls = .allocate(capacity: Int(sqlite3_bind_parameter_count(prepared)) + 1)
        nulls.initialize(repeating: true)
    }

    deinit {
        sqlite3_finalize(handle)
        nulls.deallocate()
    }

    /// Runs the statement up to its next row. True: there is a row to read. False: done, and ready to be bound again.
    public func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW:
            return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let result:
            let error = connection.failure(result, sql: sql)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement without rows, for example an INSERT, and makes it ready to be bound again.
    public func run() throws(SQLiteError) {
        while try step() {}
    }

    /// Ends a statement before its last row; the bound values stay.
    public func reset() {
        // The result repeats the error of the last step, which has been thrown already.
        sqlite3_reset(handle)
    }

    /// Sets every parameter to NULL.
    public func clearBindings() {
        sqlite3_clear_bindings(handle)
        nulls.update(repeating: true)
    }

    /// Notes that a parameter may be something else than NULL.
    private func touch(_ position: Int) { if nulls.indices.contains(position) { nulls[position] = false } }

    // MARK: Binding

    /// How long bound text stays where it is.
    public enum TextLifetime: Sendable {
        /// Until the statement is bound again or gone: SQLite does not copy it.
        case borrowed
        /// Only for this call: SQLite copies it.
        case copied
    }

    /// Binds an integer.
    public func bind(_ value: Int64, at position: Int) throws(SQLiteError) {
        touch(position)
        try check(sqlite3_bind_int64(handle, Int32(truncatingIfNeeded: position), value))
    }

    /// Binds a real number; NaN becomes NULL.
    public func bind(_ value: Double, at position: Int) throws(SQLiteError) {
        touch(position)
        try check(sqlite3_bind_double(handle, Int32(truncatingIfNeeded: position), value))
    }

    /// Binds UTF-8 text, which may hold NUL.
    public func bind(
        utf8 text: UnsafeRawBufferPointer, at position: Int, _ lifetime: TextLifetime
    ) throws(SQLiteError) {
        touch(position)
        let position = Int32(truncatingIfNeeded: position)
        let length = UInt64(truncatingIfNeeded: text.count)
        switch lifetime {
        case .borrowed: try check(cliosync_bind_text_static(handle, position, text.baseAddress, length))
        case .copied: try check(cliosync_bind_text_transient(handle, position, text.baseAddress, length))
        }
    }

    /// Binds NULL.
    public func bindNull(at position: Int) throws(SQLiteError) {
        try check(sqlite3_bind_null(handle, Int32(truncatingIfNeeded: position)))
    }

    /// Binds a copy of text.
    public func bind(_ value: String, at position: Int) throws(SQLiteError) {
        touch(position)
        var value = value
        let result = value.withUTF8 {
            cliosync_bind_text_transient(
                handle, Int32(truncatingIfNeeded: position), $0.baseAddress, UInt64($0.count))
        }
        try check(result)
    }

    /// Binds a copy of a value.
    public func bind(_ value: SQLiteValue, at position: Int) throws(SQLiteError) {
        switch value {
        case .null: try bindNull(at: position)
        case .integer(let value): try bind(value, at: position)
        case .real(let value): try bind(value, at: position)
        case .text(let value): try bind(value, at: position)
        case .blob(let bytes):
            touch(position)
            let result = bytes.withUnsafeBytes {
                cliosync_bind_blob_transient(
                    handle, Int32(truncatingIfNeeded: position), $0.baseAddress, UInt64($0.count))
            }
            try check(result)
        }
    }

    /// Binds copies of values from position 1 on.
    public func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
        for index in values.indices { try bind(values[index], at: index + 1) }
    }

    private func check(_ result: Int32) throws(SQLiteError) {
        if result != SQLITE_OK { throw connection.failure(result, sql: sql) }
    }
}
