package import SQLite

/// The tables `changes` and `refreshes`: what loads did to the rows of tables that were complete before, so that other
/// programs can follow the database without comparing it.
extension Database {
    private static let changesSchema = """
        CREATE TABLE refreshes(
            id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, inserted INTEGER NOT NULL DEFAULT 0,
            updated INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE changes(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, refresh_id INTEGER NOT NULL, table_name TEXT NOT NULL, id,
            change TEXT NOT NULL, at TEXT NOT NULL);
        CREATE INDEX changes_refresh ON changes(refresh_id);
        """
    private static let key = "changes"

    /// Makes the two tables, unless they are there; inside a transaction.
    package func makeChanges() throws {
        guard try meta(Self.key) == nil else { return }
        for name in ["changes", "refreshes"]
        where try connection.value("SELECT 1 FROM sqlite_schema WHERE name = ?", .text(name)) != nil {
            throw LoadError(
                .pipeline,
                "\(path): has a table or view \(name) that cliosync did not make; rename it, because cliosync writes one of "
                    + "that name")
        }
        try connection.execute(Self.changesSchema)
        try setMeta(Self.key, "1")
    }

    /// Whether changes of this table's rows are recorded.
    package func isFollowed(_ table: String) throws(SQLiteError) -> Bool {
        try meta("\(Self.key) of \(table)") == "1"
    }

    package func setFollowed(_ table: String, _ isFollowed: Bool) throws(SQLiteError) {
        try setMeta("\(Self.key) of \(table)", isFollowed ? "1" : "0")
    }
}
