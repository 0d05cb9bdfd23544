internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

extension LoadRun {
    /// After a compaction of what is loaded: the ledger names the parts that took the place of those before, and flags name the
    /// lines that their records are in now. One transaction; rows, versions and search are as they were, since every record
    /// keeps its number.
    func takeOverCompaction(_ staged: StagedEntity) throws {
        let entity = staged.entity
        let before = try database.ledger(entity)
        guard let compacted = staged.manifest.header.compacted, !before.isEmpty,
            LedgerRow.areAll(before, of: compacted)
        else { return }
        written.insert(entity.table.name)
        let parts = Array(staged.manifest.parts.prefix(compacted.parts))
        let search = SearchIndex(catalog, database)
        let (phase, name) = (SQLiteValue.text(entity.phase), SQLiteValue.text(entity.name))
        try connection.transaction {
            let isSearchCurrent = try search.isCurrent(entity.table)
            let loadedAt = try connection.value(
                "SELECT max(loaded_at) FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)?.string
            try connection.run("DELETE FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)
            var duplicates = compacted.duplicates
            let bit = try TableFeeders(database).bit(entity)
            for part in parts {
                var counts = LoadCounts()
                counts.records = part.records
                counts.accepted = part.accepted
                counts.rejected = part.rejected
                counts.warned = part.warned
                counts.duplicates = min(duplicates, part.accepted)
                counts.older = counts.duplicates
                counts.inserted = part.accepted - counts.older
                duplicates -= counts.duplicates
                let work = PartWork(
                    phase: entity.phase, entity: entity.name, part: part,
                    generation: staged.manifest.header.generation,
                    rawGeneration: staged.manifest.header.rawGeneration, bit: bit)
                try LedgerRow(work, counts).insert(
                    connection, connectionName: folder.connection, loadedAt: loadedAt)
            }
            try clearFeeder(entity, bit, without: parts)
            try moveFlags(entity, to: SequenceIndex(entity, parts))
            if isSearchCurrent { try search.noteCurrent(entity.table) }
        }
    }

    /// Takes an entity's mark off the ids of which the compaction left no clean line, so that a later one counts as the first
    /// and not as a duplicate. The versions stay: one says that its record is deleted or rejected.
    private func clearFeeder(_ entity: Entity, _ bit: Int64, without parts: [ResultPart]) throws {
        let versions = quotedIdentifier(TableSchema.Place.live.rows(entity.table.name))
        try connection.execute("CREATE TEMP TABLE _cliosync_held(id PRIMARY KEY) WITHOUT ROWID")
        let insert = try connection.prepare("INSERT OR IGNORE INTO temp._cliosync_held VALUES(?1)")
        let parser = JSONParser()
        for file in parts.compactMap(\.clean) {
            let reader = try NDJSONReader(file)
            while let line = try reader.next() {
                guard let id = try parser.parse(line)[Table.keyColumn] else { continue }
                try insert.bind([id.int64.map(SQLiteValue.integer) ?? .optional(id.string)])
                while try insert.step() {}
            }
        }
        try connection.execute(
            """
            UPDATE \(versions) SET feeders = feeders & ~\(bit)
                WHERE feeders & \(bit) <> 0 AND id NOT IN (SELECT id FROM temp._cliosync_held);
            DROP TABLE temp._cliosync_held
            """)
    }

    private func moveFlags(_ entity: Entity, to index: SequenceIndex) throws {
        let flags = try connection.prepare("SELECT rowid, sequence FROM flagged_records WHERE phase = ? AND entity = ?")
        try flags.bind([.text(entity.phase), .text(entity.name)])
        var moves: [(row: Int64, origin: SequenceIndex.Origin)] = []
        while try flags.step() {
            if let origin = index.origin(of: flags.int64(at: 1)) { moves.append((flags.int64(at: 0), origin)) }
        }
        for (row, origin) in moves {
            try connection.run(
                "UPDATE flagged_records SET part = ?, line = ? WHERE rowid = ?", .text(origin.part),
                .integer(Int64(origin.line)), .integer(row))
        }
    }
}
