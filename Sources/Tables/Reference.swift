internal import Hashing
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
    /// The column of `holder` that says what kind of id it is, and the values for which it is one of `parent`; nil: it always
    /// is.
    package var kind: (column: String, types: [String])?
    /// Whether SQLite knows the reference.
    package var isDeclared: Bool
    /// Whether the ids are numbers here and texts there.
    private var comparesTexts = false

    /// The orphans: table, id, path, value, parent.
    package var orphans: String {
        let value = "c.\(quotedIdentifier(column))"
        let id = comparesTexts ? "CAST(\(value) AS TEXT)" : value
        let condition = kind.map { kind in
            " AND c.\(quotedIdentifier(kind.column)) IN (\(kind.types.map(quotedLiteral).joined(separator: ", ")))"
        }
        return """
            SELECT \(quotedLiteral(table)) AS table_name, c.\(quotedIdentifier(key)) AS id, \(path) AS path,
                \(value) AS value, \(quotedLiteral(parent)) AS parent
            FROM main.\(quotedIdentifier(holder)) AS c
            WHERE \(value) IS NOT NULL\(condition ?? "") AND NOT EXISTS
                (SELECT 1 FROM main.\(quotedIdentifier(parent)) AS p WHERE p."id" = \(id))
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
        for row in try database.connection.rows("SELECT name, children FROM _cliosync_tables WHERE schema <> ''") {
            if let name = row[0].string { present.insert(name) }
            present.formUnion(row[1].string?.split(separator: " ").map(String.init) ?? [])
        }
        var complete: Set<String> = []
        for row in try database.connection.rows(
            "SELECT phase, entity FROM _cliosync_entities WHERE status = 'complete'")
        {
            complete.insert("\(row[0].string ?? "").\(row[1].string ?? "")")
        }
        func isThere(_ table: String?, _ feeder: TableOwner?) -> Bool {
            guard let table, present.contains(table) else { return false }
            return feeder.map { complete.contains("\($0.phase).\($0.entity)") } ?? true
        }
        let lists = catalog.tables.flatMap { table in
            [(table.name, table.columns)] + table.children.map { ($0.name, $0.columns) }
        }
        let keys = Dictionary(
            lists.map { ($0, $1.first { $0.name == Table.keyColumn }?.type) }, uniquingKeysWith: { $1 })
        return all(catalog).filter { present.contains($0.table) }.flatMap { place in
            let column = place.column
            if let parent = column.references, isThere(parent, column.referenceFeeder) {
                return [place.reference(parent)]
            }
            guard let typed = column.typedReference else { return [] }
            let targets = typed.targets.filter { isThere($0.table, $0.feeder) }
            return Dictionary(grouping: targets) { $0.table ?? "" }.sorted { $0.key < $1.key }.map { parent, targets in
                var reference = place.reference(parent)
                reference.kind = (typed.by, targets.map(\.type))
                reference.isDeclared = false
                reference.comparesTexts = column.type == .integer && keys[parent] == .text
                return reference
            }
        }
    }

    /// Names the declared references: a check of other references says nothing about these.
    package static func mark(_ catalog: Catalog) -> String {
        let texts = all(catalog).map { place in
            let typed = place.column.typedReference.map { typed in
                " by \(typed.by) \(typed.targets.map { "\($0.type)=\($0.table ?? "")" })"
            }
            return "\(place.holder).\(place.column.name) \(place.column.references ?? "")\(typed ?? "")"
        }
        return "checked " + SHA256.hex(texts.joined(separator: "\n")).prefix(16)
    }

    private init(_ place: Place, parent: String) {
        table = place.table
        holder = place.holder
        column = place.column.name
        self.parent = parent
        isDeclared = place.column.isReferenceDeclared
        key = place.key
        path = place.path
    }

    /// A column that refers to something, and where it is.
    private struct Place {
        let table: String
        let holder: String
        let key: String
        let path: String
        let column: Column

        func reference(_ parent: String) -> Reference { Reference(self, parent: parent) }
    }

    private static func all(_ catalog: Catalog) -> [Place] {
        catalog.tables.flatMap { table in
            let own = table.columns.filter(\.isReference).map { column in
                Place(
                    table: table.name, holder: table.name, key: Table.keyColumn,
                    path: quotedLiteral(column.path.joined(separator: ".")), column: column)
            }
            let children = table.children.flatMap { child in
                let list = child.path.joined(separator: ".")
                return child.columns.filter(\.isReference).map { column in
                    Place(
                        table: table.name, holder: child.name, key: child.parentColumn,
                        path: "\(quotedLiteral(list + "[")) || (c.\"position\" - 1) || "
                            + quotedLiteral("]." + column.path.joined(separator: ".")), column: column)
                }
            }
            return own + children
        }
    }
}
