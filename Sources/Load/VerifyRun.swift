internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging

/// One verification on its thread. Not Sendable.
///
/// What the files say goes into temporary tables on disk, so that memory stays flat; nothing that the loader wrote
/// down about itself is believed, but for `duplicates`, which is checked.
final class VerifyRun {
    let catalog: Catalog
    let folder: ConnectionFolder
    let database: Database
    private let fingerprints: [String: String]
    private let coming: Set<String>
    private let stop: StopSignal
    var connection: SQLiteConnection { database.connection }
    var report = VerifyReport()
    let parser = JSONParser()
    var locks: [String: FileLock] = [:]
    private let sideThread = SideThread()
    private var layers: [String: RawLayer] = [:]

    /// A raw layer and what is being found out about it.
    private struct RawLayer {
        let raw: RawManifest
        let facts: SideThread.Job<RawFacts>
    }

    init(
        _ catalog: Catalog, _ folder: ConnectionFolder, _ database: Database, _ fingerprints: [String: String],
        _ coming: Set<String>, _ stop: StopSignal
    ) throws {
        self.stop = stop
        self.fingerprints = fingerprints
        self.coming = coming
        self.catalog = catalog
        self.folder = folder
        self.database = database
        connection.interrupt { stop.isRequested }
        try connection.setPragma("temp_store", to: "FILE")
        try connection.setPragma("temp.cache_size", to: "-16384")
        try connection.setPragma("cache_size", to: "-32768")
    }

    deinit { for lock in locks.values { lock.release() } }

    func verify(_ entities: [Entity]) throws -> VerifyReport {
        try checkCurrency(entities)
        if report.isCutShort { return report }
        // The raw layers are read, and the database's pages are looked at, on one thread, while this one reads the clean
        // layers and the rows.
        defer { sideThread.cancel() }
        let (path, stop) = (database.path, stop)
        let integrity = sideThread.begin { isCancelled in
            guard !isCancelled() else { throw CancellationError() }
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            connection.interrupt { stop.isRequested }
            return try connection.rows("PRAGMA integrity_check(20)").compactMap { $0[0].string }
        }
        var scans: [String: LayerScan] = [:]
        var prepared: Set<String> = []
        for entity in entities where prepared.insert(entity.table.name).inserted {
            try prepare(entity.table, &scans)
        }
        var tables: Set<String> = []
        for entity in entities {
            try verify(entity, &scans)
            guard tables.insert(entity.table.name).inserted else { continue }
            try verify(entity.table, &scans)
        }
        try verifyReferences()
        let problems = try integrity.value()
        check(
            "", "database", "integrity", 0, problems == ["ok"] ? 0 : problems.count,
            "problems that PRAGMA integrity_check finds"
                + (problems == ["ok"] ? "" : "; move the file away and load again"))
        return report
    }

    /// Throws after a stop.
    func checkStop() throws {
        if stop.isRequested { throw CancellationError() }
    }

    func check(_ phase: String, _ entity: String, _ name: String, _ expected: Int, _ actual: Int, _ detail: String) {
        report.checks.append(
            .init(
                phase: phase, entity: entity, check: name, expected: .count(expected), actual: .count(actual),
                ok: expected == actual, detail: detail))
    }

    /// Finds the newest version of each id of a table, and begins to read the raw lines of all that feed it.
    private func prepare(_ table: Table, _ scans: inout [String: LayerScan]) throws {
        let feeders = catalog.feeders(ofTable: table.name)
        for feeder in feeders { _ = try scan(feeder, &scans) }
        try applyDeletions(table)
        var counting = SequenceSet()
        let rows = try connection.prepare("SELECT sequence FROM \(LayerScan.table(table)) WHERE rejected = 0")
        while try rows.step() { counting.insert(rows.int64(at: 0)) }
        let columns = SummedColumn.all(table)
        for feeder in feeders {
            let place = folder.entity(phase: feeder.phase, name: feeder.name)
            guard let raw = try RawManifest.read(place) else { continue }
            let job = RawScan(raw: raw, place: place, columns: columns, counting: counting)
            let stop = stop
            layers[feeder.phase + "/" + feeder.name] = RawLayer(
                raw: raw, facts: sideThread.begin { isCancelled in try job.run { isCancelled() || stop.isRequested } })
        }
    }

    /// What the raw lines of an entity come to, once they are read; nil when nothing was extracted.
    func rawFacts(_ entity: Entity) throws -> RawFacts? {
        try layers[entity.phase + "/" + entity.name]?.facts.value()
    }

    // MARK: An entity

    private func verify(_ entity: Entity, _ scans: inout [String: LayerScan]) throws {
        let (phase, name) = (entity.phase, entity.name)
        guard let layer = layers[phase + "/" + name] else {
            check(
                phase, name, "complete", 1, 0,
                "nothing was extracted; run `cliosync extract --phase \(phase)`, then transform and load")
            return
        }
        let raw = layer.raw
        check(
            phase, name, "complete", 1, raw.completion?.status == .complete ? 1 : 0,
            raw.completion.map { $0.message ?? "extracts that are complete" }
                ?? "the extract has not ended; run `cliosync extract --phase \(phase)`, then transform and load")
        let facts = try layer.facts.value()
        // What a stop cut short says nothing.
        try checkStop()
        let lines = facts.lines
        check(phase, name, "extracted", raw.records, lines, "records in the raw manifest, lines in the raw files")
        if let expected = raw.completion?.expected {
            // More than Clio counts is no loss: what was deleted during the walk came before. A sweep finds out.
            let came = facts.distinct + facts.nameless - facts.deleted
            let isDrift = came > expected && raw.completion?.status == .complete
            check(
                phase, name, "reported", isDrift ? came : expected, came,
                "records that Clio reports, distinct ids that came + records without a usable id - those found deleted"
                    + (isDrift ? "; Clio reports \(expected) now, `cliosync extract --sweep` finds what is gone" : ""))
        }
        let scan = try scan(entity, &scans)
        check(
            phase, name, "transformed", lines, scan.accepted + scan.rejected,
            "lines in the raw files, clean lines + rejected lines; when they differ, run "
                + "`cliosync transform --phase \(phase)`, then load")
        let duplicates =
            try connection.value(
                "SELECT coalesce(sum(duplicates), 0) FROM _cliosync_ledger WHERE phase = ? AND entity = ?",
                .text(phase), .text(name))?.int ?? 0
        check(
            phase, name, "duplicates", scan.accepted - scan.distinct, duplicates,
            "clean lines - their distinct ids, duplicates that the load counted; run load when they differ")
    }

    // MARK: Up to date

    /// Adds a failed check for each layer that is out of date, of the entities and of all that feed their tables, before
    /// anything is read.
    private func checkCurrency(_ entities: [Entity]) throws {
        for entity in entities { try checkCurrency(entity, mayBeUnfinished: false) }
        var tables: Set<String> = []
        for entity in entities where tables.insert(entity.table.name).inserted {
            for feeder in catalog.feeders(ofTable: entity.table.name)
            where !entities.contains(where: { $0.phase == feeder.phase && $0.name == feeder.name })
                && !coming.contains(feeder.phase + "/" + feeder.name)
            {
                try checkCurrency(feeder, mayBeUnfinished: true)
            }
        }
    }

    /// - Parameter mayBeUnfinished: what is not transformed yet of another phase is no fault of this one.
    private func checkCurrency(_ entity: Entity, mayBeUnfinished: Bool) throws {
        let (phase, name) = (entity.phase, entity.name)
        try lockLayer(phase)
        let place = folder.entity(phase: phase, name: name)
        guard let result = try ResultManifest.read(place) else {
            guard try ResultManifest.isNamed(place) else { return }
            return reportStale(entity, 1, 0, "layers with a manifest; it is gone or empty")
        }
        guard let raw = try RawManifest.read(place) else {
            report.isCutShort = true
            return check(
                phase, name, "complete", 1, 0,
                "the extract is gone, and what is transformed was made from it: run `cliosync extract --phase \(phase) "
                    + "--entity \(name)`, then `cliosync transform --phase \(phase) --entity \(name)`, then load")
        }
        switch try result.staleness(raw, fingerprint: fingerprints[phase + "/" + name]) {
        case nil: break
        case .unfinished(let records):
            guard !mayBeUnfinished else { return }
            reportStale(
                entity, result.records + records, result.records, "records of the extract, records that are transformed"
            )
        case let staleness?:
            reportStale(entity, 1, 0, "layers that are current; what is transformed \(staleness.text)")
        }
    }

    private func reportStale(_ entity: Entity, _ expected: Int, _ actual: Int, _ what: String) {
        report.isCutShort = true
        check(
            entity.phase, entity.name, "transformed", expected, actual,
            "\(what): run `cliosync transform --phase \(entity.phase)`, then load")
    }

    /// Keeps transform from replacing the clean layer of a phase while it is read.
    func lockLayer(_ phase: String) throws(StagingError) {
        guard locks[phase] == nil else { return }
        locks[phase] = try FileLock.shared(folder.lock(phase: phase, layer: "clean"))
    }

    func forEachLine(_ file: PartFile, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let reader = try NDJSONReader(file)
        while let line = try reader.next() { try body(line) }
    }

    /// Binds an id to the first parameter; false when it is neither a number nor a text.
    func bind(_ id: JSONValue, _ statement: SQLiteStatement) throws(SQLiteError) -> Bool {
        if let number = id.int64 {
            try statement.bind(number, at: 1)
        } else if id.kind == .string, let text = id.utf8 {
            try statement.bind(utf8: text, at: 1, .copied)
        } else {
            return false
        }
        return true
    }

    // MARK: A table

    private func verify(_ table: Table, _ scans: inout [String: LayerScan]) throws {
        var unkeyed = 0
        for feeder in catalog.feeders(ofTable: table.name) { unkeyed += try scan(feeder, &scans).unkeyed }
        let name = table.name
        let versions = LayerScan.table(table)
        let expected = "SELECT id FROM \(versions) WHERE rejected = 0"
        let count = try number("SELECT count(*) FROM (\(expected))")
        guard let schema = try database.loadedSchema(ofTable: name) else {
            let isStaged = try catalog.feeders(ofTable: name).contains {
                try ResultManifest.read(folder.entity(phase: $0.phase, name: $0.name)) != nil
            }
            check("", name, "rows", isStaged ? max(1, count) : 0, 0, "the table is not there; run load")
            return
        }
        guard !schema.text.isEmpty, table.children.allSatisfy({ schema.children.contains($0.name) }) else {
            check(
                "", name, "rows", 1, 0,
                "tables that are whole; another has a part of it, or it is of an earlier pipeline file: run load")
            return
        }
        let rows = "SELECT \"id\" FROM main.\(quotedIdentifier(name))"
        check(
            "", name, "rows", count, try number("SELECT count(*) FROM (\(rows))"),
            "ids whose newest version is accepted, rows")
        let missing = try number("SELECT count(*) FROM (\(expected) EXCEPT \(rows))")
        let extra = try number("SELECT count(*) FROM (\(rows) EXCEPT \(expected))")
        check(
            "", name, "ids", 0, missing + extra,
            "\(missing) ids missing in the table, \(extra) that should not be there")
        for (index, child) in table.children.enumerated() {
            check(
                "", child.name, "children",
                try number("SELECT coalesce(sum(count\(index)), 0) FROM \(versions) WHERE rejected = 0"),
                try number("SELECT count(*) FROM main.\(quotedIdentifier(child.name))"),
                "elements in the lists of the newest versions, rows")
        }
        try verifyContent(table)
        try verifyFlags(table, unkeyed: unkeyed)
    }

    /// What sweeps found gone is expected nowhere.
    private func applyDeletions(_ table: Table) throws {
        let isInteger = TableSchema(table: table).isKeyInteger
        let mark = try connection.prepare(
            "UPDATE \(LayerScan.table(table)) SET rejected = \(LoadRun.deleted), warned = 0 WHERE id = ?1 AND sequence < ?2"
        )
        for feeder in catalog.feeders(ofTable: table.name) {
            let place = folder.entity(phase: feeder.phase, name: feeder.name)
            for deletion in try RawManifest.read(place)?.deletions ?? [] {
                for id in deletion.ids {
                    if isInteger, let number = Int64(id) {
                        try mark.bind(number, at: 1)
                    } else {
                        try mark.bind(id, at: 1)
                    }
                    try mark.bind(deletion.sequence, at: 2)
                    try mark.run()
                }
            }
        }
    }

    /// Every value of every row must be that of the newest clean line, and the sums of quantities and money those of the
    /// newest accepted raw lines.
    private func verifyContent(_ table: Table) throws {
        let columns = SummedColumn.all(table)
        let expected = try expectedSums(table, columns)
        let places = [(table.name, "")] + table.children.enumerated().map { ($1.name, "\($0)") }
        for (name, suffix) in places {
            let words = try connection.prepare(
                "SELECT first\(suffix), second\(suffix) FROM \(LayerScan.table(table)) WHERE rejected = 0")
            var digest = TableDigest()
            while try words.step() { digest.add((words.int64(at: 0), words.int64(at: 1))) }
            let summed = columns.indices.filter { columns[$0].holder == name }
            var sums = summed.map { _ in ExactSum() }
            let own = try ownColumns(table, in: name)
            let actual = try TableDigest(
                of: name, connection, only: own, summing: summed.map { columns[$0].name }, &sums)
            check(
                "", name, "content", 0, digest == actual ? 0 : 1,
                "tables whose values are not those of the newest clean lines; load again with --force when there are any"
            )
            for (index, sum) in zip(summed, sums) { compare(columns[index], expected[index], sum) }
        }
    }

    /// Our columns of a table or child table, in order: those that others added count for nothing. Nil when one of ours is
    /// not there, so that the content differs.
    private func ownColumns(_ table: Table, in name: String) throws(SQLiteError) -> [String]? {
        let child = table.children.first { $0.name == name }
        let wanted = child.map { [$0.parentColumn, "position"] + $0.columns.map(\.name) } ?? table.columns.map(\.name)
        let rows = try connection.rows("PRAGMA table_info(\(quotedIdentifier(name)))")
        let present = Set(rows.compactMap { $0[1].string })
        return wanted.allSatisfy(present.contains) ? wanted : nil
    }

    func number(_ sql: String) throws(SQLiteError) -> Int { try connection.value(sql)?.int ?? 0 }
}
