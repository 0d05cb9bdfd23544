internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

extension LoadRun {
    /// Fills a shadow of the table from every clean layer that feeds it and puts it in the table's place in one
    /// transaction. False, and everything as before, when a stop comes in between.
    func rebuild(
        _ table: Table, feeders: [Entity], leaving: Entity? = nil, report: inout LoadReport, _ stop: StopSignal,
        _ onEvent: (LoadEvent) -> Void
    ) throws -> Bool {
        let schema = TableSchema(table: table)
        written.insert(table.name)
        try checkFeeders(table.name, feeders, leaving: leaving)
        try checkNames(table)
        try checkUserObjects(on: table)
        for feeder in feeders { try checkFormerTable(feeder) }
        var layers: [StagedEntity] = []
        for feeder in feeders {
            try lockLayer(feeder.phase)
            if let staged = try StagedEntity(feeder, folder) {
                try checkAccount(staged)
                layers.append(staged)
            } else if try !database.ledger(feeder).isEmpty {
                throw LoadError(
                    .staging,
                    "\(feeder.phase)/\(feeder.name): is in table \(table.name), but its clean layer is gone, so that the "
                        + "table cannot be built anew; run transform for it, or reset it")
            }
        }
        let work = try layers.flatMap { try $0.work(bit: TableFeeders(database).bit($0.entity)) }
        onEvent(
            .began(
                phase: report.phase, entity: report.entity, table: table.name, parts: work.count,
                records: work.reduce(0) { $0 + $1.part.records }, rebuild: true))
        try connection.transaction {
            for statement in schema.create(.shadow) { try connection.execute(statement) }
            try connection.execute(Database.flaggedTable(.shadow))
        }
        var rows: [LedgerRow] = []
        let isDone = try transfer(work, schema, .shadow, stop) { _, _ in
        } committed: { part, counts in
            rows.append(LedgerRow(part, counts))
            if part.phase == report.phase, part.entity == report.entity {
                report.partsLoaded += 1
                report.run += counts
            }
            onEvent(.loaded(phase: part.phase, entity: part.entity, part: part.part.part, counts: counts))
        }
        guard isDone else {
            try dropShadows()
            return false
        }
        _ = try applyDeletions(table, .shadow)
        onEvent(.indexing(table: table.name))
        var events: [LoadEvent] = []
        try connection.transaction {
            let isMove = try feeders.contains { try formerTable($0) != nil }
            let foreign = try database.foreignObjects(on: table.name)
            let guests = try guests(in: table.name)
            try carryUserColumns(table)
            if try database.loadedSchema(ofTable: table.name) != nil { try dropTable(table.name) }
            noteDisplaced(from: table.name, guests)
            for guest in guests {
                try connection.run(
                    "DELETE FROM _cliosync_feeders WHERE table_name = ? AND phase = ? AND entity = ?",
                    .text(table.name),
                    .text(guest.phase), .text(guest.name))
            }
            for feeder in feeders { try leaveFormerTable(feeder) { events.append($0) } }
            try makeWay(for: table) { events.append($0) }
            try connection.execute(
                "ALTER TABLE \(quotedIdentifier(TableSchema.Place.shadow.table(table.name))) "
                    + "RENAME TO \(quotedIdentifier(table.name))")
            try connection.execute(
                "ALTER TABLE \(quotedIdentifier(TableSchema.Place.shadow.rows(table.name))) "
                    + "RENAME TO \(quotedIdentifier(TableSchema.Place.live.rows(table.name)))")
            for child in table.children {
                try connection.execute(
                    "ALTER TABLE \(quotedIdentifier(TableSchema.Place.shadow.table(child.name))) "
                        + "RENAME TO \(quotedIdentifier(child.name))")
            }
            try makeIndexes(schema.indexes, rows: layers.reduce(0) { $0 + $1.manifest.accepted })
            try rememberIndexes(schema)
            for object in foreign { try restore(object) { events.append($0) } }
            try connection.execute(
                """
                INSERT INTO flagged_records SELECT * FROM \(TableSchema.Place.shadow.flagged);
                DROP TABLE \(TableSchema.Place.shadow.flagged)
                """)
            try database.setLoadedSchema(schema)
            for row in rows { try row.insert(connection, connectionName: folder.connection) }
            for staged in layers {
                try storeEntity(
                    staged, status: staged.isComplete ? "complete" : "partial",
                    rows: try TableFeeders(database).rows(staged.entity))
            }
            if layers.contains(where: \.isComplete) { try feed.follow(table.name) }
            do {
                if !table.search.isEmpty { try SearchIndex(catalog, database).refresh(table, onEvent) }
            } catch let error as LoadError where error.code == .pipeline {
                // Name conflict: reported after the swap; it must not fail the load.
            }
            if isMove { try ViewSet(catalog, database).refresh() }
        }
        // Report only what has happened.
        for event in events { onEvent(event) }
        return true
    }

    /// The new table would lack the rows of an entity whose pipeline file is missing.
    func checkFeeders(_ table: String, _ feeders: [Entity], leaving: Entity?) throws {
        let known = feeders + (leaving.map { [$0] } ?? [])
        let loaded = try connection.rows(
            "SELECT phase, entity FROM _cliosync_entities WHERE table_name = ?", .text(table))
        for row in loaded {
            guard let phase = row[0].string, let name = row[1].string,
                !known.contains(where: { $0.phase == phase && $0.name == name }),
                // An entity that feeds another table now is known.
                catalog.phase(named: phase)?.entity(named: name) == nil
            else { continue }
            throw LoadError(
                .staging,
                "\(phase)/\(name): is in table \(table), which must be built anew, and no pipeline file says what it is; put "
                    + "its file back into the pipelines' folder (and reset it there to be rid of it)")
        }
    }

    /// Drops a table with all that belongs to it, its flagged records and its ledger rows; inside a transaction.
    func dropTable(_ name: String) throws(SQLiteError) {
        written.insert(name)
        for child in try database.loadedSchema(ofTable: name)?.children ?? [] {
            try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(child))")
        }
        try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(name))")
        try SearchIndex(catalog, database).drop(of: name)
        try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(TableSchema.Place.live.rows(name)))")
        try connection.run("DELETE FROM flagged_records WHERE table_name = ?", .text(name))
        try connection.run(
            """
            DELETE FROM _cliosync_ledger WHERE (phase, entity) IN
                (SELECT phase, entity FROM _cliosync_entities WHERE table_name = ?)
            """, .text(name))
        try connection.run("DELETE FROM _cliosync_entities WHERE table_name = ?", .text(name))
        try connection.run("DELETE FROM _cliosync_tables WHERE name = ?", .text(name))
        if try database.isFollowed(name) { try database.setFollowed(name, false) }
        try database.setMeta("references", "stale")
    }

    /// Drops what a killed or stopped rebuild left.
    func dropShadows() throws {
        let leftovers = try connection.tableNames().filter {
            $0.hasPrefix("_cliosync_new_") || $0.hasPrefix("_cliosync_newrows_")
        }
        guard !leftovers.isEmpty else { return }
        try connection.transaction {
            for name in leftovers { try connection.execute("DROP TABLE \(quotedIdentifier(name))") }
        }
    }

    /// Removes the rows of one entity. After a kill, the same call does the rest.
    func unload(_ entity: Entity) throws {
        if try formerTable(entity) != nil {
            try connection.transaction {
                try leaveFormerTable(entity) { _ in }
                try ViewSet(catalog, database).refresh()
            }
        } else if try database.loadedSchema(ofTable: entity.table.name) != nil {
            let others = try catalog.feeders(ofTable: entity.table.name).filter {
                guard $0.phase != entity.phase || $0.name != entity.name else { return false }
                return try !database.ledger($0).isEmpty
            }
            if others.isEmpty {
                try checkFeeders(entity.table.name, [], leaving: entity)
                try connection.transaction {
                    try end(entity.table.name) { _ in }
                    try ViewSet(catalog, database).refresh()
                }
            } else {
                var report = LoadReport(
                    phase: entity.phase, entity: entity.name, table: entity.table.name, status: .missing)
                _ = try rebuild(
                    entity.table, feeders: others, leaving: entity, report: &report, StopSignal()
                ) { _ in }
            }
        }
        _ = try rebuildStaleTables(catalog.entities, StopSignal()) { _ in }
        try unpinEmptyDatabase()
        try ReferenceCheck(catalog, database, folder).run()
        try DataDictionary(catalog, database).refresh()
        try checkpoint()
    }
}
