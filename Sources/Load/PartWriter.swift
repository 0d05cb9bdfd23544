internal import Pipelines
internal import SQLite
internal import Tables

/// Writes the packed records of a part into a table, its child tables and the flagged records. Not Sendable.
///
/// The newest version of an id wins: later `updated_at`, then later sequence number. One without a readable `updated_at`
/// counts as older than any other, so that the order is the same however parts are cut. Rows whose ids are beyond all ids so
/// far, which nearly all are, go in by two statements for hundreds of them; any other first version of an id costs two
/// plain INSERTs, and only a second one is compared with the stored row.
final class PartWriter {
    private let schema: TableSchema
    private let place: TableSchema.Place
    private let connection: SQLiteConnection
    private let feeder: Feeder
    private let insertVersion: SQLiteStatement
    private let insertReject: SQLiteStatement
    private let insertRow: SQLiteStatement
    /// Whether users added a column to the table itself.
    private let hasUserColumns: Bool
    /// Keeps what users added to child tables while the rows of a record are replaced; nil when there is nothing.
    private let keeper: UserColumnKeeper?
    private let deleteRow: SQLiteStatement
    private let children: [(insert: SQLiteStatement, delete: SQLiteStatement, columns: Int)]
    private let selectVersion: SQLiteStatement
    private let updateVersion: SQLiteStatement
    private let updateFeeders: SQLiteStatement
    private let packedRows: SQLitePackedRows
    private let insertRows: SQLiteStatement
    private let insertVersions: SQLiteStatement
    /// The largest id so far; nil when ids are no integers.
    private var largestID: Int64?
    private let insertFlag: SQLiteStatement
    private let deleteFlag: SQLiteStatement
    private let insertNameless: SQLiteStatement
    private let deleteNameless: SQLiteStatement
    /// Where changes are recorded; nil while the table is not followed.
    private let feed: ChangeFeed?
    private let noteInserted: SQLiteStatement?
    private let noteUpdated: SQLiteStatement?
    private let noteDeleted: SQLiteStatement?
    private let noteInsertedRows: SQLiteStatement?
    private(set) var counts = LoadCounts()
    /// Whether a row of this part's transaction went without another one in its place.
    private(set) var hasRemoved = false

    /// The entity whose records are written.
    struct Feeder: Equatable {
        let phase: String
        let entity: String
        let bit: Int64
    }

    init(
        _ connection: SQLiteConnection, _ schema: TableSchema, _ place: TableSchema.Place, _ feeder: Feeder,
        _ feed: ChangeFeed? = nil
    ) throws {
        self.feed = feed
        self.connection = connection
        self.schema = schema
        self.place = place
        self.feeder = feeder
        let table = schema.table
        let main = quotedIdentifier(place.table(table.name))
        let rows = quotedIdentifier(place.rows(table.name))
        func marks(_ count: Int, from first: Int = 1) -> String {
            (first..<first + count).map { "?\($0)" }.joined(separator: ",")
        }
        insertVersion = try connection.prepare("INSERT OR IGNORE INTO \(rows) VALUES(?1,?2,?3,0,\(feeder.bit))")
        insertReject = try connection.prepare("INSERT OR IGNORE INTO \(rows) VALUES(?1,?2,?3,1,0)")
        let names = table.columns.map { quotedIdentifier($0.name) }
        let userColumns = place == .live ? try UserColumnKeeper.columns(connection, table) : [:]
        hasUserColumns = userColumns[table.name] != nil
        // A newer version leaves the columns of others as they are.
        let update = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        insertRow = try connection.prepare(
            "INSERT INTO \(main)(\(names.joined(separator: ", "))) VALUES(\(marks(table.columns.count)))"
                + (hasUserColumns ? " ON CONFLICT(\(quotedIdentifier("id"))) DO UPDATE SET \(update)" : ""))
        keeper = try UserColumnKeeper(connection, table, userColumns)
        deleteRow = try connection.prepare("DELETE FROM \(main) WHERE \(quotedIdentifier("id")) = ?1")
        children = try table.children.map { child in
            let name = quotedIdentifier(place.table(child.name))
            return (
                try connection.prepare(
                    "INSERT INTO \(name)(\(child.insertedColumns)) VALUES(\(marks(child.columns.count + 2)))"),
                try connection.prepare("DELETE FROM \(name) WHERE \(quotedIdentifier(child.parentColumn)) = ?1"),
                child.columns.count
            )
        }
        selectVersion = try connection.prepare(
            "SELECT updated_at, sequence, rejected, feeders FROM \(rows) WHERE id = ?1")
        // ?2 and ?3 are the packed updated_at and sequence, as in insertVersion.
        updateVersion = try connection.prepare(
            "UPDATE \(rows) SET updated_at = ?2, sequence = ?3, rejected = ?4, feeders = feeders | ?5 WHERE id = ?1")
        updateFeeders = try connection.prepare("UPDATE \(rows) SET feeders = feeders | ?2 WHERE id = ?1")
        let count = table.columns.count
        packedRows = try SQLitePackedRows(
            connection, name: "cliosync_rows_\(place)_\(table.name)_\(feeder.phase)_\(feeder.entity)", columns: count)
        let source = quotedIdentifier(packedRows.name)
        insertRows = try connection.prepare(
            "INSERT INTO \(main)(\(names.joined(separator: ","))) SELECT \((0..<count).map { "c\($0)" }.joined(separator: ",")) FROM \(source)"
        )
        insertVersions = try connection.prepare(
            "INSERT INTO \(rows) SELECT c\(count),c\(count + 1),c\(count + 2),0,\(feeder.bit) FROM \(source)")
        noteInserted = try feed?.statement(table.name, .inserted, id: "?1")
        noteUpdated = try feed?.statement(table.name, .updated, id: "?1")
        noteDeleted = try feed?.statement(table.name, .deleted, id: "?1")
        noteInsertedRows = try feed?.statement(table.name, .inserted, id: "c\(count)", from: source)
        if schema.isKeyInteger {
            largestID = try connection.value("SELECT max(id) FROM \(rows)")?.int64 ?? .min
        }
        // The packed values are id, updated_at (not stored), sequence, severity, violations, part, line, record.
        let into =
            "INSERT INTO \(place.flagged)(id, sequence, severity, violations, part, line, record, entity, phase, table_name)"
        let values =
            "?1, ?3, ?4, ?5, ?6, ?7, ?8, \(quotedLiteral(feeder.entity)), \(quotedLiteral(feeder.phase)), "
            + quotedLiteral(table.name)
        insertFlag = try connection.prepare("\(into) VALUES(\(values))")
        // Records without an id are distinguished by their bytes: a list that is fetched again has them again.
        let same = "table_name = \(quotedLiteral(table.name)) AND \(Database.hasRecord("?8"))"
        deleteNameless = try connection.prepare("DELETE FROM \(place.flagged) WHERE \(same) AND sequence < ?3")
        insertNameless = try connection.prepare(
            "\(into) SELECT \(values) WHERE NOT EXISTS (SELECT 1 FROM \(place.flagged) WHERE \(same))")
        deleteFlag = try connection.prepare(
            "DELETE FROM \(place.flagged) WHERE table_name = \(quotedLiteral(table.name)) AND id = ?1")
    }

    /// Whether this writer writes for the entity.
    func serves(_ other: Feeder) -> Bool { feeder == other }

    /// Begins to count a new part.
    func beginPart() {
        counts = LoadCounts()
        hasRemoved = false
    }

    /// Writes all records of a batch; inside a transaction.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SQLiteError) {
        guard var next = bytes.baseAddress else { return }
        let end = next + bytes.count
        while next < end {
            let tag = next.load(as: UInt8.self)
            if tag != RecordTag.row {
                next = try writeFlag(next + 1, tag)
            } else if let run = newRows(from: next, to: end) {
                try insert(run)
                next = run.end
            } else {
                next = try writeRow(next + SQLitePackedRows.headerLength)
            }
        }
    }

    // MARK: New rows

    /// Rows that follow each other, with ids that do so too and are all beyond what is in the table.
    private struct Run {
        let first: UnsafeRawPointer
        let end: UnsafeRawPointer
        let count: Int
        let largestID: Int64
        let hasChildren: Bool
    }

    /// Fewer rows than this are quicker one by one.
    private static let shortestRun = 4

    private func newRows(from first: UnsafeRawPointer, to end: UnsafeRawPointer) -> Run? {
        guard var largestID else { return nil }
        var next = first
        var count = 0
        var hasChildren = false
        while next < end, next.load(as: UInt8.self) == RecordTag.row {
            let columns = Int((next + 1).loadUnaligned(as: UInt32.self))
            let row = next + SQLitePackedRows.headerLength
            // After the columns: the id, as nine bytes.
            let id = (row + columns + 1).loadUnaligned(as: Int64.self)
            guard id > largestID else { break }
            largestID = id
            let length = Int((next + 5).loadUnaligned(as: UInt32.self))
            if !hasChildren {
                let versionIsNull = (row + columns + 9).load(as: UInt8.self) == PackedTag.null
                // The sequence is nine bytes, and one zero ends the row.
                hasChildren = columns + 9 + (versionIsNull ? 1 : 9) + 9 + 1 != length
            }
            next = row + length
            count += 1
        }
        guard count >= Self.shortestRun else { return nil }
        return Run(first: first, end: next, count: count, largestID: largestID, hasChildren: hasChildren)
    }

    private func insert(_ run: Run) throws(SQLiteError) {
        try packedRows.run(insertVersions, from: run.first, count: run.count)
        try packedRows.run(insertRows, from: run.first, count: run.count)
        if let noteInsertedRows {
            try packedRows.run(noteInsertedRows, from: run.first, count: run.count)
            feed?.count(.inserted, run.count)
        }
        largestID = run.largestID
        counts.accepted += run.count
        counts.inserted += run.count
        guard run.hasChildren else { return }
        var next = run.first
        while next < run.end {
            let id = next + SQLitePackedRows.headerLength + Int((next + 1).loadUnaligned(as: UInt32.self))
            next = try writeChildren(of: id, from: Packed.skip(id, count: 3), isStored: true)
        }
    }

    /// Writes the child rows of an id, or skips them; returns the address after the row.
    private func writeChildren(
        of id: UnsafeRawPointer, from first: UnsafeRawPointer, isStored: Bool
    ) throws(SQLiteError) -> UnsafeRawPointer {
        var next = first
        while true {
            let child = Int(next.load(as: UInt8.self))
            next += 1
            if child == 0 { return next }
            let (insert, _, columns) = children[child - 1]
            if isStored {
                try insert.bind(packed: id, count: 1)
                next = try insert.bind(packed: next, count: columns + 1, at: 2)
                try insert.run()
            } else {
                next = Packed.skip(next, count: columns + 1)
            }
        }
    }

    /// Notes an id that went in by itself.
    private func note(_ id: UnsafeRawPointer) {
        guard let largestID else { return }
        self.largestID = max(largestID, (id + 1).loadUnaligned(as: Int64.self))
    }

    // MARK: Row by row

    private func writeRow(_ columns: UnsafeRawPointer) throws(SQLiteError) -> UnsafeRawPointer {
        let id = try insertRow.bind(packed: columns, count: schema.table.columns.count)
        let next = try insertVersion.bind(packed: id, count: 3)
        counts.accepted += 1
        note(id)
        try insertVersion.run()
        let isStored: Bool
        if connection.changes == 1 {
            counts.inserted += 1
            try insertRow.run()
            try record(.inserted, id)
            isStored = true
        } else {
            isStored = try settleAccepted(id)
        }
        let end = try writeChildren(of: id, from: next, isStored: isStored)
        try keeper?.restore(id)
        return end
    }

    /// An accepted version of an id that is known already; true when it took the place.
    private func settleAccepted(_ id: UnsafeRawPointer) throws(SQLiteError) -> Bool {
        guard let known = try version(id) else { return false }
        if known.feeders & feeder.bit != 0 { counts.duplicates += 1 }
        guard known.isOlder(thanPacked: id) else {
            counts.older += 1
            if known.feeders & feeder.bit == 0 {
                try updateFeeders.bind(packed: id, count: 1)
                try updateFeeders.bind(feeder.bit, at: 2)
                try updateFeeders.run()
            }
            return false
        }
        if known.isRejected {
            counts.inserted += 1
        } else {
            counts.updated += 1
            try keeper?.keep(id)
            try removeRow(id, isReplaced: hasUserColumns)
        }
        try removeFlag(id)
        try setVersion(id, isRejected: false, feeder: feeder.bit)
        try insertRow.run()
        try record(known.isRejected ? .inserted : .updated, id)
        return true
    }

    private func writeFlag(_ values: UnsafeRawPointer, _ tag: UInt8) throws(SQLiteError) -> UnsafeRawPointer {
        if tag == RecordTag.unkeyed {
            counts.rejected += 1
            try deleteNameless.bind(packed: values, count: 8)
            try deleteNameless.run()
            let next = try insertNameless.bind(packed: values, count: 8)
            try insertNameless.run()
            return next
        }
        let next = try insertFlag.bind(packed: values, count: 8)
        switch tag {
        case RecordTag.reject:
            counts.rejected += 1
            note(values)
            try insertReject.bind(packed: values, count: 3)
            try insertReject.run()
            if connection.changes == 1 {
                try insertFlag.run()
            } else if let known = try version(values), known.isOlder(thanPacked: values) {
                if !known.isRejected {
                    try removeRow(values)
                    try record(.deleted, values)
                    hasRemoved = true
                }
                try removeFlag(values)
                try setVersion(values, isRejected: true, feeder: 0)
                try insertFlag.run()
            }
        default:
            counts.warned += 1
            // The row was decided with the clean line; its flag is valid as long as that version is.
            if let known = try version(values), !known.isRejected, known.sequence == Packed.sequence(values) {
                try removeFlag(values)
                try insertFlag.run()
            }
        }
        return next
    }

    // MARK: Versions

    private struct Version {
        let updatedAt: Int64
        let sequence: Int64
        let isRejected: Bool
        let feeders: Int64

        func isOlder(thanPacked id: UnsafeRawPointer) -> Bool {
            let other = Packed.version(id)
            return (updatedAt, sequence) < (other.updatedAt, other.sequence)
        }
    }

    private func version(_ id: UnsafeRawPointer) throws(SQLiteError) -> Version? {
        try selectVersion.bind(packed: id, count: 1)
        guard try selectVersion.step() else { return nil }
        defer { selectVersion.reset() }
        return Version(
            updatedAt: selectVersion.optionalInt64(at: 0) ?? .min, sequence: selectVersion.int64(at: 1),
            isRejected: selectVersion.int64(at: 2) != 0, feeders: selectVersion.int64(at: 3))
    }

    private func setVersion(_ id: UnsafeRawPointer, isRejected: Bool, feeder: Int64) throws(SQLiteError) {
        try updateVersion.bind(packed: id, count: 3)
        try updateVersion.bind(isRejected ? Int64(1) : 0, at: 4)
        try updateVersion.bind(feeder, at: 5)
        try updateVersion.run()
    }

    /// - Parameter isReplaced: whether the row itself stays and is written over.
    private func removeRow(_ id: UnsafeRawPointer, isReplaced: Bool = false) throws(SQLiteError) {
        for child in children {
            try child.delete.bind(packed: id, count: 1)
            try child.delete.run()
        }
        guard !isReplaced else { return }
        try deleteRow.bind(packed: id, count: 1)
        try deleteRow.run()
    }

    /// Writes a row of the change feed, if the table is followed.
    private func record(_ change: ChangeFeed.Change, _ id: UnsafeRawPointer) throws(SQLiteError) {
        let statement =
            switch change {
            case .inserted: noteInserted
            case .updated: noteUpdated
            case .deleted: noteDeleted
            case .reloaded: nil as SQLiteStatement?
            }
        guard let statement else { return }
        try statement.bind(packed: id, count: 1)
        try statement.run()
        feed?.count(change)
    }

    private func removeFlag(_ id: UnsafeRawPointer) throws(SQLiteError) {
        try deleteFlag.bind(packed: id, count: 1)
        try deleteFlag.run()
    }
}
