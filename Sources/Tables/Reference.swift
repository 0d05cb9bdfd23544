package import Pipelines
package import SQLite

/// A column that refers to another table, as far as both tables are in the database.
package struct Reference: Sendable {
    /// The table whose record is flagged.
    package let table: String
    /// The table that holds the column: the same, or a child of it.
    package let holder: String
    package let column: String
    package let parent: String
    /// The column of `holder` that holds the record's id.
    package let key: String
    /// The SQL expression of the JSON path: `'matter.id'`, or with the element's index for child rows.
    package let path: String

    /// The orphans: table, id, path, value, parent.
    package var orphans: String {
        """
        SELECT \(quotedLiteral(table)) AS table_name, c.\(quotedIdentifier(key)) AS id, \(path) AS path,
            c.\(quotedIdentifier(column)) AS value, \(quotedLiteral(parent)) AS parent
        FROM main.\(quotedIdentifier(holder)) AS c
        WHERE c.\(quotedIdentifier(column)) IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM main.\(quotedIdentifier(parent)) AS p WHERE p."id" = c.\(quotedIdentifier(column)))
        """
    }

    /// The names of the catalog's tables as a list for SQL's `IN`.
    package static func tables(_ catalog: Catalog) -> String {
        catalog.tables.map { quotedLiteral($0.name) }.joined(separator: ", ")
    }

    /// Every declared reference between tables that are in the database. A table that is not there yet makes no
    /// orphans: its phase has not come. Nor does one that is to be built anew, or that lacks the records of an entity that
    /// the reference names.
    package static func all(_ catalog: Catalog, in database: Database) throws(SQLiteError) -> [Reference] {
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
