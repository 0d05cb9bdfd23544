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
        let parts = Array(staged.manifest.parts.prefix(compacted.parts))
        let search = SearchIndex(catalog, database)
        let (phase, name) = (SQLiteValue.text(entity.phase), SQLiteValue.text(entity.name))
        try connection.transaction {
            let isSearchCurrent = try search.isCurrent(entity.table)
            let loadedAt = try connection.value(
                "SELECT max(loaded_at) FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)?.string
            try connection.run("DELETE FROM _cliosync_ledger WHERE phase = ? AND entity = ?", phase, name)
            var duplicates = compacted.duplicates
            let bit = try self.bit(entity)
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
            let index = SequenceIndex(entity, parts)
            try forgetDeleted(entity, without: index, bit)
            try moveFlags(entity, to: index)
            if isSearchCurrent { try search.noteCurrent(entity.table) }
        }
    }

    /// Forgets versions of deleted records whose lines the compaction dropped: one that comes back is no duplicate of them. A
    /// version that another list brings from before the deletion goes with the journal's deletions.
    private func forgetDeleted(_ entity: Entity, without index: SequenceIndex, _ bit: Int64) throws {
        let versions = quotedIdentifier(TableSchema.Place.live.rows(entity.table.name))
        let deleted = try connection.prepare(
            "SELECT id, sequence FROM \(versions) WHERE rejected = \(TableSchema.deleted) AND feeders = \(bit)")
        var gone: [SQLiteValue] = []
        while try deleted.step() {
            if index.origin(of: deleted.int64(at: 1)) == nil { gone.append(deleted.value(at: 0)) }
        }
        for id in gone { try connection.run("DELETE FROM \(versions) WHERE id = ?", id) }
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
