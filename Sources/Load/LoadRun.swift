internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// One run of the loader on its thread: the open database and the locks. Not Sendable.
final class LoadRun {
    let catalog: Catalog
    let folder: ConnectionFolder
    let database: Database
    var connection: SQLiteConnection { database.connection }
    private var layerLocks: [String: FileLock] = [:]
    let checkpointer: Checkpointer
    let feed: ChangeFeed
    /// Entities whose rows went with a table that another entity took.
    var displaced: [(entity: Entity, table: String)] = []
    /// Tables whose rows, flags or indexes were changed.
    var written: Set<String> = []

    /// Opens the database under its lock, works, and maps every error.
    static func perform<T>(
        _ catalog: Catalog, _ folder: ConnectionFolder, database path: String, changesKeptDays: Int,
        _ refresh: RefreshRow, _ stop: StopSignal, onEvent: (LoadEvent) -> Void, _ body: (LoadRun) throws -> T
    ) throws(LoadError) -> T {
        do {
            let lock = try FileLock.exclusive(path + ".lock", holder: "load")
            defer { lock.release() }
            let database = try Database.open(path, connection: folder.connection) { stop.isRequested }
            let run = LoadRun(
                catalog, folder, database, checkpointer: try Checkpointer(path: path),
                feed: ChangeFeed(database, retentionDays: changesKeptDays, row: refresh))
            let before = run.look()
            try run.dropShadows()
            let result = try body(run)
            // Another connection that wrote in between would have changed the version.
            if let before, let after = run.look(), before.version == after.version {
                onEvent(.wrote(LoadSpan(before: before.stamp, after: after.stamp, tables: run.written)))
            }
            return result
        } catch {
            throw LoadError(error, database: path)
        }
    }

    private init(
        _ catalog: Catalog, _ folder: ConnectionFolder, _ database: Database, checkpointer: Checkpointer,
        feed: ChangeFeed
    ) {
        self.feed = feed
        self.catalog = catalog
        self.checkpointer = checkpointer
        self.folder = folder
        self.database = database
    }

    deinit { for lock in layerLocks.values { lock.release() } }

    /// The database as it is, and the number by which this connection tells whether another one wrote since; nil: another one is
    /// writing, and nothing waits for it.
    private func look() -> (stamp: DatabaseStamp, version: Int64)? {
        let patience = connection.busyTimeout
        connection.busyTimeout = 0
        defer { connection.busyTimeout = patience }
        // Under the lock for writing, so that both are of the same moment.
        return try? connection.transaction {
            guard let stamp = DatabaseStamp(database.path),
                let version = try connection.value("PRAGMA data_version")?.int64
            else { return nil }
            return (stamp, version)
        }
    }

    func load(
        _ entities: [Entity], force: Bool, stop: StopSignal, onEvent: @escaping @Sendable (LoadEvent) -> Void
    ) throws -> [LoadReport] {
        var reports: [LoadReport] = []
        var rebuilt: Set<String> = []
        try checkUserObjects(entities, force: force)
        for entity in entities {
            let started = ContinuousClock.now
            var report = LoadReport(
                phase: entity.phase, entity: entity.name, table: entity.table.name, status: .missing)
            try lockLayer(entity.phase)
            if let staged = try StagedEntity(entity, folder) {
                try checkAccount(staged)
                let state = try tableState(staged, force: force && !rebuilt.contains(entity.table.name))
                switch state {
                case .rebuild:
                    report.rebuilt = true
                    report.status = .stopped
                    let isDone = try rebuild(
                        entity.table, feeders: catalog.feeders(ofTable: entity.table.name), report: &report, stop,
                        onEvent)
                    if isDone {
                        rebuilt.insert(entity.table.name)
                        report.status = try finish(staged, stop, onEvent)
                    }
                case .append(let done):
                    report.rebuilt = rebuilt.contains(entity.table.name)
                    if try !done.isEmpty && database.isFollowed(entity.table.name) {
                        try update(staged, done: done, report: &report, stop, onEvent)
                    } else {
                        try append(staged, done: done, report: &report, stop, onEvent)
                        report.deleted = try applyDeletions(entity.table, .live)
                        report.status = try finish(staged, stop, onEvent)
                    }
                }
                report.total = try database.loadedCounts(entity)
                report.rows = try TableFeeders(database).rows(entity)
            }
            report.seconds = (ContinuousClock.now - started) / .seconds(1)
            reports.append(report)
            onEvent(.ended(report))
            if stop.isRequested { break }
        }
        if !stop.isRequested { _ = try rebuildStaleTables(entities, stop, onEvent) }
        try tellDisplaced(onEvent)
        if !stop.isRequested, let checked = try database.meta("references"), checked != Reference.mark(catalog) {
            onEvent(.checkingReferences)
            try ReferenceCheck(catalog, database, folder).run()
        }
        if !stop.isRequested {
            try ViewSet(catalog, database).refresh()
            try SearchIndex(catalog, database).refresh(onEvent)
            try DataDictionary(catalog, database).refresh()
        }
        try checkpoint()
        return reports
    }

    /// Empties the write-ahead log unless a reader is in it; then the next load does the rest.
    func checkpoint() throws(SQLiteError) {
        checkpointer.finish()
        connection.busyTimeout = 0
        defer { connection.busyTimeout = LockWait.usual }
        try connection.checkpoint()
    }

    // MARK: Layers

    /// Keeps transform from replacing the clean layer of a phase while it is read.
    func lockLayer(_ phase: String) throws(StagingError) {
        guard layerLocks[phase] == nil else { return }
        layerLocks[phase] = try FileLock.shared(folder.lock(phase: phase, layer: "clean"))
    }

    /// What is to be done for a table.
    enum TableState {
        /// Load the parts that are not among these.
        case append(done: Set<String>)
        /// Build the table anew.
        case rebuild
    }

    /// Refuses before any work when a table that will be built anew has something of others that would not survive.
    private func checkUserObjects(_ entities: [Entity], force: Bool) throws {
        var checked: Set<String> = []
        for entity in entities where !checked.contains(entity.table.name) {
            try lockLayer(entity.phase)
            guard let staged = try StagedEntity(entity, folder),
                case .rebuild = try tableState(staged, force: force)
            else { continue }
            checked.insert(entity.table.name)
            try checkUserObjects(on: entity.table)
        }
    }

    private func tableState(_ staged: StagedEntity, force: Bool) throws -> TableState {
        let entity = staged.entity
        let schema = TableSchema(table: entity.table)
        // In one transaction with the end of the table that it was in, or of what others had in it.
        if try formerTable(entity) != nil || !guests(in: entity.table.name).isEmpty { return .rebuild }
        guard let loaded = try database.loadedSchema(ofTable: entity.table.name) else { return .append(done: []) }
        if try force || loaded.text != schema.text || lacksColumn(entity.table) { return .rebuild }
        try takeOverCompaction(staged)
        // A ledger row that the manifest does not repeat word for word: what it loaded is no longer what counts.
        guard let done = LedgerRow.loadedParts(try database.ledger(entity), staged.manifest) else { return .rebuild }
        return .append(done: done)
    }

    /// Whether a user dropped a column of ours.
    private func lacksColumn(_ table: Table) throws(SQLiteError) -> Bool {
        let lists = [(table.name, table.columns)] + table.children.map { ($0.name, $0.columns) }
        for (name, columns) in lists {
            let rows = try connection.rows("PRAGMA table_info(\(quotedIdentifier(name)))")
            let present = Set(rows.compactMap { $0[1].string })
            if !columns.allSatisfy({ present.contains($0.name) }) { return true }
        }
        return false
    }

    // MARK: Append

    /// A stop in the middle of an update.
    private struct UpdateStopped: Error {}

    /// Loads new parts and deletions of a finished entity, and says as of when it is, in one transaction: readers see all of
    /// an update or nothing of it. After a stop in the middle nothing of it is loaded.
    private func update(
        _ staged: StagedEntity, done: Set<String>, report: inout LoadReport, _ stop: StopSignal,
        _ onEvent: @escaping @Sendable (LoadEvent) -> Void
    ) throws {
        let before = report
        do {
            try database.atomically {
                guard try append(staged, done: done, report: &report, stop, onEvent) else { throw UpdateStopped() }
                report.deleted = try applyDeletions(staged.entity.table, .live)
                report.status = try finish(staged, stop, onEvent)
            }
        } catch is UpdateStopped {
            report = before
            report.status = .stopped
        }
    }

    /// - Returns: false when stopped before the last part.
    @discardableResult
    private func append(
        _ staged: StagedEntity, done: Set<String>, report: inout LoadReport, _ stop: StopSignal,
        _ onEvent: (LoadEvent) -> Void
    ) throws -> Bool {
        let entity = staged.entity
        let schema = TableSchema(table: entity.table)
        if try database.loadedSchema(ofTable: entity.table.name) == nil {
            try checkNames(entity.table)
            try connection.transaction {
                try makeWay(for: entity.table, onEvent)
                for statement in schema.create(.live) { try connection.execute(statement) }
                try database.setLoadedSchema(schema)
                try database.setMeta("references", "stale")
            }
        }
        let work = try staged.work(bit: TableFeeders(database).bit(entity), done: done)
        report.partsSkipped = staged.manifest.parts.count - work.count
        onEvent(
            .began(
                phase: entity.phase, entity: entity.name, table: entity.table.name, parts: work.count,
                records: work.reduce(0) { $0 + $1.part.records }, rebuild: false))
        guard !work.isEmpty else { return true }
        return try transfer(work, schema, .live, stop) { part, counts in
            try LedgerRow(part, counts).insert(connection, connectionName: folder.connection)
            try database.setMeta("references", "stale")
            try storeEntity(staged, status: "partial", rows: nil)
        } committed: { part, counts in
            report.partsLoaded += 1
            report.run += counts
            onEvent(.loaded(phase: part.phase, entity: part.entity, part: part.part.part, counts: counts))
        }
    }

    /// Moves parts into a table; returns false when stopped.
    @discardableResult
    func transfer(
        _ work: [PartWork], _ schema: TableSchema, _ place: TableSchema.Place, _ stop: StopSignal,
        inTransaction: (PartWork, LoadCounts) throws -> Void, committed: (PartWork, LoadCounts) -> Void
    ) throws -> Bool {
        guard !work.isEmpty else { return true }
        written.insert(schema.table.name)
        let feed = try place == .live ? self.feed.following(schema.table.name) : nil
        let transfer = PartTransfer(
            database: database, catalog: catalog, schema: schema, place: place, feed: feed, checkpointer: checkpointer)
        return try transfer.run(work, stop, inTransaction: inTransaction, committed: committed)
    }

    // MARK: After the last part

    /// Makes indexes and writes down how complete the entity is.
    private func finish(
        _ staged: StagedEntity, _ stop: StopSignal, _ onEvent: (LoadEvent) -> Void
    ) throws -> LoadReport.Status {
        let loaded = try database.ledger(staged.entity).count
        guard loaded == staged.manifest.parts.count else { return .stopped }
        try synchronizeIndexes(
            TableSchema(table: staged.entity.table), rows: staged.manifest.accepted, onEvent)
        let status: LoadReport.Status = staged.isComplete ? .complete : .partial
        try storeEntity(staged, status: status.rawValue, rows: try TableFeeders(database).rows(staged.entity))
        if status == .complete { try database.atomically { try feed.follow(staged.entity.table.name) } }
        // A deletion removes the row from every entity that has it.
        for other in catalog.feeders(ofTable: staged.entity.table.name) where other != staged.entity {
            try connection.run(
                "UPDATE _cliosync_entities SET records = ?3 WHERE phase = ?1 AND entity = ?2 AND records > ?3",
                .text(other.phase), .text(other.name), .integer(Int64(try TableFeeders(database).rows(other))))
        }
        return status
    }

    /// - Parameter rows: rows that hold a record of the entity; nil: not counted yet, and the ledger tells.
    func storeEntity(_ staged: StagedEntity, status: String, rows: Int?) throws(SQLiteError) {
        let entity = staged.entity
        try pinAccount(staged)
        let (phase, name) = (SQLiteValue.text(entity.phase), SQLiteValue.text(entity.name))
        let state = "SELECT table_name, status, records FROM _cliosync_entities WHERE phase = ? AND entity = ?"
        let before = try connection.rows(state, phase, name)
        try connection.run(
            """
            INSERT INTO _cliosync_entities VALUES(?1, ?2, ?3, ?4,
                coalesce(?7, (SELECT sum(accepted) - sum(duplicates) FROM _cliosync_ledger
                              WHERE phase = ?1 AND entity = ?2), 0), ?5, ?6)
            ON CONFLICT(phase, entity) DO UPDATE SET table_name = excluded.table_name, status = excluded.status,
                records = excluded.records, as_of = excluded.as_of, loaded_at = excluded.loaded_at
            WHERE (status, records, coalesce(as_of, '')) <>
                (excluded.status, excluded.records, coalesce(excluded.as_of, ''))
            """, .text(entity.phase), .text(entity.name), .text(entity.table.name), .text(status),
            .optional(staged.asOf), .text(UTC.now()), .optional(rows))
        // A reference may wait for the last record of this entity.
        if connection.changes > 0, try connection.rows(state, phase, name) != before {
            try database.setMeta("references", "stale")
        }
    }
}
