internal import Bytes
internal import Dispatch
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// Moves parts into a table: one thread reads them, the caller's writes them, a transaction for each part. Not Sendable.
struct PartTransfer {
    let database: Database
    let catalog: Catalog
    let schema: TableSchema
    let place: TableSchema.Place
    /// Where changes are recorded; nil while the table is not followed.
    let feed: ChangeFeed?
    let checkpointer: Checkpointer

    private var connection: SQLiteConnection { database.connection }

    /// Moves all of them, within the transaction that is open, if any.
    /// - Parameters:
    ///   - inTransaction: before a part is committed.
    ///   - committed: after it.
    /// - Returns: false when stopped before the last part.
    func run(
        _ work: [PartWork], _ stop: StopSignal, inTransaction: (PartWork, LoadCounts) throws -> Void,
        committed: (PartWork, LoadCounts) -> Void
    ) throws -> Bool {
        let ring = BatchRing()
        let finished = DispatchSemaphore(value: 0)
        let table = schema.table
        DispatchQueue(label: "cliosync.load.read").async {
            let decoder = PartDecoder(parts: work, table: table)
            ring.read { decoder.fill(&$0) }
            finished.signal()
        }
        // The reader may be in the middle of a file: wait for it, whatever happens here.
        defer {
            ring.close()
            finished.wait()
        }
        var writer: PartWriter?
        let isWithin = connection.isInTransaction
        var isOpen = false
        var isStopped = false
        do {
            try ring.write { batch in
                if let failure = batch.failure { throw failure }
                let part = work[batch.part]
                if !isOpen {
                    if !isWithin { try connection.execute("BEGIN IMMEDIATE") }
                    isOpen = true
                    let feeder = PartWriter.Feeder(phase: part.phase, entity: part.entity, bit: part.bit)
                    if writer?.serves(feeder) != true {
                        writer = try PartWriter(connection, schema, place, feeder, feed)
                    }
                    writer?.beginPart()
                }
                try writer?.write(batch.bytes.bytes)
                checkpointer.wrote(batch.bytes.count)
                guard batch.endsPart else { return true }
                var counts = writer?.counts ?? LoadCounts()
                counts.records = part.part.records
                try inTransaction(part, counts)
                try feed?.flush()
                if place == .live, writer?.hasRemoved == true { try SearchIndex(catalog, database).fill(table) }
                if !isWithin { try connection.execute("COMMIT") }
                isOpen = false
                checkpointer.beginIfDue()
                committed(part, counts)
                isStopped = stop.isRequested && batch.part + 1 < work.count
                return !isStopped && batch.part + 1 < work.count
            }
        } catch {
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
        return !isStopped
    }
}
