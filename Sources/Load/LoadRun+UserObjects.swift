internal import Pipelines
internal import SQLite
internal import Tables

extension LoadRun {
    /// Refuses before any work when a table that will be built anew has something of others that would not survive.
    func checkUserObjects(on table: Table) throws {
        guard try database.loadedSchema(ofTable: table.name) != nil else { return }
        try RebuildTrial(database, table).check(ownIndexes: database.ownIndexes(table.name))
        try checkUserRows(in: table)
    }

    /// Refuses when a table, or one of its child tables, holds rows of records that were never loaded: a rebuild makes
    /// no such row.
    private func checkUserRows(in table: Table) throws {
        let versions = TableSchema.Place.live.rows(table.name)
        guard let loaded = try database.loadedSchema(ofTable: table.name),
            try connection.tableNames().contains(versions)
        else { return }
        let children = table.children.filter { loaded.children.contains($0.name) }
        for (name, key) in [(table.name, "id")] + children.map({ ($0.name, $0.parentColumn) }) {
            let rows = try connection.rows(
                """
                SELECT \(quotedIdentifier(key)), count(*) OVER () FROM \(quotedIdentifier(name))
                WHERE \(quotedIdentifier(key)) NOT IN (SELECT id FROM \(quotedIdentifier(versions))) LIMIT 3
                """)
            guard let count = rows.first?[1].int else { continue }
            let ids = rows.map { $0[0].int64.map { String($0) } ?? $0[0].string ?? "NULL" }.joined(separator: ", ")
            throw LoadError(
                .foreign,
                "\(database.path): \(name) has \(count) row\(count == 1 ? "" : "s") that cliosync did not load (\(key) "
                    + "\(ids)\(count > rows.count ? ", …" : "")) and that would be lost when the table is built anew; nothing was "
                    + "changed: copy them into a table of your own, delete them here, and run again")
        }
    }
}
