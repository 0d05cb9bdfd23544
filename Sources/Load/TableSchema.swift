internal import Pipelines
internal import SQLite

/// The SQL of one table: itself, its child tables, its indexes, and the narrow table of row versions beside it.
struct TableSchema: Sendable {
    let table: Table

    /// Where the rows go: the tables themselves, or their shadows during a rebuild.
    enum Place: Sendable {
        case live, shadow

        func table(_ name: String) -> String { self == .live ? name : "_cliosync_new_" + name }
        func rows(_ name: String) -> String { (self == .live ? "_cliosync_rows_" : "_cliosync_newrows_") + name }
        var flagged: String { self == .live ? "flagged_records" : "_cliosync_new_flagged_records" }
        func flaggedIndex(_ name: String) -> String { flagged + "_" + name }
    }

    /// The CREATE statements that a rebuild is needed for when they change.
    var text: String { ([main(.live)] + table.children.map { child($0, .live) }).joined(separator: ";\n") }

    var keyType: ColumnType { table.column(named: Table.keyColumn)?.type ?? .integer }
    var isKeyInteger: Bool { keyType == .integer }
    private var keySQLType: String { isKeyInteger ? "INTEGER" : "TEXT" }

    func create(_ place: Place) -> [String] {
        [main(place), rows(place)] + table.children.map { child($0, place) }
    }

    private func main(_ place: Place) -> String {
        let columns = table.columns.map { column in
            column.name == Table.keyColumn
                ? "\(quotedIdentifier(column.name)) \(keySQLType) NOT NULL PRIMARY KEY"
                : definition(column)
        }
        return "CREATE TABLE \(quotedIdentifier(place.table(table.name)))(\n    "
            + columns.joined(separator: ",\n    ") + ") STRICT"
    }

    /// WITHOUT ROWID: one B-tree in place of a table and the index of its key.
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
            + ") STRICT, WITHOUT ROWID"
    }

    /// Which version of each id counts: what makes "the newest wins" work without extra columns in the table.
    private func rows(_ place: Place) -> String {
        """
        CREATE TABLE \(quotedIdentifier(place.rows(table.name)))(
            id \(keySQLType) NOT NULL PRIMARY KEY, updated_at INTEGER, sequence INTEGER NOT NULL,
            rejected INTEGER NOT NULL, feeders INTEGER NOT NULL) STRICT\(isKeyInteger ? "" : ", WITHOUT ROWID")
        """
    }

    private func definition(_ column: Column) -> String {
        let type =
            switch column.type {
            case .integer, .boolean: "INTEGER"
            case .decimal: "REAL"
            case .text, .date, .timestamp, .time, .json: "TEXT"
            }
        let reference =
            column.references.map { " REFERENCES \(quotedIdentifier($0))(\(quotedIdentifier(Table.keyColumn)))" } ?? ""
        return "\(quotedIdentifier(column.name)) \(type)\(reference)"
    }

    /// One index: its name and its CREATE statement.
    struct Index: Sendable {
        let name: String
        let table: String
        let sql: String
    }

    /// An index on every reference and those of the pipeline file, each once.
    var indexes: [Index] {
        var seen: Set<String> = []
        func list(_ name: String, _ columns: [Column], _ declared: [[String]]) -> [Index] {
            let references = columns.filter { $0.references != nil && $0.name != Table.keyColumn }.map { [$0.name] }
            // A declared index that begins with the reference serves it too.
            let needed = references.filter { reference in !declared.contains { $0.first == reference[0] } }
            func index(_ columns: [String], _ condition: String) -> Index? {
                let index = "idx_\(name)_" + columns.joined(separator: "_")
                guard seen.insert(index).inserted else { return nil }
                return Index(
                    name: index, table: name,
                    sql: "CREATE INDEX \(quotedIdentifier(index)) ON \(quotedIdentifier(name))("
                        + columns.map(quotedIdentifier).joined(separator: ", ") + ")" + condition)
            }
            // Many references are NULL in nearly all rows, and nobody looks for those by an index. SQLite uses such an
            // index for joins and comparisons all the same: they are never true of NULL.
            return needed.compactMap { index($0, " WHERE \(quotedIdentifier($0[0])) IS NOT NULL") }
                + declared.compactMap { index($0, "") }
        }
        return list(table.name, table.columns, table.indexes)
            + table.children.flatMap { list($0.name, $0.columns, $0.indexes) }
    }
}
