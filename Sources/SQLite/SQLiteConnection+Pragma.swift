extension SQLiteConnection {
    /// Reads a pragma, for example `pragma("user_version")`; nil when it has no value.
    public func pragma(_ name: String) throws(SQLiteError) -> SQLiteValue? {
        try value("PRAGMA \(name)")
    }

    /// Sets a pragma and returns what SQLite answers, which for some (`journal_mode`) is what is really in force.
    @discardableResult
    public func setPragma(_ name: String, to setting: String) throws(SQLiteError) -> SQLiteValue? {
        try value("PRAGMA \(name)=\(setting)")
    }

    /// The names of all tables but SQLite's own.
    public func tableNames() throws(SQLiteError) -> [String] {
        let statement = try prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
        var names: [String] = []
        while try statement.step() { names.append(statement.text(at: 0)) }
        return names
    }

    /// Moves all committed pages from the write-ahead log into the database file and empties the log, as far as
    /// readers let it.
    public func checkpoint() throws(SQLiteError) {
        try execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }
}
