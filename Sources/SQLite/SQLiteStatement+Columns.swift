internal import CSQLite

/// Reading the row that `step()` has stopped at.
extension SQLiteStatement {
    /// How SQLite stores a value.
    public enum StorageClass: Sendable {
        case null, integer, real, text, blob
    }

    /// A column's name, as the statement calls it.
    public func name(of column: Int) -> String {
        sqlite3_column_name(handle, Int32(truncatingIfNeeded: column)).map { String(cString: $0) } ?? ""
    }

    /// The storage class of a column's value; ask before any conversion.
    public func storageClass(at column: Int) -> StorageClass {
        switch sqlite3_column_type(handle, Int32(truncatingIfNeeded: column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// Whether the value is NULL.
    public func isNull(at column: Int) -> Bool { storageClass(at: column) == .null }

    /// The value as an integer; 0 for NULL.
    public func int64(at column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(truncatingIfNeeded: column)) }

    /// The value as `Int`; 0 for NULL.
    public func int(at column: Int) -> Int { Int(int64(at: column)) }

    /// The value as a real number; 0 for NULL.
    public func double(at column: Int) -> Double { sqlite3_column_double(handle, Int32(truncatingIfNeeded: column)) }

    /// The value as text; empty for NULL.
    public func text(at column: Int) -> String {
        withUTF8(at: column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The value as text; nil for NULL.
    public func optionalText(at column: Int) -> String? { isNull(at: column) ? nil : text(at: column) }

    /// The value as an integer; nil for NULL.
    public func optionalInt64(at column: Int) -> Int64? { isNull(at: column) ? nil : int64(at: column) }

    /// Lends the bytes of a text or blob value until the next step.
    public func withUTF8<Result>(at column: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        let column = Int32(truncatingIfNeeded: column)
        // The pointer first: SQLite converts for it, and only then the count is that of the converted text.
        let bytes = sqlite3_column_text(handle, column)
        return try body(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// A copy of the value.
    public func value(at column: Int) -> SQLiteValue {
        switch storageClass(at: column) {
        case .null: .null
        case .integer: .integer(int64(at: column))
        case .real: .real(double(at: column))
        case .text: .text(text(at: column))
        case .blob: .blob(blob(at: column))
        }
    }

    private func blob(at column: Int) -> [UInt8] {
        let column = Int32(truncatingIfNeeded: column)
        let bytes = sqlite3_column_blob(handle, column)
        return Array(UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
