package import Pipelines
internal import SQLite

/// The SQL of one table: itself, its child tables, its indexes, and the narrow table of row versions beside it.
package struct TableSchema: Sendable {
    package let table: Table

    /// The schema of a table of the pipeline files.
    package init(table: Table) { self.table = table }

    /// The value of `rejected` in the version of a record that a sweep found deleted in Clio.
    package static var deleted: Int { 2 }

    /// Where the rows go: the tables themselves, or their shadows during a rebuild.
    package enum Place: Sendable {
        case live, shadow

        package func table(_ name: String) -> String { self == .live ? name : "_cliosync_new_" + name }
        package func rows(_ name: String) -> String {
            (self == .live ? "_cliosync_rows_" : "_cliosync_newrows_") + name
        }
        package var flagged: String { self == .live ? "flagged_records" : "_cliosync_new_flagged_records" }
        package func flaggedIndex(_ name: String) -> String { flagged + "_" + name }
    }

    /// The CREATE statements that a rebuild is needed for when they change.
    package var text: String { ([main(.live)] + table.children.map { child($0, .live) }).joined(separator: ";\n") }

    var keyType: ColumnType { table.column(named: Table.keyColumn)?.type ?? .integer }
    package var isKeyInteger: Bool { keyType == .integer }
    private var keySQLType: String { isKeyInteger ? "INTEGER" : "TEXT" }

    package func create(_ place: Place) -> [String] {
        [main(place), rows(place)] + table.children.map { child($0, place) }
    }

    private func main(_ place: Place) -> String {
        let columns = table.columns.map { column in
            column.name == Table.keyColumn
                ? "\(quotedIdentifier(column.name)) \(keySQLType) NOT NULL PRIMARY KEY\(reference(column))"
                : definition(column)
        }
        return "CREATE TABLE \(quotedIdentifier(place.table(table.name)))(\n    "
            + columns.joined(separator: ",\n    ") + ") STRICT"
    }

    /// With a rowid, though its key alone would do: DuckDB counts rows by it.
    private func child(_ child: ChildTable, _ place: Place) -> String {
        // The reference names the table itself also in a shadow: the swap renames without touching it.
        let key = [
            "\(quotedIdentifier(child.parentColumn)) \(keySQLType) NOT NULL REFERENCES "
                + "\(quotedIdentifier(table.name))(\(quotedIdentifier(Table.keyColumn))) ON DELETE CASCADE",
            "\"position\" INTEGER NOT NULL",
        ]
        let primary = "PRIMARY KEY(\(quotedIdentifier(child.parentColumn)), \"position\")"
        return "CREATE TABLE \(quotedIdentifier(place.table(child.name)))(\n    "
            + (key + child.columns.map(definition) + [primary]).joined(separator: ",\n    ")
            + ") STRICT"
    }

    /// Which version of each id counts: what makes "the newest wins" work without extra columns in the table.
    private func rows(_ place: Place) -> String {
        """
        CREATE TABLE \(quotedIdentifier(place.rows(table.name)))(
            id \(keySQLType) NOT NULL PRIMARY KEY, updated_at INTEGER, sequence INTEGER NOT NULL,
            rejected INTEGER NOT NULL, feeders INTEGER NOT NULL) STRICT
        """
    }

    private func definition(_ column: Column) -> String {
        "\(quotedIdentifier(column.name)) \(column.type.storage)\(reference(column))"
    }

    private func reference(_ column: Column) -> String {
        guard column.isReferenceDeclared else { return "" }
        return column.references.map { " REFERENCES \(quotedIdentifier($0))(\(quotedIdentifier(Table.keyColumn)))" }
            ?? ""
    }

    /// One index: its name and its CREATE statement.
    package struct Index: Sendable {
        package let name: String
        package let table: String
        package let sql: String

        /// - Parameter isPartial: whether rows with NULL in the only column are left out. Many references are NULL in
        ///   nearly all rows, and no query needs those. SQLite still uses such an index for joins and comparisons, which are never
        ///   true of NULL.
        package init(name: String, table: String, columns: [String], isPartial: Bool) {
            self.name = name
            self.table = table
            let list = columns.map(quotedIdentifier).joined(separator: ", ")
            sql =
                "CREATE INDEX \(quotedIdentifier(name)) ON \(quotedIdentifier(table))(\(list))"
                + (isPartial ? " WHERE \(list) IS NOT NULL" : "")
        }
    }

    /// Those of the table and its child tables.
    package var indexes: [Index] {
        table.allIndexes.map { index in
            Index(name: index.name, table: index.table, columns: index.columns, isPartial: index.isPartial)
        }
    }
}
