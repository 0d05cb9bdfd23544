internal import Pipelines
internal import SQLite
internal import Tables

/// An index or a trigger that another program made on one of our tables; SQLite drops it with the table.
///
/// Views stay where they are: a view only names the table.
struct ForeignObject {
    let kind: String
    let name: String
    let table: String
    let sql: String
}

extension Database {
    /// The indexes and triggers that others made on a table and its child tables.
    func foreignObjects(on table: String) throws(SQLiteError) -> [ForeignObject] {
        let ours = try ownIndexes(table)
        let children = try loadedSchema(ofTable: table)?.children ?? []
        var objects: [ForeignObject] = []
        for name in [table] + children {
            // Indexes first: a trigger may name them.
            let rows = try connection.rows(
                """
                SELECT type, name, sql FROM sqlite_schema
                WHERE type IN ('index', 'trigger') AND tbl_name = ? AND sql IS NOT NULL ORDER BY type, rowid
                """, .text(name))
            for row in rows {
                guard let kind = row[0].string, let object = row[1].string, let sql = row[2].string else { continue }
                if kind == "index", ours?.contains(object) ?? object.hasPrefix("idx_\(name)_") { continue }
                objects.append(ForeignObject(kind: kind, name: object, table: name, sql: sql))
            }
        }
        return objects
    }

    /// The names of the indexes that a load made on a table; nil in a database of an earlier version.
    func ownIndexes(_ table: String) throws(SQLiteError) -> Set<String>? {
        guard let names = try meta("indexes of " + table) else { return nil }
        return Set(names.split(separator: " ").map(String.init))
    }
}

extension LoadRun {
    /// Makes it again on the new table. One that no longer fits (its column is gone) is reported and left out: it cannot
    /// keep the data from being loaded.
    func restore(_ object: ForeignObject, _ onEvent: (LoadEvent) -> Void) throws(SQLiteError) {
        do {
            try connection.execute(object.sql)
        } catch {
            guard error.kind == .other else { throw error }
            onEvent(.lost(kind: object.kind, name: object.name, reason: error.message))
        }
    }
}
