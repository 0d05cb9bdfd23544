internal import Bytes
internal import JSON
public import Pipelines
internal import SQLite
internal import Staging
public import Tables

/// Finds single records in a loaded database by their ids. Takes no lock and changes nothing. Not Sendable.
public final class RecordLookup {
    /// Which version of a record counts.
    public struct Version: Sendable, Equatable {
        /// The number, over the whole connection, of the raw record that it came from.
        public let sequence: Int64
        /// Whether that record was rejected, so that there is no row.
        public let isRejected: Bool
        /// Whether a sweep found the record gone from Clio; `sequence` is the sweep's then.
        public let isDeleted: Bool
    }

    /// When a part of a clean layer was loaded.
    public struct LoadedPart: Sendable, Equatable {
        /// The generation of the clean layer.
        public let generation: Int
        /// CRC-32 of the raw part.
        public let rawCRC: UInt32
        /// UTC.
        public let loadedAt: String
    }

    private let connection: SQLiteConnection
    private let path: String
    private let tables: Set<String>

    /// Opens a database; nil when there is none, or none of ours yet.
    public init?(database path: String) throws(LoadError) {
        guard try LoadError.exists(path) else { return nil }
        self.path = path
        do {
            connection = try SQLiteConnection(path: path, mode: .readOnly)
            tables = Set(try connection.tableNames())
        } catch {
            throw LoadError(error, database: path)
        }
        guard tables.contains("_cliosync_ledger") else { return nil }
    }

    /// Whether the table is loaded at all.
    public func has(_ table: Table) -> Bool { tables.contains(table.name) }

    /// The version that counts; nil when no version of this id was loaded.
    public func version(_ table: Table, id: String) throws(LoadError) -> Version? {
        let name = TableSchema.Place.live.rows(table.name)
        guard tables.contains(name), let key = key(table, id) else { return nil }
        return try perform {
            let rows = try connection.rows(
                "SELECT sequence, rejected FROM \(quotedIdentifier(name)) WHERE id = ?", key)
            return rows.first.map {
                Version(
                    sequence: $0[0].int64 ?? 0, isRejected: $0[1].int64 == 1,
                    isDeleted: $0[1].int == TableSchema.deleted)
            }
        }
    }

    /// The row as one JSON object; nil when there is none.
    public func row(_ table: Table, id: String) throws(LoadError) -> String? {
        guard has(table), let key = key(table, id) else { return nil }
        return try perform { try objects("SELECT * FROM \(quotedIdentifier(table.name)) WHERE \"id\" = ?", key).first }
    }

    /// The rows of a child table, in order, each as one JSON object.
    public func children(_ child: ChildTable, of table: Table, id: String) throws(LoadError) -> [String] {
        guard tables.contains(child.name), let key = key(table, id) else { return [] }
        return try perform {
            try objects(
                "SELECT * FROM \(quotedIdentifier(child.name)) WHERE \(quotedIdentifier(child.parentColumn)) = ? "
                    + "ORDER BY \"position\"", key)
        }
    }

    /// The record's row in `flagged_records` as one JSON object without the raw record; nil when it is not flagged.
    public func flags(_ table: Table, id: String) throws(LoadError) -> String? {
        guard tables.contains("flagged_records"), let key = key(table, id) else { return nil }
        return try perform {
            let rows = try connection.rows(
                "SELECT phase, entity, severity, violations FROM flagged_records WHERE table_name = ? AND id = ?",
                .text(table.name), key)
            guard let row = rows.first else { return nil }
            var line = JSONWriter()
            line.beginObject()
            for (name, value) in zip(["phase", "entity", "severity"], row) {
                line.key(name)
                line.string(value.string ?? "")
            }
            line.key("violations")
            line.raw(row[3].string ?? "[]")
            line.endObject()
            return line.text
        }
    }

    /// When a part was loaded; nil when it was not.
    public func part(_ entity: Entity, _ part: String) throws(LoadError) -> LoadedPart? {
        try perform {
            let rows = try connection.rows(
                """
                SELECT generation, raw_crc, loaded_at FROM _cliosync_ledger WHERE phase = ? AND entity = ? AND part = ?
                """, .text(entity.phase), .text(entity.name), .text(part))
            return rows.first.map { row in
                LoadedPart(
                    generation: row[0].int ?? 0, rawCRC: UInt32(truncatingIfNeeded: row[1].int64 ?? 0),
                    loadedAt: row[2].string ?? "")
            }
        }
    }

    /// The id as the table's key has it; nil when it cannot be one.
    private func key(_ table: Table, _ id: String) -> SQLiteValue? {
        TableSchema(table: table).isKeyInteger ? Int64(id).map { .integer($0) } : .text(id)
    }

    private func objects(_ sql: String, _ key: SQLiteValue) throws -> [String] {
        let statement = try connection.prepare(sql)
        try statement.bind([key])
        var objects: [String] = []
        while try statement.step() {
            var line = JSONWriter()
            line.beginObject()
            for column in 0..<statement.columnCount {
                line.key(statement.name(of: column))
                switch statement.value(at: column) {
                case .null, .blob: line.null()
                case .integer(let value): line.integer(value)
                case .real(let value): line.double(value)
                case .text(let value): line.string(value)
                }
            }
            line.endObject()
            objects.append(line.text)
        }
        return objects
    }

    private func perform<T>(_ work: () throws -> T) throws(LoadError) -> T {
        do { return try work() } catch { throw LoadError(error, database: path) }
    }
}
