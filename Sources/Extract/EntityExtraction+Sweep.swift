internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Compares a finished layer with the ids that Clio has now: fetches what changed or is missing, and writes down what
    /// is gone.
    ///
    /// The walk over the ids is an extract of its own, of two fields, into a folder beside the layers: it is resumed like any
    /// other, and its ids count only when they are as many as Clio counts.
    func sweep() async -> ExtractOutcome { await update(.sweep) }

    /// Fetches what changed since the last pass over a finished layer, and writes down what is gone.
    func update(_ deletions: DeletionMode) async -> ExtractOutcome {
        var outcome = ExtractOutcome(phase: folder.phase, entity: entity.name, status: .failed)
        do {
            let writer = try await open(folder, masked: true)
            guard writer.manifest.completion != nil else { throw Halt.stopped }
            tally.update { $0.records = writer.manifest.records }
            let fields = FieldList(entity, manifest: writer.manifest)
            // Where changes cannot be asked for, only the ids tell what is new.
            let hasChanges = try await catchUp(writer, fields, again: true)
            switch hasChanges ? deletions : .sweep {
            case .off: try await finishSweep(writer, fields, isWhole: true, &outcome)
            case .sweep: try await compareIDs(writer, fields, &outcome)
            case .counts:
                switch try await deleteByCounts(writer, fields, &outcome) {
                case .settled: try await finishSweep(writer, fields, isWhole: true, &outcome)
                case .kept: try await finishSweep(writer, fields, isWhole: false, &outcome)
                case .unsettled: try await compareIDs(writer, fields, &outcome)
                }
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

    /// Reads all ids that Clio has, and settles the difference.
    private func compareIDs(
        _ writer: RawLayerWriter, _ fields: FieldList, _ outcome: inout ExtractOutcome
    ) async throws {
        var isWhole = false
        for _ in 0..<Self.mostIDWalks {
            let walk = try await walkIDs(since: writer.manifest)
            outcome.failure = walk.failure
            let gone = try await settle(walk.alive, writer, fields)
            outcome.deleted += gone ?? 0
            isWhole = gone != nil && walk.isSteady
            if gone == nil || walk.isSteady { break }
        }
        try await finishSweep(writer, fields, isWhole: isWhole, &outcome)
    }

    private func open(_ folder: EntityFolder, masked: Bool = false) async throws -> RawLayerWriter {
        return try await RawLayerWriter.open(
            folder, force: false, mask: masked ? mask() : nil, account: account)
    }

    /// What a walk over the ids brought.
    struct IDWalk {
        /// All ids that the list showed, from its beginning to its end; nil when it could not be walked whole.
        var alive: StagedIDs?
        /// Whether nothing was deleted meanwhile that could have hidden others.
        var isSteady = false
        var failure: ExtractFailure?
    }

    /// Walks the ids of the list, twice if the first walk came short: of a record that was added behind it.
    /// - Parameter manifest: of the records' own layer, for the server's clock.
    func walkIDs(since manifest: RawManifest) async throws -> IDWalk {
        let walk = try await walkIDsOnce(since: manifest)
        guard walk.alive == nil, walk.failure == nil else { return walk }
        return try await walkIDsOnce(since: manifest)
    }

    private func walkIDsOnce(since manifest: RawManifest) async throws -> IDWalk {
        let place = folder.sweep
        var isResumed = false
        // A walk that ended tells of another day; one that was broken off goes on.
        if let before = try RawManifest.read(place) {
            // Another user's list of ids holds only what that user sees.
            let isUsable = before.completion == nil && isOfThisUser(before)
            isResumed = isUsable && !before.pages.isEmpty
            if !isUsable { try place.removeRaw() }
        }
        let moment = entity.order == nil ? manifest.pages.last?.serverDate.flatMap(HTTPDate.seconds) : nil
        var before: Int?
        if let moment, !isResumed { before = try await created(since: moment, manifest) }
        let walk = EntityExtraction(
            entity.ofIDs, folder: place, client: client, logger: logger, board: board, isOfIDs: true,
            account: account, isStopping: isStopping,
            onEvent: { if case .note = $0 {} else { self.forwardFromSweep($0) } })
        let walked = await walk.run(force: false)
        tally.update {
            $0.requests += walked.requests
            $0.retries += walked.retries
            $0.throttled += walked.throttled
        }
        switch walked.status {
        case .stopped: throw Halt.stopped
        case .failed: return IDWalk(failure: walked.failure)
        case .partial, .complete: break
        }
        let ids: StagedIDs
        let shift: ShiftCheck
        guard let own = try RawManifest.read(place) else { return IDWalk() }
        ids = try await StagedIDs.read(own.parts.map { own.file($0, in: place) })
        shift = entity.order == nil ? walk.shift(own) : .noSeam
        var isSteady = true
        switch shift {
        case .noSeam: break
        // Nothing can be told, and another walk would not tell either.
        case .unknown: break
        case .deleted: isSteady = false
        case .added(let added):
            if isResumed {
                isSteady = false
            } else if let moment, let before, let after = try await created(since: moment, manifest) {
                isSteady = after - before == added
            }
        }
        // A walk that ended early has no use, unless deletions are why it is short.
        if walked.status == .partial, isSteady { return IDWalk() }
        return IDWalk(alive: ids, isSteady: isSteady)
    }

    /// Requests of the walk over the ids are counted there; what it brings is no record of the layer.
    private func forwardFromSweep(_ event: ExtractEvent) {
        switch event {
        case .requestStarted, .requestFinished, .waiting, .retry, .limitChanged: onEvent(event)
        default: break
        }
    }

    /// Fetches what is missing and writes down what is gone.
    /// - Returns: how many are gone; nil when that cannot be told.
    private func settle(
        _ alive: StagedIDs?, _ writer: RawLayerWriter, _ fields: FieldList
    ) async throws -> Int? {
        guard let alive else {
            try await record(.sweepIncomplete, to: writer)
            return nil
        }
        let staged = try await staged(writer)
        guard try await fetch(alive.subtracting(staged), writer, fields) else { return nil }
        let vanished = staged.subtracting(alive)
        var gone: [String] = []
        for begin in stride(from: 0, to: vanished.count, by: Self.idsPerRequest) {
            let some = Array(vanished[begin..<min(begin + Self.idsPerRequest, vanished.count)])
            guard let found = try await stillThere(some) else {
                try await record(.idsFilterIgnored(records: vanished.count, isLookup: true), to: writer)
                return nil
            }
            gone += some.filter { !found.contains($0) }
        }
        guard !gone.isEmpty else { return 0 }
        guard try await mayRemove(gone.count, of: staged.count, writer) else { return nil }
        try await writer.delete(gone)
        return gone.count
    }

    /// A URL of this length is taken everywhere.
    private static let idsPerRequest = 50

    /// Fetches records by their ids.
    /// - Returns: false when Clio does not look at the ids that it is asked for.
    func fetch(_ missing: [String], _ writer: RawLayerWriter, _ fields: FieldList) async throws -> Bool {
        for begin in stride(from: 0, to: missing.count, by: Self.idsPerRequest) {
            let some = Array(missing[begin..<min(begin + Self.idsPerRequest, missing.count)])
            // What was fetched before may be missing again: deleted, and restored.
            let key = StreamKey(.ids(first: some[0], last: some[some.count - 1])).free {
                writer.manifest.streams[$0]?.finished == true
            }
            var guide = StreamGuide()
            let most = some.count
            guide.accepts = { $0.records <= most && ($0.total ?? 0) <= most }
            let start = try firstAddress(fields, adding: some.map { ("ids[]", $0) })
            switch try await fetch(key, from: start, checks: PageChecks(), writer: writer, guide: guide) {
            case .finished, .satisfied: continue
            case .refused(let error): throw error
            case .rejected, .limitReached, .cursorLost:
                try await record(.idsFilterIgnored(records: missing.count, isLookup: false), to: writer)
                return false
            }
        }
        return true
    }

    /// Those of these ids that Clio still has, whatever the entity's own parameters leave out; nil when Clio does not look at
    /// the ids that are asked for.
    private func stillThere(_ ids: [String]) async throws -> Set<String>? {
        var query = ids.map { ("ids[]", $0) } + [("limit", "200"), ("fields", "id")]
        if let order = entity.order { query.append(("order", order)) }
        guard let address = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        let page = try await client.page(address, PageChecks(), context("ids"))
        let found = StagedIDs.ids(page.cut.lines)
        return found.isSubset(of: ids) ? found : nil
    }

    /// Records in the layer that were not found deleted.
    func staged(_ writer: RawLayerWriter) async throws -> StagedIDs {
        try await writer.seal()
        return try await StagedIDs.read(writer.files, alive: writer.manifest)
    }

    private func finishSweep(
        _ writer: RawLayerWriter, _ fields: FieldList, isWhole: Bool, _ outcome: inout ExtractOutcome
    ) async throws {
        var expected = try await recount()
        // What came into being behind the walk over the ids, and is counted, is caught by another pass.
        for _ in 0..<2 where isWhole {
            guard let count = expected, try await staged(writer).count < count,
                try await catchUp(writer, fields, again: true)
            else { break }
            expected = try await recount()
        }
        let alive = try await staged(writer).count
        let isShort = expected.map { alive < $0 } ?? false
        let before = writer.manifest.completion
        let isComplete = isWhole && !isShort && outcome.failure == nil
        try await writer.complete(
            expected: expected ?? before?.expected,
            status: isComplete ? .complete : .partial,
            message: isComplete
                ? nil
                : isShort && isWhole
                    ? "Clio counts \(expected ?? 0) records, \(alive) came"
                    : isOfOtherUsers(writer.manifest)
                        ? Self.otherUserText : "the sweep did not come to its end")
        if isWhole { try folder.sweep.removeRaw() }
        outcome.status = isComplete ? .complete : .partial
        outcome.expected = expected
        outcome.records = writer.manifest.records
        outcome.notes = writer.manifest.notes
    }
}

extension Entity {
    /// The same list, of which only ids (and what cutting it into chains or windows needs) are wanted.
    fileprivate var ofIDs: Entity {
        let needed = ["id", "created_at"] + (windows.map { [$0.startField, $0.endField] } ?? [])
        return Entity(
            phase: phase, name: name, title: title, priority: priority, endpoint: endpoint, parameters: parameters,
            expectations: [], order: order, batchSize: batchSize, maximumBatchSize: maximumBatchSize,
            batchSetting: batchSetting, fields: needed.filter(fields.contains), windows: windows,
            since: Since(created: since.created), table: table, tableDefinedIn: tableDefinedIn)
    }
}
