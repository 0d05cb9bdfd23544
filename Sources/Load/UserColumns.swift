internal import Pipelines
internal import SQLite
internal import Tables

/// A column that a user added to one of our tables.
struct UserColumn: Equatable {
    let name: String
    /// Its definition as SQLite keeps it, for `ALTER TABLE … ADD COLUMN`.
    let definition: String
    /// Computed from other columns, so it stores no value.
    let isGenerated: Bool
}

extension Database {
    /// The columns that a load made, by table and child table; nil for a table that no load made, or in a database of a
    /// version that did not write it down and whose table waits to be built anew.
    func ownColumns(ofTable name: String) throws(SQLiteError) -> [String: Set<String>]? {
        guard let loaded = try loadedSchema(ofTable: name) else { return nil }
        var text = loaded.text
        if text.isEmpty { text = try meta("schema of " + name) ?? "" }
        guard !text.isEmpty else { return nil }
        let memory = try SQLiteConnection(path: ":memory:", mode: .create)
        try memory.execute(text)
        var columns: [String: Set<String>] = [:]
        // A child table may be another's by now.
        for table in try memory.tableNames() where table == name || loaded.children.contains(table) {
            columns[table] = Set(
                try memory.rows("PRAGMA table_xinfo(\(quotedIdentifier(table)))").compactMap { $0[1].string })
        }
        return columns
    }

    /// The columns that others added to a table and its child tables, by table.
    func userColumns(onTable name: String) throws(SQLiteError) -> [String: [UserColumn]] {
        guard let own = try ownColumns(ofTable: name) else { return [:] }
        var found: [String: [UserColumn]] = [:]
        for (table, ours) in own {
            let columns = try userColumns(in: table, besides: ours)
            if !columns.isEmpty { found[table] = columns }
        }
        return found
    }

    /// The columns of a table beside ours, in their order.
    func userColumns(in table: String, besides ours: Set<String>) throws(SQLiteError) -> [UserColumn] {
        let rows = try connection.rows("PRAGMA table_xinfo(\(quotedIdentifier(table)))").filter {
            !ours.contains($0[1].string ?? "")
        }
        guard !rows.isEmpty else { return [] }
        let sql = try connection.value(
            "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", .text(table)
        )?.string
        let definitions = ColumnDefinitions.read(sql ?? "")
        return rows.map { row in
            let column = row[1].string ?? ""
            return UserColumn(
                name: column, definition: definitions[column] ?? quotedIdentifier(column),
                isGenerated: (row[6].int ?? 0) > 1)
        }
    }
}

extension ChildTable {
    /// The condition that two rows of a parent are the same element: by its id, or by its place where it has none.
    func sameElement(_ one: String, _ other: String) -> String {
        let place = "\(one).\"position\" = \(other).\"position\""
        guard columns.contains(where: { $0.name == Table.keyColumn }) else { return place }
        return "\(one).\"id\" IS \(other).\"id\" AND (\(one).\"id\" IS NOT NULL OR \(place))"
    }
}

extension LoadRun {
    /// Adds the columns of others to the shadow of a table, with their values; inside the transaction of the swap.
    func carryUserColumns(_ table: Table) throws(SQLiteError) {
        let found = try database.userColumns(onTable: table.name)
        guard !found.isEmpty else { return }
        let key = quotedIdentifier(Table.keyColumn)
        try carry(found[table.name] ?? [], table.name) { "\($0).\(key) = \($1).\(key)" }
        for child in table.children {
            let parent = quotedIdentifier(child.parentColumn)
            try carry(found[child.name] ?? [], child.name) {
                "\($0).\(parent) = \($1).\(parent) AND \(child.sameElement($0, $1))"
            }
        }
    }

    private func carry(
        _ columns: [UserColumn], _ table: String, _ condition: (String, String) -> String
    ) throws(SQLiteError) {
        guard !columns.isEmpty else { return }
        let shadow = quotedIdentifier(TableSchema.Place.shadow.table(table))
        for column in columns { try connection.execute("ALTER TABLE \(shadow) ADD COLUMN \(column.definition)") }
        let names = columns.filter { !$0.isGenerated }.map { quotedIdentifier($0.name) }.joined(separator: ", ")
        guard !names.isEmpty else { return }
        let old = "main.\(quotedIdentifier(table)) AS o WHERE \(condition("o", "n"))"
        try connection.execute(
            "UPDATE \(shadow) AS n SET (\(names)) = (SELECT \(names) FROM \(old)) WHERE EXISTS (SELECT 1 FROM \(old))")
    }

    /// Refuses to end a table that has columns of others: their values would go with it.
    func checkUserColumns(ofEnding table: String) throws {
        guard let (holder, columns) = try database.userColumns(onTable: table).min(by: { $0.key < $1.key }) else {
            return
        }
        let names = columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw LoadError(
            .foreign,
            "\(database.path): table \(holder) would be dropped, and has columns that no pipeline file knows (\(names)); copy "
                + "them into a table of your own, drop them with ALTER TABLE \(holder) DROP COLUMN, and load again")
    }
}
