internal import CSQLite

/// The SQLite that this process was linked with.
public enum SQLiteLibrary {
    /// `3.40.1`.
    public static var version: String { String(cString: sqlite3_libversion()) }
    /// 3_040_001 for 3.40.1; STRICT tables need 3_037_000.
    public static var versionNumber: Int { Int(sqlite3_libversion_number()) }
    /// Whether FTS5 is built in.
    public static var hasFullTextSearch: Bool { sqlite3_compileoption_used("ENABLE_FTS5") != 0 }
}
