internal import SQLite
internal import Staging

/// What is in a connection's database, by its ledger.
struct DatabaseFacts: Sendable, Equatable {
    struct Entity: Sendable, Equatable {
        /// Rows of the table that hold a record of this entity.
        var rows = 0
        /// Accepted records whose id came before.
        var duplicates = 0
        /// Whether a load of all of it came to its end.
        var isComplete = false
        var table: String?
    }

    /// By "phase/entity".
    var entities: [String: Entity] = [:]
    /// Rows of each table, once, however many entities fill it.
    var tables: [String: Int] = [:]

    init() {}

    /// nil: the file is not there, is not this connection's, or cannot be read now.
    init?(path: String, connection name: String) {
        guard (try? Files.exists(path)) == true else { return nil }
        do {
            try read(try SQLiteConnection(path: path, mode: .readOnly, busyTimeout: 500), name)
        } catch { return nil }
    }

    private mutating func read(_ connection: SQLiteConnection, _ name: String) throws {
        guard try connection.tableNames().contains("_cliosync_ledger"),
            try connection.value("SELECT value FROM _cliosync_meta WHERE key = 'connection'")?.string == name
        else { return }
        for row in try connection.rows(
            """
            SELECT phase, entity, sum(accepted) - sum(duplicates), sum(duplicates)
            FROM _cliosync_ledger GROUP BY phase, entity
            """)
        {
            let key = "\(row[0].string ?? "")/\(row[1].string ?? "")"
            entities[key] = Entity(rows: max(0, row[2].int ?? 0), duplicates: max(0, row[3].int ?? 0))
        }
        for row in try connection.rows(
            "SELECT phase, entity, table_name, status, records FROM _cliosync_entities")
        {
            let key = "\(row[0].string ?? "")/\(row[1].string ?? "")"
            var entity = entities[key] ?? Entity()
            entity.isComplete = row[3].string == "complete"
            entity.table = row[2].string
            // The end of a load counts rows, without those that were deleted. Earlier versions counted records there.
            entity.rows = min(entity.rows, row[4].int ?? entity.rows)
            entities[key] = entity
        }
        for (table, sources) in Dictionary(grouping: entities.values.filter { $0.table != nil }, by: { $0.table ?? "" })
        {
            tables[table] =
                sources.count == 1
                ? sources[0].rows
                : try connection.value("SELECT count(*) FROM \(quotedIdentifier(table))")?.int ?? 0
        }
    }
}

/// Reads a database again only when its files changed.
struct DatabaseFactsCache {
    private var known: [String: (stamp: FileStamp, facts: DatabaseFacts)] = [:]

    mutating func facts(_ path: String, connection: String) -> DatabaseFacts? {
        let stamp = FileStamp([path, path + "-wal"])
        if let cached = known[path], cached.stamp == stamp { return cached.facts }
        // One that cannot be read for a moment has what it had before.
        guard let facts = DatabaseFacts(path: path, connection: connection) else {
            return (try? Files.exists(path)) == true ? known[path]?.facts : nil
        }
        known[path] = (stamp, facts)
        return facts
    }
}
