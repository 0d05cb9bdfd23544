internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging

/// Finds the references that lead nowhere and flags their records with a `reference` warn; takes back those of the
/// check before.
struct ReferenceCheck {
    private let load: LoadRun
    private var connection: SQLiteConnection { load.connection }

    init(_ load: LoadRun) { self.load = load }

    func run() throws {
        let references = try Reference.all(load.catalog, in: load.database)
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
            try load.database.setMeta("references", isWhole() ? "checked" : "stale")
        }
        try connection.execute("DROP TABLE temp._cliosync_orphans")
    }

    /// Whether the catalog has every table of the database, and all of it; else a later load checks the rest.
    private func isWhole() throws(SQLiteError) -> Bool {
        let known = Set(load.catalog.tables.map(\.name))
        for row in try connection.rows("SELECT name, schema = '' FROM _cliosync_tables") {
            guard let name = row[0].string, known.contains(name), row[1].int == 0 else { return false }
        }
        return true
    }

    /// Takes the warns off the catalog's tables: those of any other table could not be found again.
    private func removeWarns() throws(SQLiteError) {
        let tables = Reference.tables(load.catalog)
        try connection.execute(
            """
            UPDATE flagged_records SET violations =
                (SELECT json_group_array(json(value)) FROM json_each(violations)
                 WHERE json_extract(value, '$.rule') <> 'reference')
            WHERE violations LIKE '%"reference"%' AND severity = 'warn' AND table_name IN (\(tables));
            DELETE FROM flagged_records
            WHERE violations = '[]' AND severity = 'warn' AND table_name IN (\(tables))
            """)
    }

    private func addWarns() throws {
        guard try connection.value("SELECT 1 FROM temp._cliosync_orphans LIMIT 1") != nil else { return }
        let index = try SequenceIndex(load)
        let orphans = try connection.prepare(
            """
            SELECT table_name, id, json_group_array(json_object('rule', 'reference', 'path', path, 'value', value,
                'message', 'there is no row with this id in ' || parent))
            FROM (SELECT * FROM temp._cliosync_orphans ORDER BY table_name, id, path) GROUP BY table_name, id
            """)
        let merge = try connection.prepare(
            """
            UPDATE flagged_records SET violations = substr(violations, 1, length(violations) - 1) || ',' || substr(?3, 2)
            WHERE table_name = ?1 AND id = ?2
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
            let origin = index.origin(of: sequence)
            try add.bind([
                .text(origin?.entity ?? table), .text(origin?.phase ?? ""), id, .text(violations),
                .optional(origin?.part), .optional(origin?.line), .integer(sequence), .text(table),
            ])
            try add.run()
        }
    }
}

/// A column that refers to another table, as far as both tables are in the database.
struct Reference {
    /// The table whose record is flagged.
    let table: String
    /// The table that holds the column: the same, or a child of it.
    let holder: String
    let column: String
    let parent: String
    /// The column of `holder` that holds the record's id.
    let key: String
    /// The SQL expression of the JSON path: `'matter.id'`, or with the element's index for child rows.
    let path: String

    /// The orphans: table, id, path, value, parent.
    var orphans: String {
        """
        SELECT \(quotedLiteral(table)) AS table_name, c.\(quotedIdentifier(key)) AS id, \(path) AS path,
            c.\(quotedIdentifier(column)) AS value, \(quotedLiteral(parent)) AS parent
        FROM main.\(quotedIdentifier(holder)) AS c
        WHERE c.\(quotedIdentifier(column)) IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM main.\(quotedIdentifier(parent)) AS p WHERE p."id" = c.\(quotedIdentifier(column)))
        """
    }

    /// The names of the catalog's tables as a list for SQL's `IN`.
    static func tables(_ catalog: Catalog) -> String {
        catalog.tables.map { quotedLiteral($0.name) }.joined(separator: ", ")
    }

    /// Every declared reference between tables that are in the database. A table that is not there yet makes no
    /// orphans: its phase has not come. Nor does one that is to be built anew, or that lacks the records of an entity that
    /// the reference names.
    static func all(_ catalog: Catalog, in database: Database) throws(SQLiteError) -> [Reference] {
        var present: Set<String> = []
        for row in try database.connection.rows("SELECT name FROM _cliosync_tables WHERE schema <> ''") {
            if let name = row[0].string { present.insert(name) }
        }
        var complete: Set<String> = []
        for row in try database.connection.rows(
            "SELECT phase, entity FROM _cliosync_entities WHERE status = 'complete'")
        {
            complete.insert("\(row[0].string ?? "").\(row[1].string ?? "")")
        }
        func parent(_ column: Column) -> String? {
            guard let parent = column.references, present.contains(parent) else { return nil }
            if let feeder = column.referenceFeeder, !complete.contains("\(feeder.phase).\(feeder.entity)") {
                return nil
            }
            return parent
        }
        var references: [Reference] = []
        for table in catalog.tables where present.contains(table.name) {
            for column in table.columns {
                guard let parent = parent(column) else { continue }
                references.append(
                    Reference(
                        table: table.name, holder: table.name, column: column.name, parent: parent,
                        key: Table.keyColumn, path: quotedLiteral(column.path.joined(separator: "."))))
            }
            for child in table.children {
                let list = child.path.joined(separator: ".")
                for column in child.columns {
                    guard let parent = parent(column) else { continue }
                    references.append(
                        Reference(
                            table: table.name, holder: child.name, column: column.name, parent: parent,
                            key: child.parentColumn,
                            path: "\(quotedLiteral(list + "[")) || (c.\"position\" - 1) || "
                                + quotedLiteral("]." + column.path.joined(separator: "."))))
                }
            }
        }
        return references
    }
}
