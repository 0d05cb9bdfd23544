internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// Finds the references that lead nowhere and flags their records with a `reference` warn; takes back those of the
/// check before.
struct ReferenceCheck {
    private let catalog: Catalog
    private let database: Database
    private let folder: ConnectionFolder
    private var connection: SQLiteConnection { database.connection }

    init(_ catalog: Catalog, _ database: Database, _ folder: ConnectionFolder) {
        self.catalog = catalog
        self.database = database
        self.folder = folder
    }

    func run() throws {
        let references = try Reference.all(catalog, in: database)
        try connection.execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS _cliosync_orphans(
                table_name TEXT NOT NULL, id ANY NOT NULL, path TEXT NOT NULL, value ANY NOT NULL, parent TEXT NOT NULL)
                STRICT;
            DELETE FROM temp._cliosync_orphans
            """)
        // One transaction: a reader never sees the old warns gone and the new ones missing.
        try connection.transaction {
            for reference in references {
                try connection.execute("INSERT INTO temp._cliosync_orphans \(reference.orphans)")
            }
            try removeWarns()
            try addWarns()
            try removeEmptyFlags()
            try database.setMeta("references", isWhole() ? Reference.mark(catalog) : "stale")
        }
        try connection.execute("DROP TABLE temp._cliosync_orphans")
    }

    /// Whether the catalog has every table of the database, and all of it; else a later load checks the rest.
    private func isWhole() throws(SQLiteError) -> Bool {
        let known = Set(catalog.tables.map(\.name))
        for row in try connection.rows("SELECT name, schema = '' FROM _cliosync_tables") {
            guard let name = row[0].string, known.contains(name), row[1].int == 0 else { return false }
        }
        return true
    }

    /// Takes the warns off the catalog's tables: those of any other table could not be found again. A flag that has no other
    /// violation stays without one for now: it knows its origin.
    private func removeWarns() throws(SQLiteError) {
        try connection.execute(
            """
            UPDATE flagged_records SET violations =
                (SELECT json_group_array(json(value)) FROM json_each(violations)
                 WHERE json_extract(value, '$.rule') <> 'reference')
            WHERE violations LIKE '%"reference"%' AND severity = 'warn' AND table_name IN (\(Reference.tables(catalog)))
            """)
    }

    private func removeEmptyFlags() throws(SQLiteError) {
        try connection.execute(
            """
            DELETE FROM flagged_records
            WHERE violations = '[]' AND severity = 'warn' AND table_name IN (\(Reference.tables(catalog)))
            """)
    }

    private func addWarns() throws {
        guard try connection.value("SELECT 1 FROM temp._cliosync_orphans LIMIT 1") != nil else { return }
        var indexes: [String: SequenceIndex] = [:]
        let orphans = try connection.prepare(
            """
            SELECT table_name, id, json_group_array(json_object('rule', 'reference', 'path', path, 'value', value,
                'message', 'there is no row with this id in ' || parent))
            FROM (SELECT * FROM temp._cliosync_orphans ORDER BY table_name, id, path) GROUP BY table_name, id
            """)
        let merge = try connection.prepare(
            """
            UPDATE flagged_records SET violations = substr(violations, 1, length(violations) - 1) || ',' || substr(?3, 2)
            WHERE table_name = ?1 AND id = ?2 AND violations <> '[]'
            """)
        let keep = try connection.prepare(
            """
            UPDATE flagged_records SET violations = ?3
            WHERE table_name = ?1 AND id = ?2 AND violations = '[]' AND sequence = ?4
            """)
        let add = try connection.prepare(
            """
            INSERT INTO flagged_records(entity, phase, id, severity, violations, part, line, sequence, table_name)
            VALUES(?, ?, ?, 'warn', ?, ?, ?, ?, ?)
            """)
        var versions: [String: SQLiteStatement] = [:]
        while try orphans.step() {
            let (table, id, violations) = (orphans.text(at: 0), orphans.value(at: 1), orphans.text(at: 2))
            try merge.bind([.text(table), id, .text(violations)])
            try merge.run()
            if connection.changes > 0 { continue }
            let version =
                try versions[table]
                ?? connection.prepare(
                    "SELECT sequence FROM \(quotedIdentifier(TableSchema.Place.live.rows(table))) WHERE id = ?")
            versions[table] = version
            try version.bind([id])
            let sequence = try version.step() ? version.int64(at: 0) : 0
            version.reset()
            let feeders = catalog.feeders(ofTable: table)
            let index = try indexes[table] ?? SequenceIndex(feeders, folder)
            indexes[table] = index
            let origin = index.origin(of: sequence)
            var (entity, phase) = (origin?.entity ?? table, origin?.phase ?? "")
            if origin == nil {
                // The staged files are on another machine: what was known of the record holds.
                try keep.bind([.text(table), id, .text(violations), .integer(sequence)])
                try keep.run()
                if connection.changes > 0 { continue }
                if feeders.count == 1 { (entity, phase) = (feeders[0].name, feeders[0].phase) }
            }
            try add.bind([
                .text(entity), .text(phase), id, .text(violations), .optional(origin?.part), .optional(origin?.line),
                .integer(sequence), .text(table),
            ])
            try add.run()
        }
    }
}
