internal import Bytes
internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// A flagged record as verify compares it: its place in the raw files, and a hash of what it says.
///
/// Violations of the rule `reference` are left out: load adds them, and references have their own check.
struct FlagDigest: ~Copyable {
    /// The columns of a temporary table of flags, beside the id.
    static let columns =
        "phase TEXT, entity TEXT, part TEXT, line INTEGER, severity TEXT, first INTEGER, second INTEGER"

    private var text = JSONWriter()

    /// Two words over the violations and the record; nil when there are none but of references.
    /// - Parameter record: writes the record after them.
    private mutating func words(_ violations: JSONValue, _ record: (inout JSONWriter) -> Void) -> (Int64, Int64)? {
        text.removeAll()
        text.beginArray()
        var isEmpty = true
        violations.forEachElement { violation in
            guard violation["rule"]?.isString("reference") != true else { return }
            isEmpty = false
            text.value(violation)
        }
        guard !isEmpty else { return nil }
        record(&text)
        text.endArray()
        let words = RowHash.words(text.buffer.bytes)
        return (Int64(bitPattern: words.0), Int64(bitPattern: words.1))
    }

    /// Of a line of the flagged layer.
    mutating func words(_ violations: JSONValue, record: JSONValue?) -> (Int64, Int64)? {
        words(violations) { text in if let record { text.value(record) } }
    }

    /// Of a row of the database, whose record is stored as text.
    mutating func words(_ violations: JSONValue, record: UnsafeRawBufferPointer?) -> (Int64, Int64)? {
        words(violations) { text in if let record { text.raw(record) } }
    }
}

extension VerifyRun {
    /// Every flag of a newest version, and of every record without a usable id, must be in `flagged_records` as the
    /// flagged layer has it, and no other.
    /// - Parameter unkeyed: rejects that neither an id nor their record tells apart.
    func verifyFlags(_ table: Table, unkeyed: Int) throws {
        let found = try readFlags(table)
        let versions = LayerScan.table(table)
        let nameless = LayerScan.nameless(table)
        check(
            "", table.name, "flagged",
            unkeyed + (try number("SELECT count(*) FROM \(nameless)"))
                + (try number("SELECT count(*) FROM \(versions) WHERE rejected = 1 OR warned = 1")), found.total,
            "newest versions that are flagged, rows in flagged_records")
        let expected = """
            SELECT f.id, f.phase, f.entity, f.part, f.line, f.severity, f.first, f.second FROM \(LayerScan.flags(table)) AS f
            JOIN \(versions) AS v ON v.id = f.id AND v.sequence = f.sequence AND v.rejected = (f.severity = 'reject')
            """
        let standing = LayerScan.standing(table)
        let missing =
            try number("SELECT count(*) FROM (\(expected) EXCEPT SELECT * FROM \(standing))")
            + number("SELECT count(*) FROM (SELECT * FROM \(nameless) EXCEPT SELECT * FROM \(found.nameless))")
        let extra =
            try number("SELECT count(*) FROM (SELECT * FROM \(standing) EXCEPT \(expected))")
            + number("SELECT count(*) FROM (SELECT * FROM \(found.nameless) EXCEPT SELECT * FROM \(nameless))")
        check(
            "", table.name, "flags", 0, missing + extra,
            "\(missing) flags missing in flagged_records or there with other violations, \(extra) that should not be "
                + "there" + (missing + extra == 0 ? "" : "; load again with --force"))
    }

    /// Reads a table's `flagged_records` into temporary tables.
    private func readFlags(_ table: Table) throws -> (total: Int, nameless: String) {
        let standing = LayerScan.standing(table)
        let nameless = LayerScan.standingNameless(table)
        try connection.execute(
            """
            CREATE TABLE \(standing)(id ANY, \(FlagDigest.columns)) STRICT;
            CREATE TABLE \(nameless)(first INTEGER, second INTEGER) STRICT
            """)
        let rows = try connection.prepare(
            """
            SELECT typeof(id) = '\(TableSchema(table: table).isKeyInteger ? "integer" : "text")', id, phase, entity, part, line,
                severity, violations, record FROM main.flagged_records WHERE table_name = \(quotedLiteral(table.name))
            """)
        let keep = try connection.prepare("INSERT INTO \(standing) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        let keepNameless = try connection.prepare("INSERT INTO \(nameless) VALUES(?1, ?2)")
        var digest = FlagDigest()
        var total = 0
        while try rows.step() {
            let hasRecord = rows.storageClass(at: 8) != .null
            if rows.int64(at: 0) == 0, hasRecord {
                let words = rows.withUTF8(at: 8) { RowHash.words($0) }
                try keepNameless.bind(Int64(bitPattern: words.0), at: 1)
                try keepNameless.bind(Int64(bitPattern: words.1), at: 2)
                try keepNameless.run()
                total += 1
                continue
            }
            // What is no JSON is no flag of ours.
            let violations = rows.withUTF8(at: 7) { text in try? parser.parse(copying: text) }
            var words: (Int64, Int64)? = (0, 0)
            if let violations {
                words = rows.withUTF8(at: 8) { digest.words(violations, record: hasRecord ? $0 : nil) }
            }
            guard let words else { continue }
            total += 1
            guard rows.int64(at: 0) != 0 else { continue }
            for column in 1...6 { try keep.bind(rows.value(at: column), at: column) }
            try keep.bind(words.0, at: 7)
            try keep.bind(words.1, at: 8)
            try keep.run()
        }
        return (total, nameless)
    }
}
