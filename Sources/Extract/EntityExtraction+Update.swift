internal import HTTP
internal import Logging
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Fetches what changed since the last pass over a finished layer, and writes down what is gone.
    func update(_ deletions: DeletionMode) async -> ExtractOutcome {
        var outcome = ExtractOutcome(phase: folder.phase, entity: entity.name, status: .failed)
        // All that the list showed by now is fetched.
        outcome.asOf = Moment.timestamp(client.clock.wall())
        do {
            let writer = try await RawLayerWriter.open(folder, force: false, mask: mask(), account: account)
            guard writer.manifest.completion != nil else { throw Halt.stopped }
            let (records, areCountsVoid) = (writer.manifest.records, writer.manifest.areCountsVoid)
            tally.update {
                $0.records = records
                $0.areCountsVoid = areCountsVoid
            }
            let fields = FieldList(entity, manifest: writer.manifest)
            if try await refresh(writer, fields) {
                try await settle(deletions, writer, fields, &outcome)
            } else {
                sayReadWhole(&outcome, "changes cannot be requested")
                try await reread(.records, deletes: deletions != .off, writer, fields, &outcome)
            }
        } catch {
            outcome.failure = ExtractFailure(ending: error)
            if outcome.failure == nil { outcome.status = .stopped }
        }
        let counts = tally.counts
        outcome.newRecords = counts.newRecords
        outcome.requests += counts.requests
        outcome.retries += counts.retries
        outcome.throttled += counts.throttled
        return outcome
    }

    /// Finds what was deleted, and with `.deep` what changed without a new `updated_at`.
    private func settle(
        _ deletions: DeletionMode, _ writer: RawLayerWriter, _ fields: FieldList, _ outcome: inout ExtractOutcome
    ) async throws {
        if deletions != .off { outcome.deleted += try await deleteDeparted(writer) }
        switch deletions {
        case .off: try await finishUpdate(writer, fields, isWhole: true, &outcome)
        case .sweep: try await reread(.ids, writer, fields, &outcome)
        case .deep:
            guard fields.wanted.contains("etag") else {
                sayReadWhole(&outcome, "its records have no etag")
                return try await reread(.records, writer, fields, &outcome)
            }
            try await reread(.etags, writer, fields, &outcome)
        case .counts:
            switch try await deleteByCounts(writer, fields, &outcome) {
            case .settled(let counted, let held):
                try await finishUpdate(writer, fields, isWhole: true, counted: counted, held: held, &outcome)
            case .kept: try await finishUpdate(writer, fields, isWhole: false, &outcome)
            case .unsettled: try await reread(.ids, writer, fields, &outcome)
            }
        }
    }

    private func sayReadWhole(_ outcome: inout ExtractOutcome, _ why: String) {
        let text = "all records were read, because \(why)"
        outcome.remarks.append(text)
        logger.notice("\(folder.phase)/\(entity.name): \(text)", metadata: ["entity": "\(entity.name)"])
    }

    /// Reads the list once more, and settles the difference.
    private func reread(
        _ what: Reread, deletes: Bool = true, _ writer: RawLayerWriter, _ fields: FieldList,
        _ outcome: inout ExtractOutcome
    ) async throws {
        var isWhole = false
        for _ in 0..<Self.mostRereads {
            let reading = try await reread(what, since: writer.manifest)
            outcome.failure = reading.failure
            var changed: [String] = []
            if let alive = reading.alive {
                switch what {
                case .ids: break
                case .etags:
                    changed = try await changedIDs(writer)
                    // By their ids, a request brings a quarter of what a page does.
                    if changed.count > Self.fewChanges, changed.count > alive.count / 4 {
                        sayReadWhole(&outcome, "\(changed.count) of \(alive.count) have another etag, or none")
                        return try await reread(.records, writer, fields, &outcome)
                    }
                case .records: try await storeChanges(writer)
                }
            }
            let settlement = try await settle(reading.alive, changed, deletes: deletes, writer, fields)
            outcome.deleted += settlement?.gone ?? 0
            // Where a resumed reading left out what is there, deletions moved its pages: as many as Clio counts prove nothing.
            let isSteady = reading.isSteady && !(reading.isResumed && settlement?.leftOut != 0)
            isWhole = settlement != nil && isSteady
            if isWhole, let alive = reading.alive { try await countUnnamed(alive, writer) }
            if settlement == nil || isSteady { break }
        }
        try await finishUpdate(writer, fields, isWhole: isWhole, &outcome)
    }

    /// So many changed records are always fetched by their ids.
    private static let fewChanges = 200

    /// What became of the records that a reading did not show.
    private struct Settlement {
        /// Clio has them no more.
        var gone = 0
        /// The list has them.
        var leftOut = 0
    }

    /// Fetches what is missing or changed, and writes down what is gone.
    /// - Returns: nil when it cannot be told what is gone.
    private func settle(
        _ alive: StagedIDs?, _ changed: [String], deletes: Bool, _ writer: RawLayerWriter, _ fields: FieldList
    ) async throws -> Settlement? {
        guard let alive else {
            try await record(.sweepIncomplete, to: writer)
            return nil
        }
        let staged = try await staged(writer)
        let missing = alive.subtracting(staged)
        guard try await fetch(missing + Set(changed).subtracting(missing).sorted(), writer, fields) else { return nil }
        guard deletes else { return Settlement() }
        let vanished = staged.subtracting(alive)
        guard let gone = try await gone(of: vanished) else {
            try await record(.idsFilterIgnored(records: vanished.count, isLookup: true), to: writer)
            return nil
        }
        let left = try await left(Array(Set(vanished).subtracting(gone)).sorted())
        let settlement = Settlement(gone: gone.count, leftOut: vanished.count - gone.count - left.count)
        if !gone.isEmpty {
            guard try await mayRemove(gone.count, of: staged.count, writer) else { return nil }
            try await writer.delete(gone)
        }
        if !left.isEmpty { try await writer.leave(left) }
        return settlement
    }

    /// A whole reading that shows fewer records without an id than are staged: the others are earlier versions, or deleted.
    private func countUnnamed(_ alive: StagedIDs, _ writer: RawLayerWriter) async throws {
        guard try await staged(writer).nameless > alive.nameless else { return }
        try await writer.countUnnamed(alive.nameless)
    }

    /// Records in the layer that were not found deleted.
    func staged(_ writer: RawLayerWriter) async throws -> StagedIDs {
        try await writer.seal()
        return try await StagedIDs.read(writer.files, alive: writer.manifest)
    }

    /// How many different records the list has by what is staged.
    func held(_ writer: RawLayerWriter) async throws -> Int {
        if let held = writer.manifest.held { return held }
        return try await staged(writer).count
    }

    /// - Parameters:
    ///   - counted: Clio's count, if it was the latest request.
    ///   - held: how many records the list has by what is staged, where that was just counted.
    private func finishUpdate(
        _ writer: RawLayerWriter, _ fields: FieldList, isWhole: Bool, counted: Int? = nil, held: Int? = nil,
        _ outcome: inout ExtractOutcome
    ) async throws {
        var alive = if let held { held } else { try await self.held(writer) }
        var expected = counted
        if expected == nil { expected = try await recount() }
        // Another pass fetches what was created after the last one, and is counted.
        for _ in 0..<2 where isWhole {
            guard let count = expected, alive < count, try await refresh(writer, fields) else { break }
            alive = try await self.held(writer)
            expected = try await recount()
        }
        if isWhole, let count = expected, alive < count, try await !doCountsHold(writer) { expected = nil }
        let isShort = expected.map { alive < $0 } ?? false
        let before = writer.manifest.completion
        let isComplete = isWhole && !isShort && outcome.failure == nil
        try await writer.complete(
            expected: expected ?? before?.expected, held: alive,
            status: isComplete ? .complete : .partial,
            message: isComplete
                ? nil
                : isShort && isWhole
                    ? "Clio counts \(expected ?? 0) records, \(alive) came"
                    : isOfOtherUsers(writer.manifest)
                        ? Self.otherUserText : "the sweep did not come to its end",
            // Something of it may be as old as before.
            asOf: isComplete ? outcome.asOf : writer.manifest.lastCompletion?.asOf ?? outcome.asOf)
        if isWhole { try folder.sweep.removeRaw() }
        outcome.status = isComplete ? .complete : .partial
        outcome.expected = expected
        outcome.records = writer.manifest.records
        outcome.notes = writer.manifest.notes
    }

    /// Another pass over what changed; records that are held as they are add no line.
    func refresh(_ writer: RawLayerWriter, _ fields: FieldList) async throws -> Bool {
        try await fetchChanges(writer, fields, again: true, addsOnlyNew: true)
    }
}
