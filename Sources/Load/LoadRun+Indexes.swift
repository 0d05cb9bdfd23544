internal import Pipelines
internal import SQLite
internal import Tables

extension LoadRun {
    /// Makes the indexes that are missing and drops those of ours that the pipeline file no longer names.
    func synchronizeIndexes(_ schema: TableSchema, rows: Int, _ onEvent: (LoadEvent) -> Void) throws {
        let wanted = schema.indexes
        var missing = wanted
        let ours = try database.ownIndexes(schema.table.name)
        for table in [schema.table.name] + schema.table.children.map(\.name) {
            let rows = try connection.rows(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
                .text(table))
            for row in rows {
                guard let name = row[0].string, let sql = row[1].string else { continue }
                if wanted.contains(where: { $0.name == name && $0.sql == sql }) {
                    missing.removeAll { $0.name == name }
                } else if wanted.contains(where: { $0.name == name })
                    || ours?.contains(name) ?? name.hasPrefix("idx_\(table)_")
                {
                    // Only ours; an index that another program made stays.
                    try connection.execute("DROP INDEX \(quotedIdentifier(name))")
                    written.insert(schema.table.name)
                }
            }
        }
        if !missing.isEmpty {
            written.insert(schema.table.name)
            onEvent(.indexing(table: schema.table.name))
            try makeIndexes(missing, rows: rows) { checkpointer.begin() }
        }
        try rememberIndexes(schema)
    }

    /// Makes indexes, with a second thread that sorts.
    /// - Parameter rows: about as many as the table has.
    func makeIndexes(_ indexes: [TableSchema.Index], rows: Int, after: () -> Void = {}) throws {
        // SQLite sorts as many entries at a time as its cache could hold bytes, and merges in the end. Some six such runs
        // keep both threads busy; many small ones would be merged twice.
        let run = min(max(rows * 6, 2 << 20), Database.cacheBytes)
        try connection.setPragma("cache_size", to: "-\(run / 1024)")
        try connection.setPragma("threads", to: "1")
        for index in indexes {
            try connection.execute(index.sql)
            after()
        }
        try connection.setPragma("threads", to: "0")
        try connection.setPragma("cache_size", to: "-\(Database.cacheBytes / 1024)")
    }

    /// Writes down which indexes are ours.
    func rememberIndexes(_ schema: TableSchema) throws(SQLiteError) {
        try database.setMeta("indexes of " + schema.table.name, schema.indexes.map(\.name).joined(separator: " "))
    }
}
