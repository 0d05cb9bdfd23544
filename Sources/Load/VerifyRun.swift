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
    private let parser = JSONParser()
    private var locks: [String: FileLock] = [:]

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
        let (lines, distinct) = try scanRaw(raw, place)
        check(phase, name, "extracted", raw.records, lines, "records in the raw manifest, lines in the raw files")
        if let expected = raw.completion?.expected {
            check(phase, name, "reported", expected, distinct, "records that Clio reports, distinct ids that came")
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

    /// Counts the lines of a raw layer and their distinct ids.
    private func scanRaw(_ raw: RawManifest, _ place: EntityFolder) throws -> (lines: Int, distinct: Int) {
        try connection.execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS raw_ids(id ANY PRIMARY KEY) STRICT, WITHOUT ROWID;
            DELETE FROM temp.raw_ids
            """)
        let insert = try connection.prepare("INSERT OR IGNORE INTO temp.raw_ids VALUES(?)")
        var lines = 0
        try connection.transaction(.deferred) {
            for part in raw.parts where part.records > 0 {
                try forEachLine(raw.file(part, in: place)) { line in
                    lines += 1
                    // A line that is no JSON has no id; it is a reject.
                    guard let id = (try? parser.parse(line))?["id"] else { return }
                    if try bind(id, insert) { try insert.run() }
                }
            }
        }
        return (lines, try connection.value("SELECT count(*) FROM temp.raw_ids")?.int ?? 0)
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

    // MARK: Layers

    /// What the clean and flagged files of one entity hold.
    struct LayerScan {
        var accepted = 0
        var rejected = 0
        /// Distinct ids among the clean lines.
        var distinct = 0
        /// Rejects that cannot be told apart by an id of the table.
        var unkeyed = 0
    }

    private func versions(_ table: Table) -> String { quotedIdentifier("versions_" + table.name) }

    /// Reads the layers of an entity once, into the versions of its table.
    private func scan(_ entity: Entity, _ scans: inout [String: LayerScan]) throws -> LayerScan {
        let key = entity.phase + "/" + entity.name
        if let scan = scans[key] { return scan }
        if locks[entity.phase] == nil {
            locks[entity.phase] = try FileLock.shared(folder.lock(phase: entity.phase, layer: "clean"))
        }
        let table = entity.table
        let children = table.children.indices.map { ", c\($0) INTEGER NOT NULL DEFAULT 0" }.joined()
        let isInteger = table.column(named: Table.keyColumn)?.type == .integer
        let name = versions(table)
        try connection.execute(
            """
            CREATE TEMP TABLE IF NOT EXISTS \(name)(
                id \(isInteger ? "INTEGER" : "TEXT") NOT NULL PRIMARY KEY, updated_at INTEGER NOT NULL,
                sequence INTEGER NOT NULL, rejected INTEGER NOT NULL, warned INTEGER NOT NULL DEFAULT 0,
                seen TEXT NOT NULL\(children)) STRICT\(isInteger ? "" : ", WITHOUT ROWID")
            """)
        var scan = LayerScan()
        if let manifest = try ResultManifest.read(folder.entity(phase: entity.phase, name: entity.name)) {
            try connection.transaction(.deferred) {
                for part in manifest.parts { try read(part, of: entity, key, &scan) }
            }
        }
        scans[key] = scan
        return scan
    }

    private func read(_ part: ResultPart, of entity: Entity, _ key: String, _ scan: inout LayerScan) throws {
        let table = entity.table
        let names = table.children.indices.map { "c\($0)" }
        let values = table.children.indices.map { ", ?\($0 + 6)" }.joined()
        let version = "(excluded.updated_at, excluded.sequence) > (updated_at, sequence)"
        let columns = (["updated_at", "sequence", "rejected"] + names)
        // `seen` lists the entities that had this id in a clean line: an id that is new to it counts as distinct.
        let accept = try connection.prepare(
            """
            INSERT INTO temp.\(versions(table))(id, updated_at, sequence, rejected, seen\(names.map { ", \($0)" }.joined()))
            VALUES(?1, ?2, ?3, ?4, ?5\(values))
            ON CONFLICT(id) DO UPDATE SET
                seen = CASE WHEN instr(seen, excluded.seen) THEN seen ELSE seen || excluded.seen END,
                warned = CASE WHEN \(version) THEN 0 ELSE warned END,
                \(columns.map { "\($0) = CASE WHEN \(version) THEN excluded.\($0) ELSE \($0) END" }.joined(separator: ", "))
            """)
        let seen = try connection.prepare("SELECT instr(seen, ?2) FROM temp.\(versions(table)) WHERE id = ?1")
        let warn = try connection.prepare(
            "UPDATE temp.\(versions(table)) SET warned = 1 WHERE id = ?1 AND sequence = ?2 AND rejected = 0")
        let isInteger = table.column(named: Table.keyColumn)?.type == .integer
        let mark = " \(key) "
        if let file = part.clean {
            var numbers = part.cleanLines
            try forEachLine(file) { line in
                scan.accepted += 1
                let value = try parser.parse(line)
                guard let id = value[Table.keyColumn], try bind(id, accept), try bind(id, seen) else { return }
                try seen.bind(mark, at: 2)
                let isKnown = try seen.step() && seen.int64(at: 0) > 0
                seen.reset()
                if !isKnown { scan.distinct += 1 }
                let instant = value[Table.versionColumn]?.utf8.flatMap(Instant.milliseconds) ?? .min
                try accept.bind(instant, at: 2)
                try accept.bind(numbers.next()?.sequence ?? 0, at: 3)
                try accept.bind(Int64(0), at: 4)
                try accept.bind(mark, at: 5)
                for (index, child) in table.children.enumerated() {
                    try accept.bind(Int64(value[child.name]?.count ?? 0), at: 6 + index)
                }
                try accept.run()
            }
        }
        guard let file = part.flagged else { return }
        try forEachLine(file) { line in
            let value = try parser.parse(line)
            let sequence = part.sequence(ofRawLine: Int(value["line"]?.int64 ?? 0))
            let isReject = value["severity"]?.isString("reject") == true
            if isReject { scan.rejected += 1 }
            guard let id = value[Table.keyColumn], id.kind == (isInteger ? .integer : .string) else {
                scan.unkeyed += isReject ? 1 : 0
                return
            }
            if isReject {
                _ = try bind(id, accept)
                try accept.bind(value[Table.versionColumn]?.utf8.flatMap(Instant.milliseconds) ?? .min, at: 2)
                try accept.bind(sequence, at: 3)
                try accept.bind(Int64(1), at: 4)
                try accept.bind("", at: 5)
                for index in table.children.indices { try accept.bind(Int64(0), at: 6 + index) }
                try accept.run()
            } else {
                _ = try bind(id, warn)
                try warn.bind(sequence, at: 2)
                try warn.run()
            }
        }
    }

    // MARK: A table

    private func verify(_ table: Table, _ scans: inout [String: LayerScan]) throws {
        var unkeyed = 0
        for feeder in catalog.feeders(ofTable: table.name) { unkeyed += try scan(feeder, &scans).unkeyed }
        let expected = "SELECT id FROM temp.\(versions(table)) WHERE rejected = 0"
        let count = try number("SELECT count(*) FROM (\(expected))")
        guard try database.loadedSchema(ofTable: table.name) != nil else {
            check("", table.name, "rows", count, 0, "the table is not there; run load")
            return
        }
        let rows = "SELECT \"id\" FROM main.\(quotedIdentifier(table.name))"
        check(
            "", table.name, "rows", count, try number("SELECT count(*) FROM (\(rows))"),
            "ids whose newest version is accepted, rows")
        let missing = try number("SELECT count(*) FROM (\(expected) EXCEPT \(rows))")
        let extra = try number("SELECT count(*) FROM (\(rows) EXCEPT \(expected))")
        check(
            "", table.name, "ids", 0, missing + extra,
            "\(missing) ids missing in the table, \(extra) that should not be there")
        for (index, child) in table.children.enumerated() {
            check(
                "", child.name, "children",
                try number("SELECT coalesce(sum(c\(index)), 0) FROM temp.\(versions(table)) WHERE rejected = 0"),
                try number("SELECT count(*) FROM main.\(quotedIdentifier(child.name))"),
                "elements in the lists of the newest versions, rows")
        }
        let flagged = try number(
            """
            SELECT count(*) FROM flagged_records WHERE table_name = \(quotedLiteral(table.name)) AND EXISTS
                (SELECT 1 FROM json_each(violations) WHERE json_extract(value, '$.rule') <> 'reference')
            """)
        check(
            "", table.name, "flagged",
            unkeyed + (try number("SELECT count(*) FROM temp.\(versions(table)) WHERE rejected = 1 OR warned = 1")),
            flagged, "newest versions that are flagged, rows in flagged_records")
    }

    func number(_ sql: String) throws(SQLiteError) -> Int { try connection.value(sql)?.int ?? 0 }
}
