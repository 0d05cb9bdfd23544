internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

extension LoadRun {
    /// Takes out what sweeps found gone from Clio: rows, child rows and flags of every version that came before.
    ///
    /// In the versions table such an id stays, marked as deleted, so that an older version that is loaded later does not
    /// bring it back and one that Clio gave later does.
    /// - Returns: how many rows went.
    func applyDeletions(_ table: Table, _ place: TableSchema.Place) throws -> Int {
        let rows = quotedIdentifier(place.rows(table.name))
        let main = quotedIdentifier(place.table(table.name))
        let deletions = try catalog.feeders(ofTable: table.name).flatMap { feeder in
            try RawManifest.read(folder.entity(phase: feeder.phase, name: feeder.name))?.deletions ?? []
        }
        guard !deletions.isEmpty else { return 0 }
        let isInteger = TableSchema(table: table).isKeyInteger
        let mark = try connection.prepare(
            """
            UPDATE \(rows) SET sequence = ?2, rejected = \(TableSchema.deleted)
            WHERE id = ?1 AND sequence < ?2 AND rejected <> \(TableSchema.deleted)
            """)
        var removals = [try connection.prepare("DELETE FROM \(main) WHERE \(quotedIdentifier("id")) = ?1")]
        for child in table.children {
            removals.append(
                try connection.prepare(
                    "DELETE FROM \(quotedIdentifier(place.table(child.name))) "
                        + "WHERE \(quotedIdentifier(child.parentColumn)) = ?1"))
        }
        removals.append(
            try connection.prepare(
                "DELETE FROM \(place.flagged) WHERE table_name = \(quotedLiteral(table.name)) AND id = ?1"))
        var removed = 0
        try database.atomically {
            var marked = 0
            let feed = try place == .live ? self.feed.following(table.name) : nil
            var note: SQLiteStatement?
            for deletion in deletions {
                for id in deletion.ids {
                    try mark.bind(id, isInteger, at: 1)
                    try mark.bind(deletion.sequence, at: 2)
                    try mark.run()
                    guard connection.changes > 0 else { continue }
                    // What refers to the row goes before it.
                    for removal in removals.reversed() {
                        try removal.bind(id, isInteger, at: 1)
                        try removal.run()
                    }
                    marked += 1
                    // A rejected record had no row.
                    guard connection.changes > 0 else { continue }
                    removed += 1
                    if note == nil { note = try feed?.statement(table.name, .deleted, id: "?1") }
                    if let note {
                        try note.bind(id, isInteger, at: 1)
                        try note.run()
                        feed?.count(.deleted)
                    }
                }
            }
            try feed?.flush()
            if marked > 0 {
                written.insert(table.name)
                try database.setMeta("references", "stale")
                if place == .live { try SearchIndex(catalog, database).fill(table) }
            }
        }
        return removed
    }
}

extension SQLiteStatement {
    fileprivate func bind(_ id: String, _ isInteger: Bool, at index: Int) throws(SQLiteError) {
        if isInteger, let number = Int64(id) {
            try bind(number, at: index)
        } else {
            try bind(id, at: index)
        }
    }
}
