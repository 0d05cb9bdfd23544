internal import Pipelines
internal import SQLite
internal import Staging

/// Entities whose pipeline file names another table than it did, and tables whose names another one takes.
///
/// A table that lost something by that has an empty schema text in `_cliosync_tables` until it is built anew, at the end
/// of this load or in the next one.
extension LoadRun {
    /// The tables that an entity fed before its pipeline file named another one.
    func formerTables(_ entity: Entity) throws(SQLiteError) -> [String] {
        try connection.rows(
            "SELECT table_name FROM _cliosync_feeders WHERE phase = ? AND entity = ? AND table_name <> ?",
            .text(entity.phase), .text(entity.name), .text(entity.table.name)
        ).compactMap { $0[0].string }
    }

    /// Ends what an entity was to its former tables; inside a transaction. One that nothing feeds now is dropped.
    func leaveFormerTables(_ entity: Entity, _ onEvent: (LoadEvent) -> Void) throws(SQLiteError) {
        let (phase, name) = (SQLiteValue.text(entity.phase), SQLiteValue.text(entity.name))
        for table in try formerTables(entity) {
            try connection.run(
                "DELETE FROM _cliosync_feeders WHERE table_name = ? AND phase = ? AND entity = ?", .text(table), phase,
                name)
            try connection.run("DELETE FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)
            let others = try connection.value(
                """
                SELECT count(*) FROM _cliosync_feeders JOIN _cliosync_ledger USING (phase, entity) WHERE table_name = ?
                """, .text(table))
            if others?.int == 0 {
                for object in try foreignObjects(on: table) {
                    onEvent(.lost(kind: object.kind, name: object.name, reason: "its table \(table) is gone"))
                }
                try dropTable(table)
            } else {
                try markStale(table)
            }
        }
    }

    /// Drops the child tables of other tables that have a name which this table or a child of it has now; inside a
    /// transaction.
    func makeWay(for table: Table) throws {
        let names = Set([table.name] + table.children.map(\.name))
        for row in try connection.rows("SELECT name, children FROM _cliosync_tables WHERE name <> ?", .text(table.name))
        {
            guard let other = row[0].string else { continue }
            if names.contains(other) {
                // What is a child table here cannot be the table of an entity any more.
                try checkFeeders(other, [], leaving: nil)
                try dropTable(other)
                continue
            }
            let children = (row[1].string ?? "").split(separator: " ").map(String.init)
            let taken = children.filter(names.contains)
            guard !taken.isEmpty else { continue }
            for child in taken { try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(child))") }
            try markStale(other, children: children.filter { !taken.contains($0) })
        }
    }

    private func markStale(_ table: String, children: [String]? = nil) throws(SQLiteError) {
        try connection.run("UPDATE _cliosync_tables SET schema = '' WHERE name = ?", .text(table))
        guard let children else { return }
        try connection.run(
            "UPDATE _cliosync_tables SET children = ? WHERE name = ?", .text(children.joined(separator: " ")),
            .text(table))
    }

    /// Builds anew the tables that lost something to others; false when a stop came in between.
    func rebuildStaleTables(_ stop: StopSignal, _ onEvent: (LoadEvent) -> Void) throws -> Bool {
        for row in try connection.rows("SELECT name FROM _cliosync_tables WHERE schema = ''") {
            // A table of a file that is not here waits for it.
            guard let table = catalog.tables.first(where: { $0.name == row[0].string }) else { continue }
            let feeders = catalog.feeders(ofTable: table.name)
            guard let first = feeders.first else { continue }
            var report = LoadReport(phase: first.phase, entity: first.name, table: table.name, status: .missing)
            guard try rebuild(table, feeders: feeders, report: &report, stop, onEvent) else { return false }
        }
        return true
    }
}
