internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// A loaded part: a row of `_cliosync_ledger`.
struct LedgerRow {
    let phase: String
    let entity: String
    let generation: Int
    let rawGeneration: Int
    let part: String
    let rawCRC: Int64
    let cleanCRC: Int64?
    let flaggedCRC: Int64?
    /// The number of the part's first record over the connection; nil in rows of earlier versions.
    let sequence: Int64?
    let counts: LoadCounts

    init(_ work: PartWork, _ counts: LoadCounts) {
        phase = work.phase
        entity = work.entity
        generation = work.generation
        rawGeneration = work.rawGeneration
        part = work.part.part
        rawCRC = Int64(work.part.rawCRC)
        cleanCRC = work.part.clean.map { Int64($0.crc) }
        flaggedCRC = work.part.flagged.map { Int64($0.crc) }
        sequence = work.part.pages.first?.sequence
        self.counts = counts
    }

    init(_ row: [SQLiteValue]) {
        phase = row[0].string ?? ""
        entity = row[1].string ?? ""
        generation = row[2].int ?? 0
        rawGeneration = row[3].int ?? 0
        part = row[4].string ?? ""
        rawCRC = row[5].int64 ?? 0
        cleanCRC = row[6].int64
        flaggedCRC = row[7].int64
        var counts = LoadCounts()
        counts.records = Self.count(row[8])
        counts.accepted = Self.count(row[9])
        counts.rejected = Self.count(row[10])
        counts.warned = Self.count(row[11])
        counts.inserted = Self.count(row[12])
        counts.updated = Self.count(row[13])
        counts.older = Self.count(row[14])
        counts.duplicates = Self.count(row[15])
        self.counts = counts
        sequence = row[16].int64
    }

    /// A count that may have been edited; bounded so that sums of counts cannot overflow.
    private static func count(_ value: SQLiteValue) -> Int { min(max(0, value.int ?? 0), 1 << 40) }

    /// Whether the manifest still says the same of this part. The same records that were extracted once more have other
    /// numbers.
    func fits(_ part: ResultPart, of header: ResultHeader) -> Bool {
        generation == header.generation && rawGeneration == header.rawGeneration && rawCRC == Int64(part.rawCRC)
            && cleanCRC == part.clean.map { Int64($0.crc) } && flaggedCRC == part.flagged.map { Int64($0.crc) }
            && (sequence == nil || sequence == part.pages.first?.sequence)
    }

    /// Whether these are all parts of the generation that a compaction took the place of.
    static func areAll(_ rows: [LedgerRow], of compacted: CompactedGeneration) -> Bool {
        let isOfIt = rows.allSatisfy {
            $0.generation == compacted.generation && $0.rawGeneration == compacted.rawGeneration
        }
        return isOfIt
            && CompactedGeneration.digest(rows.map { ($0.part, [$0.rawCRC, $0.cleanCRC, $0.flaggedCRC]) })
                == compacted.digest
    }

    /// The parts that are loaded, by what the ledger says of them; nil when one of them is not what the manifest says now.
    static func loadedParts(_ rows: [LedgerRow], _ manifest: ResultManifest) -> Set<String>? {
        if let compacted = manifest.header.compacted, areAll(rows, of: compacted) {
            return Set(manifest.parts.prefix(compacted.parts).map(\.part))
        }
        let parts = Dictionary(manifest.parts.map { ($0.part, $0) }) { _, last in last }
        let fit = rows.allSatisfy { row in parts[row.part].map { row.fits($0, of: manifest.header) } ?? false }
        return fit ? Set(rows.map(\.part)) : nil
    }

    /// The rows of an entity, also of a database of an earlier version.
    static func all(_ entity: Entity, _ connection: SQLiteConnection) throws(SQLiteError) -> [LedgerRow] {
        let columns = try connection.rows("PRAGMA table_info(_cliosync_ledger)")
        let hasSequence = columns.contains { $0[1].string == "sequence" }
        return try connection.rows(
            """
            SELECT phase, entity, generation, raw_generation, part, raw_crc, clean_crc, flagged_crc, records, accepted,
                rejected, warned, inserted, updated, older, duplicates, \(hasSequence ? "sequence" : "NULL")
            FROM _cliosync_ledger WHERE phase = ? AND entity = ? ORDER BY part
            """, .text(entity.phase), .text(entity.name)
        ).map(LedgerRow.init)
    }

    /// - Parameter loadedAt: nil: now.
    func insert(
        _ connection: SQLiteConnection, connectionName: String, loadedAt: String? = nil
    ) throws(SQLiteError) {
        let statement = try connection.prepare(
            "INSERT INTO _cliosync_ledger VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        let numbers = [
            counts.records, counts.accepted, counts.rejected, counts.warned, counts.inserted, counts.updated,
            counts.older, counts.duplicates,
        ].map { SQLiteValue.integer(Int64($0)) }
        try statement.bind(
            [
                .text(connectionName), .text(phase), .text(entity), .integer(Int64(generation)),
                .integer(Int64(rawGeneration)), .text(part), .integer(rawCRC), .optional(cleanCRC),
                .optional(flaggedCRC),
            ] + numbers + [.text(loadedAt ?? UTC.now()), .optional(sequence)])
        try statement.run()
    }
}

extension Database {
    /// What is loaded of an entity.
    func ledger(_ entity: Entity) throws(SQLiteError) -> [LedgerRow] { try LedgerRow.all(entity, connection) }

    /// The counts of all loaded parts of an entity together.
    func loadedCounts(_ entity: Entity) throws(SQLiteError) -> LoadCounts {
        var sum = LoadCounts()
        for row in try ledger(entity) { sum += row.counts }
        return sum
    }
}
