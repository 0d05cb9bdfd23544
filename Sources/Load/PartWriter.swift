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
    private let connection: SQLiteConnection
    private let feeder: Feeder
    private let statements: PartStatements
    /// How many the table has.
    private let columns: Int
    /// Keeps what users added to child tables while the rows of a record are replaced; nil when there is nothing.
    private let keeper: UserColumnKeeper?
    /// The largest id so far; nil when ids are no integers.
    private var largestID: Int64?
    /// Where changes are recorded; nil while the table is not followed.
    private let feed: ChangeFeed?
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
        self.feeder = feeder
        columns = schema.table.columns.count
        let userColumns = place == .live ? try UserColumnKeeper.columns(connection, schema.table) : [:]
        keeper = try UserColumnKeeper(connection, schema.table, userColumns)
        statements = try PartStatements(connection, schema, place, feeder, feed, userColumns: userColumns)
        if schema.isKeyInteger {
            let rows = quotedIdentifier(place.rows(schema.table.name))
            largestID = try connection.value("SELECT max(id) FROM \(rows)")?.int64 ?? .min
        }
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
            } else if let run = largestID.flatMap({ NewRows(from: next, to: end, beyond: $0) }) {
                try insert(run)
                next = run.end
            } else {
                next = try writeRow(next + SQLitePackedRows.headerLength)
            }
        }
    }

    // MARK: New rows

    private func insert(_ run: NewRows) throws(SQLiteError) {
        try statements.packedRows.run(statements.insertVersions, from: run.first, count: run.count)
        try statements.packedRows.run(statements.insertRows, from: run.first, count: run.count)
        if let note = statements.noteInsertedRows {
            try statements.packedRows.run(note, from: run.first, count: run.count)
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
            let (insert, _, columns) = statements.children[child - 1]
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
        let id = try statements.insertRow.bind(packed: columns, count: self.columns)
        let next = try statements.insertVersion.bind(packed: id, count: 3)
        counts.accepted += 1
        note(id)
        try statements.insertVersion.run()
        let isStored: Bool
        if connection.changes == 1 {
            counts.inserted += 1
            try statements.insertRow.run()
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
                try statements.updateFeeders.bind(packed: id, count: 1)
                try statements.updateFeeders.bind(feeder.bit, at: 2)
                try statements.updateFeeders.run()
            }
            return false
        }
        if known.isRejected {
            counts.inserted += 1
        } else {
            counts.updated += 1
            try keeper?.keep(id)
            try removeRow(id, isReplaced: statements.hasUserColumns)
        }
        try removeFlag(id)
        try setVersion(id, isRejected: false, feeder: feeder.bit)
        try statements.insertRow.run()
        try record(known.isRejected ? .inserted : .updated, id)
        return true
    }

    private func writeFlag(_ values: UnsafeRawPointer, _ tag: UInt8) throws(SQLiteError) -> UnsafeRawPointer {
        if tag == RecordTag.unkeyed {
            counts.rejected += 1
            try statements.deleteNameless.bind(packed: values, count: 8)
            try statements.deleteNameless.run()
            let next = try statements.insertNameless.bind(packed: values, count: 8)
            try statements.insertNameless.run()
            return next
        }
        let next = try statements.insertFlag.bind(packed: values, count: 8)
        switch tag {
        case RecordTag.reject:
            counts.rejected += 1
            note(values)
            try statements.insertReject.bind(packed: values, count: 3)
            try statements.insertReject.run()
            if connection.changes == 1 {
                try statements.insertFlag.run()
            } else if let known = try version(values), known.isOlder(thanPacked: values) {
                if !known.isRejected {
                    try removeRow(values)
                    try record(.deleted, values)
                    hasRemoved = true
                }
                try removeFlag(values)
                try setVersion(values, isRejected: true, feeder: 0)
                try statements.insertFlag.run()
            }
        default:
            counts.warned += 1
            // The row was decided with the clean line; its flag is valid as long as that version is.
            if let known = try version(values), !known.isRejected, known.sequence == Packed.sequence(values) {
                try removeFlag(values)
                try statements.insertFlag.run()
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
        let row = statements.selectVersion
        try row.bind(packed: id, count: 1)
        guard try row.step() else { return nil }
        defer { row.reset() }
        return Version(
            updatedAt: row.optionalInt64(at: 0) ?? .min, sequence: row.int64(at: 1),
            isRejected: row.int64(at: 2) != 0, feeders: row.int64(at: 3))
    }

    private func setVersion(_ id: UnsafeRawPointer, isRejected: Bool, feeder: Int64) throws(SQLiteError) {
        try statements.updateVersion.bind(packed: id, count: 3)
        try statements.updateVersion.bind(isRejected ? Int64(1) : 0, at: 4)
        try statements.updateVersion.bind(feeder, at: 5)
        try statements.updateVersion.run()
    }

    /// - Parameter isReplaced: whether the row itself stays and is written over.
    private func removeRow(_ id: UnsafeRawPointer, isReplaced: Bool = false) throws(SQLiteError) {
        for child in statements.children {
            try child.delete.bind(packed: id, count: 1)
            try child.delete.run()
        }
        guard !isReplaced else { return }
        try statements.deleteRow.bind(packed: id, count: 1)
        try statements.deleteRow.run()
    }

    /// Writes a row of the change feed, if the table is followed.
    private func record(_ change: ChangeFeed.Change, _ id: UnsafeRawPointer) throws(SQLiteError) {
        let statement =
            switch change {
            case .inserted: statements.noteInserted
            case .updated: statements.noteUpdated
            case .deleted: statements.noteDeleted
            case .reloaded: nil as SQLiteStatement?
            }
        guard let statement else { return }
        try statement.bind(packed: id, count: 1)
        try statement.run()
        feed?.count(change)
    }

    private func removeFlag(_ id: UnsafeRawPointer) throws(SQLiteError) {
        try statements.deleteFlag.bind(packed: id, count: 1)
        try statements.deleteFlag.run()
    }
}
