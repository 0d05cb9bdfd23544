internal import Bytes
internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging

/// What the clean and flagged files of one entity hold.
struct LayerScan {
    var accepted = 0
    var rejected = 0
    /// Distinct ids among the clean lines.
    var distinct = 0
    /// Rejects that cannot be told apart by an id of the table.
    var unkeyed = 0

    /// The temporary table of the newest version of each id, over all entities that feed a table.
    static func table(_ table: Table) -> String { "temp.\(quotedIdentifier("versions_" + table.name))" }

    /// Its columns that belong to a version: digests of the row and of each list of child rows, and their counts.
    fileprivate static func columns(_ table: Table) -> [String] {
        ["updated_at", "sequence", "rejected", "first", "second"]
            + table.children.indices.flatMap { ["count\($0)", "first\($0)", "second\($0)"] }
    }
}

extension VerifyRun {
    /// Reads the layers of an entity once, into the versions of its table.
    func scan(_ entity: Entity, _ scans: inout [String: LayerScan]) throws -> LayerScan {
        let key = entity.phase + "/" + entity.name
        if let scan = scans[key] { return scan }
        if locks[entity.phase] == nil {
            locks[entity.phase] = try FileLock.shared(folder.lock(phase: entity.phase, layer: "clean"))
        }
        let table = entity.table
        let isInteger = TableSchema(table: table).isKeyInteger
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS \(LayerScan.table(table))(
                id \(isInteger ? "INTEGER" : "TEXT") NOT NULL PRIMARY KEY, seen TEXT NOT NULL,
                warned INTEGER NOT NULL DEFAULT 0,
                \(LayerScan.columns(table).map { "\($0) INTEGER NOT NULL" }.joined(separator: ", "))
                ) STRICT\(isInteger ? "" : ", WITHOUT ROWID")
            """)
        let reader = try LayerReader(self, entity, mark: " \(key) ")
        if let manifest = try ResultManifest.read(folder.entity(phase: entity.phase, name: entity.name)) {
            try connection.transaction(.deferred) {
                for part in manifest.parts { try reader.read(part) }
            }
        }
        scans[key] = reader.scan
        return reader.scan
    }
}

/// Reads parts into the versions of their table. Not Sendable.
private final class LayerReader {
    private(set) var scan = LayerScan()
    private let run: VerifyRun
    private let table: Table
    private let mark: String
    private let encoder: LineEncoder
    private let accept: SQLiteStatement
    private let seen: SQLiteStatement
    private let warn: SQLiteStatement
    private var packed = ByteBuffer()
    private var row = ByteBuffer()

    init(_ run: VerifyRun, _ entity: Entity, mark: String) throws {
        self.run = run
        self.mark = mark
        table = entity.table
        encoder = LineEncoder(plan: LinePlan(table))
        let versions = LayerScan.table(table)
        let columns = LayerScan.columns(table)
        let isNewer = "(excluded.updated_at, excluded.sequence) > (updated_at, sequence)"
        // `seen` lists the entities that had this id in a clean line: an id that is new to it counts as distinct.
        accept = try run.connection.prepare(
            """
            INSERT INTO \(versions)(id, seen, \(columns.joined(separator: ", ")))
            VALUES(\((1...columns.count + 2).map { "?\($0)" }.joined(separator: ", ")))
            ON CONFLICT(id) DO UPDATE SET
                seen = CASE WHEN instr(seen, excluded.seen) THEN seen ELSE seen || excluded.seen END,
                warned = CASE WHEN \(isNewer) THEN 0 ELSE warned END,
                \(columns.map { "\($0) = CASE WHEN \(isNewer) THEN excluded.\($0) ELSE \($0) END" }.joined(separator: ", "))
            """)
        seen = try run.connection.prepare("SELECT instr(seen, ?2) FROM \(versions) WHERE id = ?1")
        warn = try run.connection.prepare(
            "UPDATE \(versions) SET warned = 1 WHERE id = ?1 AND sequence = ?2 AND rejected = 0")
    }

    func read(_ part: ResultPart) throws {
        if let file = part.clean {
            var numbers = part.cleanLines
            try run.forEachLine(file) { line in
                scan.accepted += 1
                do {
                    try readClean(run.parser.parse(line), sequence: numbers.next()?.sequence ?? 0)
                } catch let error as LineError {
                    throw LoadError(.line, "\(file.shownPath) line \(scan.accepted) of its entity: \(error.message)")
                }
            }
        }
        if let file = part.flagged {
            try run.forEachLine(file) { line in try readFlagged(run.parser.parse(line), part) }
        }
    }

    private func readClean(_ line: JSONValue, sequence: Int64) throws {
        packed.removeAll()
        try encoder.encode(clean: line, sequence: sequence, into: &packed)
        guard let start = packed.bytes.baseAddress else { return }
        // Behind the header: the columns, then id, updated_at and sequence, then the child rows.
        let columns = start + SQLitePackedRows.headerLength
        let id = Packed.skip(columns, count: table.columns.count)
        try seen.bind(packed: id, count: 1)
        try seen.bind(mark, at: 2)
        if try !seen.step() || seen.int64(at: 0) == 0 { scan.distinct += 1 }
        seen.reset()
        var digest = TableDigest()
        let words = digest.add(packed: UnsafeRawBufferPointer(start: columns, count: id - columns))
        var children = table.children.map { _ in (count: Int64(0), digest: TableDigest()) }
        let updatedAt = Packed.skip(id, count: 1)
        var next = Packed.skip(updatedAt, count: 2)
        while true {
            let child = Int(next.load(as: UInt8.self)) - 1
            next += 1
            guard child >= 0 else { break }
            let end = Packed.skip(next, count: table.children[child].columns.count + 1)
            row.removeAll()
            row.append(UnsafeRawBufferPointer(start: id, count: updatedAt - id))
            row.append(UnsafeRawBufferPointer(start: next, count: end - next))
            children[child].count += 1
            children[child].digest.add(packed: row.bytes)
            next = end
        }
        try accept.bind(packed: id, count: 1)
        try accept.bind(mark, at: 2)
        let version = Packed.version(id)
        let lists = children.flatMap { [$0.count, $0.digest.words.0, $0.digest.words.1] }
        try store([version.updatedAt, version.sequence, 0, words.0, words.1] + lists)
    }

    private func readFlagged(_ line: JSONValue, _ part: ResultPart) throws {
        let isReject = line["severity"]?.isString("reject") == true
        if isReject { scan.rejected += 1 }
        let kind: JSONValue.Kind = TableSchema(table: table).isKeyInteger ? .integer : .string
        guard let id = line[Table.keyColumn], id.kind == kind else {
            scan.unkeyed += isReject ? 1 : 0
            return
        }
        let sequence = part.sequence(ofRawLine: Int(line["line"]?.int64 ?? 0))
        if isReject {
            _ = try run.bind(id, accept)
            try accept.bind("", at: 2)
            let updatedAt = line[Table.versionColumn]?.utf8.flatMap(Instant.milliseconds) ?? .min
            let zeros = [Int64](repeating: 0, count: 2 + 3 * table.children.count)
            try store([updatedAt, sequence, 1] + zeros)
        } else {
            _ = try run.bind(id, warn)
            try warn.bind(sequence, at: 2)
            try warn.run()
        }
    }

    private func store(_ numbers: [Int64]) throws(SQLiteError) {
        for (index, number) in numbers.enumerated() { try accept.bind(number, at: 3 + index) }
        try accept.run()
    }
}
