internal import Glibc
internal import Pipelines
package import SQLite
internal import Staging

/// The target database: opened, recognized as ours, and with the tables that are not any entity's.
package struct Database {
    package let connection: SQLiteConnection
    package let path: String

    /// The database of a connection that is open.
    package init(connection: SQLiteConnection, path: String) {
        self.connection = connection
        self.path = path
    }

    /// "clio" in `PRAGMA application_id`.
    package static let applicationID: Int64 = 0x636C_696F
    /// What SQLite may keep of the database in memory.
    package static let cacheBytes = 16 << 20
    /// The version of our own tables.
    static let format = "1"

    /// Opens for writing; makes the file (0600) when there is none. A database that is not ours is refused untouched.
    /// - Parameter isStopped: ends a wait for another program's lock.
    package static func open(
        _ path: String, connection name: String, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws -> Database {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LoadError(
                .readOnly,
                "\(path): cannot be opened for writing (\(String(cString: strerror(errno)))); check the file, its folder "
                    + "and their permissions")
        }
        close(descriptor)
        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        connection.stopWaiting(when: isStopped)
        let database = Database(connection: connection, path: path)
        if try database.isNew(connection: name) {
            // Only before the first page is written. Measured: 4, 8, 16 and 32 KB; fewer and fuller pages are quicker
            // until a page no longer fits the processor's cache.
            try connection.setPragma("page_size", to: "16384")
        }
        guard try connection.setPragma("journal_mode", to: "WAL") == "wal" else {
            throw LoadError(.database, "\(path): its file system allows no write-ahead log; put it on a local disk")
        }
        try connection.setPragma("synchronous", to: "NORMAL")
        // References are declared for the reader; the load checks them afterwards, as an orphan is a warning.
        try connection.setPragma("foreign_keys", to: "OFF")
        // RENAME must leave the REFERENCES of other tables alone: they name the table that takes the place.
        try connection.setPragma("legacy_alter_table", to: "ON")
        // Rows come in the order of their ids: a bigger cache gains nothing and costs memory.
        try connection.setPragma("cache_size", to: "-\(cacheBytes / 1024)")
        // `Checkpointer` keeps the log short; this is for the moment when it cannot: 256 MB.
        try connection.setPragma("wal_autocheckpoint", to: "16384")
        // Debian's SQLite overwrites what is deleted with zeros, which would write a dropped table once more. The pages
        // are taken by the next rebuild; the file is 0600 and holds the same rows anyway.
        try connection.setPragma("secure_delete", to: "FAST")
        try connection.transaction {
            guard try database.isNew(connection: name) else { return }
            try connection.execute(schema)
            try connection.run("INSERT INTO _cliosync_meta VALUES('format', ?)", .text(format))
            try connection.run("INSERT INTO _cliosync_meta VALUES('connection', ?)", .text(name))
            try connection.run("INSERT INTO _cliosync_meta VALUES('created_at', ?)", .text(UTC.now()))
            try connection.setPragma("application_id", to: "\(applicationID)")
        }
        try database.refreshOwnTables()
        try database.refreshFlaggedViolations()
        try database.refreshNameless()
        return database
    }

    /// Opens for reading; throws when it is not there or not ours.
    /// - Parameter isStopped: ends a wait for another program's lock.
    package static func openForReading(
        _ path: String, connection name: String, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws -> Database {
        guard access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR) else {
            throw LoadError(.staging, "\(path): not there; run `cliosync load` first")
        }
        let connection = try SQLiteConnection(path: path, mode: .readOnly)
        connection.stopWaiting(when: isStopped)
        let database = Database(connection: connection, path: path)
        if try database.isNew(connection: name) {
            throw LoadError(.foreign, "\(path): is empty; run `cliosync load` first")
        }
        return database
    }

    /// True for an empty database, false for ours; throws for anything else. Changes nothing.
    private func isNew(connection name: String) throws -> Bool {
        let id = try connection.pragma("application_id")?.int64 ?? 0
        let tables = try connection.tableNames()
        if id == 0, tables.isEmpty { return true }
        guard id == Database.applicationID, tables.contains("_cliosync_meta") else {
            throw LoadError(
                .foreign,
                "\(path): was not made by cliosync and was not touched; choose another file with --database"
            )
        }
        let format = try meta("format")
        guard format == Database.format else {
            throw LoadError(
                .foreign,
                "\(path): has format \(format ?? "?"), this program knows \(Database.format); use a newer cliosync")
        }
        let owner = try meta("connection")
        guard owner == name else {
            throw LoadError(
                .foreign,
                "\(path): belongs to connection \(owner ?? "?"), not to \(name); choose another file with --database")
        }
        return false
    }

    /// One transaction, or a part of the one that is open.
    package func atomically(_ body: () throws -> Void) throws {
        if connection.isInTransaction {
            try body()
        } else {
            try connection.transaction(.immediate, body)
        }
    }

    package func meta(_ key: String) throws(SQLiteError) -> String? {
        try connection.value("SELECT value FROM _cliosync_meta WHERE key = ?", .text(key))?.string
    }

    package func setMeta(_ key: String, _ value: String) throws(SQLiteError) {
        try connection.run(
            "INSERT INTO _cliosync_meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2 WHERE value <> ?2",
            .text(key), .text(value))
    }

    /// The CREATE statements and child tables of a table as the database has it; nil when there is none.
    package func loadedSchema(ofTable name: String) throws(SQLiteError) -> (text: String, children: [String])? {
        let rows = try connection.rows(
            "SELECT schema, children FROM _cliosync_tables WHERE name = ?", .text(name))
        guard let row = rows.first, let text = row[0].string else { return nil }
        return (text, (row[1].string ?? "").split(separator: " ").map(String.init))
    }

    /// The names of the tables that were loaded, child tables too.
    package func loadedTables() throws(SQLiteError) -> Set<String> {
        var names: Set<String> = []
        for row in try connection.rows("SELECT name, children FROM _cliosync_tables") {
            if let name = row[0].string { names.insert(name) }
            names.formUnion((row[1].string ?? "").split(separator: " ").map(String.init))
        }
        return names
    }

    package func setLoadedSchema(_ schema: TableSchema) throws(SQLiteError) {
        try connection.run(
            "INSERT OR REPLACE INTO _cliosync_tables VALUES(?, ?, ?)", .text(schema.table.name), .text(schema.text),
            .text(schema.table.children.map(\.name).joined(separator: " ")))
        try setMeta("schema of " + schema.table.name, schema.text)
    }

    /// The ids are of any type, and so is what has no usable one. STRICT would call that ANY, which DuckDB takes for text and
    /// then refuses a number; without a type it reads both.
    package static func flaggedTable(_ place: TableSchema.Place) -> String {
        """
        CREATE TABLE \(place.flagged)(
            entity TEXT NOT NULL, phase TEXT NOT NULL, id, severity TEXT NOT NULL, violations TEXT NOT NULL,
            part TEXT, line INTEGER, record TEXT, sequence INTEGER NOT NULL, table_name TEXT NOT NULL);
        CREATE INDEX \(place.flaggedIndex("id")) ON \(place.flagged)(table_name, id)
            WHERE id IS NOT NULL;
        \(nameless(place));
        """
    }

    private static let schema = """
        \(metaTable);
        CREATE TABLE _cliosync_tables(name TEXT PRIMARY KEY, schema TEXT NOT NULL, children TEXT NOT NULL) STRICT;
        CREATE TABLE _cliosync_ledger(
            connection TEXT NOT NULL, phase TEXT NOT NULL, entity TEXT NOT NULL, generation INTEGER NOT NULL,
            raw_generation INTEGER NOT NULL, part TEXT NOT NULL, raw_crc INTEGER NOT NULL, clean_crc INTEGER,
            flagged_crc INTEGER, records INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,
            warned INTEGER NOT NULL, inserted INTEGER NOT NULL, updated INTEGER NOT NULL, older INTEGER NOT NULL,
            duplicates INTEGER NOT NULL, loaded_at TEXT NOT NULL, sequence INTEGER,
            PRIMARY KEY(phase, entity, part)) STRICT;
        CREATE TABLE _cliosync_entities(
            phase TEXT NOT NULL, entity TEXT NOT NULL, table_name TEXT NOT NULL, status TEXT NOT NULL,
            records INTEGER NOT NULL, as_of TEXT, loaded_at TEXT NOT NULL, PRIMARY KEY(phase, entity)) STRICT;
        CREATE TABLE _cliosync_feeders(
            table_name TEXT NOT NULL, phase TEXT NOT NULL, entity TEXT NOT NULL, bit INTEGER NOT NULL,
            PRIMARY KEY(table_name, phase, entity)) STRICT;
        \(flaggedTable(.live))
        \(flaggedViolations);
        """
}
