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
    var connection: SQLiteConnection { database.connection }
    var report = VerifyReport()
    let parser = JSONParser()
    var locks: [String: FileLock] = [:]

    init(_ catalog: Catalog, _ folder: ConnectionFolder, _ database: Database) throws {
        self.catalog = catalog
        self.folder = folder
        self.database = database
        try connection.setPragma("temp_store", to: "FILE")
        try connection.setPragma("temp.cache_size", to: "-16384")
        try connection.setPragma("cache_size", to: "-32768")
    }

    deinit { for lock in locks.values { lock.release() } }

    func verify(_ entities: [Entity]) throws -> VerifyReport {
        var scans: [String: LayerScan] = [:]
        var tables: Set<String> = []
        for entity in entities {
            try verify(entity, &scans)
            guard tables.insert(entity.table.name).inserted else { continue }
            try verify(entity.table, &scans)
        }
        try verifyReferences()
        let problems = try connection.rows("PRAGMA integrity_check(20)").compactMap { $0[0].string }
        check(
            "", "database", "integrity", 0, problems == ["ok"] ? 0 : problems.count,
            "problems that PRAGMA integrity_check finds"
                + (problems == ["ok"] ? "" : "; move the file away and load again"))
        return report
    }

    func check(_ phase: String, _ entity: String, _ name: String, _ expected: Int, _ actual: Int, _ detail: String) {
        report.checks.append(
            .init(
                phase: phase, entity: entity, check: name, expected: expected, actual: actual,
                ok: expected == actual, detail: detail))
    }

    // MARK: An entity

    private func verify(_ entity: Entity, _ scans: inout [String: LayerScan]) throws {
        let (phase, name) = (entity.phase, entity.name)
        let place = folder.entity(phase: phase, name: name)
        guard let raw = try RawManifest.read(place) else {
            check(phase, name, "complete", 1, 0, "nothing was extracted; run extract")
            return
        }
        check(
            phase, name, "complete", 1, raw.completion?.status == .complete ? 1 : 0,
            raw.completion.map { $0.message ?? "extracts that are complete" }
                ?? "the extract has not ended; run extract")
        let (lines, distinct, nameless, deleted) = try scanRaw(raw, place)
        check(phase, name, "extracted", raw.records, lines, "records in the raw manifest, lines in the raw files")
        if let expected = raw.completion?.expected {
            // More than Clio counts is no loss: what was deleted during the walk came before. A sweep finds out.
            let came = distinct + nameless - deleted
            let isDrift = came > expected && raw.completion?.status == .complete
            check(
                phase, name, "reported", isDrift ? came : expected, came,
                "records that Clio reports, distinct ids that came + records without a usable id - those found deleted"
                    + (isDrift ? "; Clio reports \(expected) now, `cliosync extract --sweep` finds what is gone" : ""))
        }
        let scan = try scan(entity, &scans)
        check(
            phase, name, "transformed", lines, scan.accepted + scan.rejected,
            "lines in the raw files, clean lines + rejected lines; run transform when they differ")
        let duplicates =
            try connection.value(
                "SELECT coalesce(sum(duplicates), 0) FROM _cliosync_ledger WHERE phase = ? AND entity = ?",
                .text(phase), .text(name))?.int ?? 0
        check(
            phase, name, "duplicates", scan.accepted - scan.distinct, duplicates,
            "clean lines - their distinct ids, duplicates that the load counted; run load when they differ")
    }

    /// Counts the lines of a raw layer, their distinct ids, and the lines that have no id to tell them apart by.
    private func scanRaw(
        _ raw: RawManifest, _ place: EntityFolder
    ) throws -> (lines: Int, distinct: Int, nameless: Int, deleted: Int) {
        try connection.execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS raw_ids(id ANY PRIMARY KEY) STRICT, WITHOUT ROWID;
            DELETE FROM temp.raw_ids
            """)
        let insert = try connection.prepare("INSERT OR IGNORE INTO temp.raw_ids VALUES(?)")
        var lines = 0
        var nameless = 0
        try connection.transaction(.deferred) {
            for part in raw.parts where part.records > 0 {
                try forEachLine(raw.file(part, in: place)) { line in
                    lines += 1
                    // A line that is no JSON has no id; it is a reject.
                    if let id = (try? parser.parse(line))?["id"], try bind(id, insert) {
                        try insert.run()
                    } else {
                        nameless += 1
                    }
                }
            }
        }
        let distinct = try connection.value("SELECT count(*) FROM temp.raw_ids")?.int ?? 0
        return (lines, distinct, nameless, try countDeleted(raw, place))
    }

    /// Counts the ids of a raw layer that a sweep found gone and that did not come again behind it.
    private func countDeleted(_ raw: RawManifest, _ place: EntityFolder) throws -> Int {
        guard let last = raw.deletions.last else { return 0 }
        var gone: [String: Int64] = [:]
        for deletion in raw.deletions {
            for id in deletion.ids { gone[id] = deletion.sequence }
        }
        // Only what was committed behind the first deletion can have brought one back.
        let first = raw.deletions[0].sequence
        for part in raw.parts where part.records > 0 {
            let pages = raw.pages(of: part.name)
            guard pages.contains(where: { $0.sequence > first }) else { continue }
            var page = 0
            var line = 0
            try forEachLine(raw.file(part, in: place)) { text in
                while page < pages.count, line >= pages[page].records {
                    line -= pages[page].records
                    page += 1
                }
                let sequence = page < pages.count ? pages[page].sequence + Int64(line) : last.sequence
                line += 1
                guard let id = (try? parser.parse(text))?["id"], let name = id.int64.map({ String($0) }) ?? id.string
                else { return }
                if let moment = gone[name], moment < sequence { gone[name] = nil }
            }
        }
        return gone.count
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
        try applyDeletions(table)
        let name = table.name
        let versions = LayerScan.table(table)
        let expected = "SELECT id FROM \(versions) WHERE rejected = 0"
        let count = try number("SELECT count(*) FROM (\(expected))")
        guard try database.loadedSchema(ofTable: name) != nil else {
            check("", name, "rows", count, 0, "the table is not there; run load")
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
        let flagged = try number(
            """
            SELECT count(*) FROM flagged_records WHERE table_name = \(quotedLiteral(name)) AND EXISTS
                (SELECT 1 FROM json_each(violations) WHERE json_extract(value, '$.rule') <> 'reference')
            """)
        check(
            "", name, "flagged",
            unkeyed + (try number("SELECT count(*) FROM \(versions) WHERE rejected = 1 OR warned = 1")), flagged,
            "newest versions that are flagged, rows in flagged_records")
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

    /// Every value of every row must be that of the newest clean line.
    private func verifyContent(_ table: Table) throws {
        let places = [(table.name, "")] + table.children.enumerated().map { ($1.name, "\($0)") }
        for (name, suffix) in places {
            let words = try connection.prepare(
                "SELECT first\(suffix), second\(suffix) FROM \(LayerScan.table(table)) WHERE rejected = 0")
            var expected = TableDigest()
            while try words.step() { expected.add((words.int64(at: 0), words.int64(at: 1))) }
            let actual = try TableDigest(of: name, connection)
            check(
                "", name, "content", 0, expected == actual ? 0 : 1,
                "tables whose values are not those of the newest clean lines; load again with --force when there are any"
            )
        }
    }

    func number(_ sql: String) throws(SQLiteError) -> Int { try connection.value(sql)?.int ?? 0 }
}
