internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// Entities whose pipeline file names another table than it did, and tables whose names another one takes.
///
/// `_cliosync_entities` records which table holds an entity's rows. A table that lost something has an empty schema text in
/// `_cliosync_tables` until it is built anew, at the end of this load or in a later one.
extension LoadRun {
    /// The table that an entity's rows are in when its pipeline file names another one.
    func formerTable(_ entity: Entity) throws(SQLiteError) -> String? {
        try connection.value(
            "SELECT table_name FROM _cliosync_entities WHERE phase = ? AND entity = ? AND table_name <> ?",
            .text(entity.phase), .text(entity.name), .text(entity.table.name)
        )?.string
    }

    /// The entities whose rows are in a table though it is no longer theirs.
    func guests(in table: String) throws(SQLiteError) -> [Entity] {
        try connection.rows("SELECT phase, entity FROM _cliosync_entities WHERE table_name = ?", .text(table))
            .compactMap { row in
                guard let phase = row[0].string, let name = row[1].string else { return nil }
                return catalog.phase(named: phase)?.entity(named: name)
            }.filter { $0.table.name != table }
    }

    /// Detaches an entity from its previous table, inside a transaction; a table that no entity feeds any more is dropped.
    func leaveFormerTable(_ entity: Entity, _ onEvent: (LoadEvent) -> Void) throws(SQLiteError) {
        guard let table = try formerTable(entity) else { return }
        let (phase, name) = (SQLiteValue.text(entity.phase), SQLiteValue.text(entity.name))
        try connection.run(
            "DELETE FROM _cliosync_feeders WHERE table_name = ? AND phase = ? AND entity = ?", .text(table), phase, name
        )
        try connection.run("DELETE FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)
        try connection.run("DELETE FROM _cliosync_entities WHERE phase = ? AND entity = ?", phase, name)
        let others = try connection.value(
            "SELECT count(*) FROM _cliosync_entities WHERE table_name = ?", .text(table))
        if others?.int == 0 { try end(table, onEvent) } else { try markStale(table) }
    }

    /// Refuses to leave a former table that would be dropped with columns of others.
    func checkFormerTable(_ entity: Entity) throws {
        guard let table = try formerTable(entity) else { return }
        let others = try connection.value(
            "SELECT count(*) FROM _cliosync_entities WHERE table_name = ? AND (phase, entity) <> (?, ?)", .text(table),
            .text(entity.phase), .text(entity.name))
        if others?.int == 0 { try checkUserColumns(ofEnding: table) }
    }

    /// Drops a table that is no entity's any more; inside a transaction.
    func end(_ table: String, _ onEvent: (LoadEvent) -> Void) throws(SQLiteError) {
        guard try database.loadedSchema(ofTable: table) != nil else { return }
        for object in try database.foreignObjects(on: table) {
            onEvent(.lost(kind: object.kind, name: object.name, reason: "its table \(table) is gone"))
        }
        try dropTable(table)
        try connection.run("DELETE FROM _cliosync_feeders WHERE table_name = ?", .text(table))
    }

    /// Refuses names of tables and views that another program made.
    func checkNames(_ table: Table) throws {
        let ours = try database.loadedTables()
        let views = try ViewSet.own(database).read()
        for name in [table.name] + table.children.map(\.name) where !ours.contains(name) && !views.contains(name) {
            guard try connection.value("SELECT 1 FROM sqlite_schema WHERE name = ?", .text(name)) != nil else {
                continue
            }
            throw LoadError(
                .pipeline,
                "\(database.path): already has a \(name) that cliosync did not make; rename it, or give the table another name"
            )
        }
    }

    /// Takes out of the way what is ours and has a name that this table or a child of it has now; inside a transaction.
    func makeWay(for table: Table, _ onEvent: (LoadEvent) -> Void) throws {
        let names = Set([table.name] + table.children.map(\.name))
        for row in try connection.rows("SELECT name, children FROM _cliosync_tables WHERE name <> ?", .text(table.name))
        {
            guard let other = row[0].string else { continue }
            if names.contains(other) {
                // What is a child table here cannot be the table of an entity any more.
                try checkFeeders(other, [], leaving: nil)
                try checkUserColumns(ofEnding: other)
                noteDisplaced(from: other, try guests(in: other))
                try end(other, onEvent)
                continue
            }
            let children = (row[1].string ?? "").split(separator: " ").map(String.init)
            let taken = children.filter(names.contains)
            guard !taken.isEmpty else { continue }
            let added = try database.userColumns(onTable: other)
            if taken.contains(where: { added[$0] != nil }) { try checkUserColumns(ofEnding: other) }
            for child in taken { try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(child))") }
            try markStale(other, children: children.filter { !taken.contains($0) })
        }
        try ViewSet(catalog, database).drop(names)
    }

    private func markStale(_ table: String, children: [String]? = nil) throws(SQLiteError) {
        try connection.run("UPDATE _cliosync_tables SET schema = '' WHERE name = ?", .text(table))
        guard let children else { return }
        try connection.run(
            "UPDATE _cliosync_tables SET children = ? WHERE name = ?", .text(children.joined(separator: " ")),
            .text(table))
    }

    /// Builds anew the tables that lost something to others.
    /// - Parameter entities: those that are being loaded. A table of others whose lines do not fit it yet, or are being
    ///   written, waits for a load of theirs.
    /// - Returns: false when a stop came in between.
    func rebuildStaleTables(
        _ entities: [Entity], _ stop: StopSignal, _ onEvent: (LoadEvent) -> Void
    ) throws -> Bool {
        var waiting: Set<String> = []
        while let table = try staleTable(besides: waiting) {
            let feeders = catalog.feeders(ofTable: table.name)
            guard let first = feeders.first else { return true }
            var report = LoadReport(phase: first.phase, entity: first.name, table: table.name, status: .missing)
            do {
                guard try rebuild(table, feeders: feeders, report: &report, stop, onEvent) else { return false }
            } catch {
                let error = LoadError(error, database: database.path)
                guard [.line, .staging, .locked].contains(error.code),
                    !entities.contains(where: { $0.table.name == table.name })
                else { throw error }
                try dropShadows()
                onEvent(.waiting(table: table.name, reason: error.description))
                waiting.insert(table.name)
            }
            report.total = try database.loadedCounts(first)
            onEvent(.ended(report))
        }
        return true
    }

    /// One of a file that is not here waits for it.
    private func staleTable(besides names: Set<String>) throws(SQLiteError) -> Table? {
        for row in try connection.rows("SELECT name FROM _cliosync_tables WHERE schema = ''") {
            guard let name = row[0].string, !names.contains(name) else { continue }
            if let table = catalog.tables.first(where: { $0.name == name }) { return table }
        }
        return nil
    }

    /// Keeps in mind whose rows went with a table that is another's now.
    func noteDisplaced(from table: String, _ entities: [Entity]) {
        for entity in entities { displaced.append((entity, table)) }
    }

    /// Tells of those that this load did not bring into their own tables.
    func tellDisplaced(_ onEvent: (LoadEvent) -> Void) throws(SQLiteError) {
        for (entity, table) in displaced where try database.ledger(entity).isEmpty {
            onEvent(
                .waiting(
                    table: entity.table.name,
                    reason:
                        "the rows of \(entity.phase)/\(entity.name) went with table \(table), which is another's now; "
                        + "run `cliosync load --phase \(entity.phase)`"))
        }
        displaced = []
    }
}
