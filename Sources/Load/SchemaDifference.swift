public import Pipelines
internal import SQLite
internal import Staging
public import Tables

/// How a table in a database differs from the one that the pipelines want.
public struct SchemaDifference: Sendable, Equatable {
    /// A column that comes, goes or is declared in another way.
    public struct Change: Encodable, Sendable, Equatable {
        /// The table or child table.
        public let table: String
        /// The column.
        public let column: String
        /// Its declaration now, for example `INTEGER`; nil when it is new.
        public let before: String?
        /// Its declaration then; nil when it goes.
        public let after: String?
    }

    /// The table that the entity's rows are in now, when its pipeline file names another one.
    public let formerTable: String?
    /// What changes, column by column; empty when the table stays as it is declared.
    public let changes: [Change]
    /// Whether load builds the table anew.
    public let isRebuilt: Bool

    /// Whether load would find nothing to do for it.
    public var isEmpty: Bool { changes.isEmpty && formerTable == nil }

    /// Compares an entity's table with a database; nil when there is no such database or table yet. Takes no lock and
    /// changes nothing.
    public static func of(_ entity: Entity, database path: String) throws(LoadError) -> SchemaDifference? {
        guard try LoadError.exists(path) else { return nil }
        let table = entity.table
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            guard try connection.tableNames().contains("_cliosync_tables") else { return nil }
            let former = try connection.value(
                "SELECT table_name FROM _cliosync_entities WHERE phase = ? AND entity = ? AND table_name <> ?",
                .text(entity.phase), .text(entity.name), .text(table.name)
            )?.string
            let rows = try connection.rows(
                "SELECT schema, children FROM _cliosync_tables WHERE name = ?", .text(former ?? table.name))
            guard let row = rows.first else { return nil }
            let schema = TableSchema(table: table)
            // The wanted tables, as SQLite itself reads their declarations.
            let wanted = try SQLiteConnection(path: ":memory:", mode: .create)
            for statement in schema.create(.live) { try wanted.execute(statement) }
            let loaded = [table.name] + (row[1].string ?? "").split(separator: " ").map(String.init)
            var names = [table.name] + table.children.map(\.name)
            names += loaded.filter { !names.contains($0) }
            var changes: [Change] = []
            let own = try Database(connection: connection, path: path).ownColumns(ofTable: former ?? table.name)
            for name in names {
                let present = name == table.name ? former ?? name : name
                // What others added stays.
                let old = try columns(present, connection).filter { own?[present]?.contains($0.name) ?? true }
                let new = try columns(name, wanted)
                for (column, declaration) in new {
                    let before = old.first { $0.name == column }?.declaration
                    guard before != declaration else { continue }
                    changes.append(Change(table: name, column: column, before: before, after: declaration))
                }
                for (column, declaration) in old where !new.contains(where: { $0.name == column }) {
                    changes.append(Change(table: name, column: column, before: declaration, after: nil))
                }
            }
            return SchemaDifference(
                formerTable: former, changes: changes, isRebuilt: former != nil || row[0].string != schema.text)
        } catch {
            throw LoadError(error, database: path)
        }
    }

    /// A table's columns with their types and what they refer to; empty when there is no such table.
    private static func columns(
        _ table: String, _ connection: SQLiteConnection
    ) throws -> [(name: String, declaration: String)] {
        var references: [String: String] = [:]
        for key in try connection.rows("PRAGMA foreign_key_list(\(quotedIdentifier(table)))") {
            if let column = key[3].string, let parent = key[2].string { references[column] = parent }
        }
        return try connection.rows("PRAGMA table_info(\(quotedIdentifier(table)))").map { row in
            let name = row[1].string ?? ""
            let reference = references[name].map { " REFERENCES \($0)" } ?? ""
            return (name, (row[2].string ?? "") + reference)
        }
    }
}
