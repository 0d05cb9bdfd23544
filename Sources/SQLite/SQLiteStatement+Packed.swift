internal import CSQLite

/// Values in a row of bytes, as one thread writes them for another to bind: a tag, then an `Int64`, a `Double`, or an
/// `Int32` length and the UTF-8 bytes themselves; nothing is aligned.
public enum PackedTag {
    /// No payload.
    public static let null: UInt8 = 0
    /// Eight bytes.
    public static let integer: UInt8 = 1
    /// Eight bytes.
    public static let real: UInt8 = 2
    /// Four bytes of length, then the text.
    public static let text: UInt8 = 3
}

extension SQLiteStatement {
    /// Binds `count` packed values from `position` on and returns the address after them. Text is not copied: the
    /// bytes must stay until the statement is reset and bound again.
    @discardableResult
    public func bind(
        packed values: UnsafeRawPointer, count: Int, at position: Int = 1
    ) throws(SQLiteError) -> UnsafeRawPointer {
        var next = values
        var parameter = position
        let end = position + count
        precondition(position > 0 && end <= nulls.count, "more values than parameters")
        while parameter < end {
            let result: Int32
            let number = Int32(truncatingIfNeeded: parameter)
            switch next.load(as: UInt8.self) {
            case PackedTag.integer:
                result = sqlite3_bind_int64(handle, number, (next + 1).loadUnaligned(as: Int64.self))
                nulls[parameter] = false
                next += 9
            case PackedTag.real:
                result = sqlite3_bind_double(handle, number, (next + 1).loadUnaligned(as: Double.self))
                nulls[parameter] = false
                next += 9
            case PackedTag.text:
                let length = Int((next + 1).loadUnaligned(as: Int32.self))
                result = cliosync_bind_text_static(handle, number, next + 5, UInt64(truncatingIfNeeded: length))
                nulls[parameter] = false
                next += 5 + length
            default:
                next += 1
                parameter += 1
                if nulls[parameter - 1] { continue }
                result = sqlite3_bind_null(handle, number)
                nulls[parameter - 1] = true
                if result != SQLITE_OK { throw connection.failure(result, sql: sql) }
                continue
            }
            if result != SQLITE_OK { throw connection.failure(result, sql: sql) }
            parameter += 1
        }
        return next
    }
}
