internal import Bytes
internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// What the clean and flagged files of one entity hold.
struct LayerScan {
    var accepted = 0
    var rejected = 0
    /// Distinct ids among the clean lines.
    var distinct = 0
    /// Rejects that neither an id of the table nor their record tells apart.
    var unkeyed = 0

    /// The temporary table of the newest version of each id, over all entities that feed a table.
    static func table(_ table: Table) -> String { temporary("versions", table) }

    /// The temporary table of the numbers that are in raw records and, because of a rule, not in their rows.
    static func emptied(_ table: Table) -> String { temporary("emptied", table) }

    /// The temporary table of the rejects without a usable id: a hash of each different record.
    static func nameless(_ table: Table) -> String { temporary("nameless", table) }

    /// The temporary table of the same in the database.
    static func standingNameless(_ table: Table) -> String { temporary("standing_nameless", table) }

    /// The temporary table of the flags in the flagged layers, of all versions.
    static func flags(_ table: Table) -> String { temporary("flags", table) }

    /// The temporary table of the flags in the database.
    static func standing(_ table: Table) -> String { temporary("standing", table) }

    /// No pipeline file may name a table like that.
    private static func temporary(_ kind: String, _ table: Table) -> String {
        "temp.\(quotedIdentifier("_cliosync_\(kind)_" + table.name))"
    }

    /// The columns of the versions that belong to one: digests of the row and of each list of child rows, and their counts.
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
        try staged.lock(entity.phase)
        let table = entity.table
        let isInteger = TableSchema(table: table).isKeyInteger
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS \(LayerScan.table(table))(
                id \(isInteger ? "INTEGER" : "TEXT") NOT NULL PRIMARY KEY, seen TEXT NOT NULL,
                warned INTEGER NOT NULL DEFAULT 0,
                \(LayerScan.columns(table).map { "\($0) INTEGER NOT NULL" }.joined(separator: ", "))
                ) STRICT\(isInteger ? "" : ", WITHOUT ROWID");
            CREATE TABLE IF NOT EXISTS \(LayerScan.emptied(table))(
                id ANY NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL, value ANY NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS \(LayerScan.nameless(table))(
                first INTEGER NOT NULL, second INTEGER NOT NULL, PRIMARY KEY(first, second)) STRICT, WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS \(LayerScan.flags(table))(
                id ANY NOT NULL, sequence INTEGER NOT NULL, \(FlagDigest.columns)) STRICT
            """)
        let reader = try LayerReader(self, entity, mark: " \(key) ")
        if let manifest = try ResultManifest.read(staged.folder.entity(phase: entity.phase, name: entity.name)) {
            try connection.transaction(.deferred) {
                for part in manifest.parts {
                    try checkStop()
                    try reader.read(part)
                }
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
    private let first: SQLiteStatement
    private let accept: SQLiteStatement
    private let seen: SQLiteStatement
    private let warn: SQLiteStatement
    private let empty: SQLiteStatement
    private let nameless: SQLiteStatement
    private let flag: SQLiteStatement
    private var flagDigest = FlagDigest()
    private let summed: [SummedColumn]
    private var packed = ByteBuffer()
    private var row = ByteBuffer()
    /// What is stored of a version, in the order of the columns.
    private var numbers: [Int64] = []
    private var lists: [(count: Int64, digest: TableDigest)] = []

    init(_ run: VerifyRun, _ entity: Entity, mark: String) throws {
        self.run = run
        self.mark = mark
        table = entity.table
        encoder = LineEncoder(plan: LinePlan(table))
        let versions = LayerScan.table(table)
        let columns = LayerScan.columns(table)
        let isNewer = "(excluded.updated_at, excluded.sequence) > (updated_at, sequence)"
        let values =
            "(id, seen, \(columns.joined(separator: ", "))) VALUES("
            + (1...columns.count + 2).map { "?\($0)" }.joined(separator: ", ") + ")"
        // Nearly every clean line is the first of its id.
        first = try run.connection.prepare("INSERT OR IGNORE INTO \(versions)\(values)")
        // `seen` lists the entities that had this id in a clean line: an id that is new to it counts as distinct.
        accept = try run.connection.prepare(
            """
            INSERT INTO \(versions)\(values)
            ON CONFLICT(id) DO UPDATE SET
                seen = CASE WHEN instr(seen, excluded.seen) THEN seen ELSE seen || excluded.seen END,
                warned = CASE WHEN \(isNewer) THEN 0 ELSE warned END,
                \(columns.map { "\($0) = CASE WHEN \(isNewer) THEN excluded.\($0) ELSE \($0) END" }.joined(separator: ", "))
            """)
        seen = try run.connection.prepare("SELECT instr(seen, ?2) FROM \(versions) WHERE id = ?1")
        warn = try run.connection.prepare(
            "UPDATE \(versions) SET warned = 1 WHERE id = ?1 AND sequence = ?2 AND rejected = 0")
        empty = try run.connection.prepare("INSERT INTO \(LayerScan.emptied(table)) VALUES(?1, ?2, ?3, ?4)")
        nameless = try run.connection.prepare("INSERT OR IGNORE INTO \(LayerScan.nameless(table)) VALUES(?1, ?2)")
        flag = try run.connection.prepare(
            "INSERT INTO \(LayerScan.flags(table)) VALUES(?1, ?2, \(quotedLiteral(entity.phase)), "
                + "\(quotedLiteral(entity.name)), ?3, ?4, ?5, ?6, ?7)")
        summed = SummedColumn.all(table)
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
        // After the header: the columns, then id, updated_at and sequence, then the child rows.
        let columns = start + SQLitePackedRows.headerLength
        let id = Packed.skip(columns, count: table.columns.count)
        var digest = TableDigest()
        let words = digest.add(packed: UnsafeRawBufferPointer(start: columns, count: id - columns))
        lists.removeAll(keepingCapacity: true)
        for _ in table.children { lists.append((0, TableDigest())) }
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
            lists[child].count += 1
            lists[child].digest.add(packed: row.bytes)
            next = end
        }
        let version = Packed.version(id)
        numbers.removeAll(keepingCapacity: true)
        numbers += [version.updatedAt, version.sequence, 0, words.0, words.1]
        for list in lists {
            numbers.append(list.count)
            numbers.append(list.digest.words.0)
            numbers.append(list.digest.words.1)
        }
        try first.bind(packed: id, count: 1)
        try first.bind(mark, at: 2)
        try store(first)
        if run.connection.changes == 1 {
            scan.distinct += 1
            return
        }
        try seen.bind(packed: id, count: 1)
        try seen.bind(mark, at: 2)
        if try !seen.step() || seen.int64(at: 0) == 0 { scan.distinct += 1 }
        seen.reset()
        try accept.bind(packed: id, count: 1)
        try accept.bind(mark, at: 2)
        try store(accept)
    }

    private func readFlagged(_ line: JSONValue, _ part: ResultPart) throws {
        let isReject = line["severity"]?.isString("reject") == true
        if isReject { scan.rejected += 1 }
        let kind: JSONValue.Kind = TableSchema(table: table).isKeyInteger ? .integer : .string
        guard let id = line[Table.keyColumn], id.kind == kind else {
            guard isReject else { return }
            guard let record = line["record"] else {
                scan.unkeyed += 1
                return
            }
            var text = JSONWriter()
            text.value(record)
            let words = RowHash.words(text.buffer.bytes)
            try nameless.bind(Int64(bitPattern: words.0), at: 1)
            try nameless.bind(Int64(bitPattern: words.1), at: 2)
            try nameless.run()
            return
        }
        let sequence = part.sequence(ofRawLine: Int(min(max(0, line["line"]?.int64 ?? 0), 1 << 53)))
        try note(line, id, sequence, part)
        if isReject {
            _ = try run.bind(id, accept)
            try accept.bind("", at: 2)
            let updatedAt = line[Table.versionColumn]?.utf8.flatMap(Instant.milliseconds) ?? .min
            numbers = [updatedAt, sequence, 1] + [Int64](repeating: 0, count: 2 + 3 * table.children.count)
            try store(accept)
        } else {
            _ = try run.bind(id, warn)
            try warn.bind(sequence, at: 2)
            try warn.run()
            try noteEmptied(line, id, sequence)
        }
    }

    private func note(_ line: JSONValue, _ id: JSONValue, _ sequence: Int64, _ part: ResultPart) throws {
        guard let violations = line["violations"],
            let words = flagDigest.words(violations, record: line["record"])
        else { return }
        _ = try run.bind(id, flag)
        try flag.bind(sequence, at: 2)
        try flag.bind(part.part, at: 3)
        try flag.bind(line["line"]?.int64 ?? 0, at: 4)
        try flag.bind(line["severity"]?.string ?? "", at: 5)
        try flag.bind(words.0, at: 6)
        try flag.bind(words.1, at: 7)
        try flag.run()
    }

    /// Notes the numbers that broke a rule of their column: the raw record has them, the row does not.
    private func noteEmptied(_ line: JSONValue, _ id: JSONValue, _ sequence: Int64) throws {
        guard !summed.isEmpty, let violations = line["violations"] else { return }
        try violations.forEachElement { violation in
            guard let value = violation["value"], let path = violation["path"]?.string else { return }
            for (position, column) in summed.enumerated() where column.isPlace(path) {
                guard let number = column.number(value) else { continue }
                _ = try run.bind(id, empty)
                try empty.bind(sequence, at: 2)
                try empty.bind(Int64(position), at: 3)
                try empty.bind(number, at: 4)
                try empty.run()
            }
        }
    }

    private func store(_ statement: SQLiteStatement) throws(SQLiteError) {
        for index in numbers.indices { try statement.bind(numbers[index], at: 3 + index) }
        try statement.run()
    }
}
