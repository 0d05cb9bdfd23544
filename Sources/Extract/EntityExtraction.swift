internal import HTTP
internal import Logging
internal import Pipelines
internal import Staging

/// The extract of one entity: what is still to be asked for, the asking, and whether it was everything.
struct EntityExtraction: Sendable {
    let entity: Entity
    let folder: EntityFolder
    let client: ClioClient
    let logger: Logger
    let board: StreamBoard
    /// Records since this moment (seconds since 1970) come first, where the entity wants it.
    private(set) var recentSince: Double?
    /// The filter that cuts the list into groups, one of which comes after the other.
    private(set) var grouping: Grouping?
    /// The filter to cut the list by, by name; nil: it is not cut into groups.
    let groupBy: String?
    /// Whether a finished list is read once more, beside its layers.
    let isBesideLayers: Bool
    /// Records per page, whatever the settings say.
    let pageSize: Int?
    /// Whose records they are.
    let account: Account?
    /// Whether a person said that records may be taken out, however many.
    let acceptsRemovals: Bool
    let tally = ExtractionTally()
    let isStopping: @Sendable () -> Bool
    /// Waits until committed pages are also stored where another machine finds them; nil: they are on this machine only.
    let pageStored: (@Sendable () async -> Void)?
    let onEvent: @Sendable (ExtractEvent) -> Void

    init(
        _ entity: Entity, folder: EntityFolder, client: ClioClient, logger: Logger, board: StreamBoard,
        recentSince: Double? = nil, groupBy: String? = nil, isBesideLayers: Bool = false,
        pageSize: Int? = nil, account: Account? = nil, acceptsRemovals: Bool = false,
        isStopping: @escaping @Sendable () -> Bool, pageStored: (@Sendable () async -> Void)? = nil,
        onEvent: @escaping @Sendable (ExtractEvent) -> Void
    ) {
        self.entity = entity
        self.folder = folder
        self.client = client
        self.logger = logger
        self.board = board
        self.recentSince = entity.isRecentFirst ? recentSince : nil
        self.groupBy = groupBy
        self.isBesideLayers = isBesideLayers
        self.pageSize = pageSize
        self.account = account
        self.acceptsRemovals = acceptsRemovals
        self.isStopping = isStopping
        self.pageStored = pageStored
        self.onEvent = onEvent
    }

    /// The same work with its own counters.
    var again: EntityExtraction {
        EntityExtraction(
            entity, folder: folder, client: client, logger: logger, board: board, account: account,
            acceptsRemovals: acceptsRemovals, isStopping: isStopping, pageStored: pageStored, onEvent: onEvent)
    }

    /// What a fetch over the whole list knows about itself.
    struct ListFetch {
        /// Clio's count when it began, for one that does not meet what is added meanwhile.
        var countedBefore: Int?
        /// Whether parts of it overlap.
        var hasOverlaps: Bool
    }

    /// What was found out about completeness.
    struct Verdict {
        var expected: Int?
        /// How many different records came; nil: they were not counted.
        var held: Int?
        var status = CompletionStatus.complete
        var message: String?
    }

    func run(force: Bool) async -> ExtractOutcome {
        var outcome = ExtractOutcome(phase: folder.phase, entity: entity.name, status: .failed)
        let writer: RawLayerWriter
        do throws(StagingError) {
            writer = try await RawLayerWriter.open(folder, force: force, mask: mask(), account: account)
        } catch {
            outcome.failure = ExtractFailure(error)
            return outcome
        }
        if let completion = writer.manifest.completion {
            outcome.status = completion.status == .complete ? .complete : .partial
            outcome.wasFinished = true
            outcome.expected = completion.expected
            outcome.records = completion.records
            outcome.notes = writer.manifest.notes
            return outcome
        }
        let records = writer.manifest.records
        let areCountsVoid = writer.manifest.areCountsVoid
        tally.update {
            $0.records = records
            $0.areCountsVoid = areCountsVoid
        }
        do {
            var settled = self
            settled.grouping = try await resolveGrouping(writer)
            settled.recentSince = settled.grouping == nil ? try await resolveRecent(writer) : nil
            let verdict = try await settled.work(writer)
            outcome.expected = verdict.expected
            outcome.status = verdict.status == .complete ? .complete : .partial
        } catch {
            await sealUp(writer, after: error, &outcome)
        }
        let manifest = writer.manifest
        let counts = tally.counts
        outcome.records = manifest.records
        outcome.newRecords = counts.newRecords
        outcome.requests = counts.requests
        outcome.retries = counts.retries
        outcome.throttled = counts.throttled
        outcome.expected = outcome.expected ?? counts.total
        outcome.notes = manifest.notes
        return outcome
    }

    /// What the pipeline file masks in these records.
    func mask() throws(StagingError) -> LayerMask? {
        try LayerMask.of(entity, in: folder.connection, key: client.settings.maskKey)
    }

    private func work(_ writer: RawLayerWriter) async throws -> Verdict {
        var fields = FieldList(entity, manifest: writer.manifest)
        try await noteCutBatchSize(writer)
        var fetch = ListFetch(countedBefore: nil, hasOverlaps: true)
        if writer.manifest.events.contains(where: \.isCut) {
            fetch = try await fetchInWindows(writer, &fields, total: nil, starts: [])
        } else {
            fetch = try await fetchInOrder(writer, &fields)
        }
        var verdict = try await settle(fetch, writer, &fields)
        try await noteMismatches(writer)
        if writer.manifest.events.contains(.unstable) {
            verdict.status = .partial
            verdict.message = verdict.message ?? ListEvent.unstable.note.message
        }
        if tally.counts.outside > 0 {
            verdict.status = .partial
            verdict.message = verdict.message ?? "Clio ignored the time window that was asked for"
        }
        try await guardReplacement(writer)
        try await writer.complete(
            expected: verdict.expected, held: verdict.held, status: verdict.status, message: verdict.message,
            asOf: Self.shownAt(writer.manifest))
        return verdict
    }

    /// Since when records come first: as the list was begun, whatever is requested now.
    private func resolveRecent(_ writer: RawLayerWriter) async throws -> Double? {
        let manifest = writer.manifest
        for case .recentFirst(let moment) in manifest.events { return moment }
        guard let recentSince, manifest.pages.isEmpty, entity.order == nil || entity.since.created != nil else {
            return nil
        }
        let moment = recentSince.rounded()
        try await record(.recentFirst(since: moment), to: writer)
        return moment
    }

    /// Which groups the list is cut into: as the list was begun, whatever is requested now.
    private func resolveGrouping(_ writer: RawLayerWriter) async throws -> Grouping? {
        let manifest = writer.manifest
        if let known = GroupDirectory.grouping(manifest, of: entity) { return known }
        guard let groupBy, let grouping = entity.grouping(named: groupBy) else { return nil }
        guard manifest.pages.isEmpty else {
            logger.warning(
                "\(entity.name) was begun without groups and continues like that",
                metadata: ["entity": "\(entity.name)"])
            return nil
        }
        try await record(.grouped(by: grouping.name), to: writer)
        return grouping
    }

    /// After an early end: what is committed stays, the parts are sealed, and the next run continues from here.
    private func sealUp(_ writer: RawLayerWriter, after end: any Error, _ outcome: inout ExtractOutcome) async {
        outcome.failure = ExtractFailure(ending: end)
        if outcome.failure == nil { outcome.status = .stopped }
        if let failure = outcome.failure, !(end is Halt) {
            logger.error("\(failure.description)", metadata: ["entity": "\(entity.name)", "class": "\(failure.code)"])
        }
        do throws(StagingError) {
            if let error = end as? ClioError, error.kind == .forbidden {
                try await record(.forbidden(error.description), to: writer)
            }
            try await writer.seal()
            // It lacks what this user was not shown: nothing may continue from it.
            if case Halt.removals = end { try folder.removeNextRaw() }
        } catch {
            if outcome.failure == nil {
                outcome.status = .failed
                outcome.failure = ExtractFailure(error)
            }
        }
    }

    // MARK: Events

    func record(_ event: ListEvent, to writer: RawLayerWriter) async throws(StagingError) {
        try await writer.record(event)
        let note = event.note
        onEvent(.note(entity: entity.name, note))
        logger.log(
            level: note.severity == .warning ? .warning : .info, "\(note.message)",
            metadata: ["entity": "\(entity.name)", "note": "\(note.code)"])
    }

    private func noteMismatches(_ writer: RawLayerWriter) async throws {
        let count = tally.counts.mismatches
        guard count > 0 else { return }
        let asked = entity.parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        try await record(.unexpectedRecords(count, asked: asked), to: writer)
    }

    private func noteCutBatchSize(_ writer: RawLayerWriter) async throws {
        guard let wanted = client.settings.batchSizes[entity.name], wanted > entity.maximumBatchSize else { return }
        try await record(.batchSizeCut(wanted: wanted, served: entity.maximumBatchSize), to: writer)
    }

    // MARK: Requests

    /// Records per page.
    var batchSize: Int {
        max(
            1, min(pageSize ?? client.settings.batchSizes[entity.name] ?? entity.batchSize, entity.maximumBatchSize))
    }

    func context(
        _ stream: String, isHistory: Bool = false, group: (key: String, rank: Int)? = nil
    ) -> CallContext {
        let (tally, board, entity, forward) = (tally, board, entity, onEvent)
        return CallContext(
            entity: entity.name, stream: stream,
            priority: { board.priority(entity, isHistory: isHistory, group: group?.key, rank: group?.rank ?? 0) },
            isStopping: isStopping
        ) {
            tally.note($0)
            forward($0)
        }
    }

    /// The first page's address of a list.
    func firstAddress(_ fields: FieldList, adding parameters: [(String, String)] = []) throws -> WebAddress {
        var query = entity.parameters.map { ($0.name, $0.value) } + parameters
        query.append(("limit", String(batchSize)))
        if let order = entity.order { query.append(("order", order)) }
        if !fields.wanted.isEmpty { query.append(("fields", fields.parameter)) }
        guard let address = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        return address
    }

    var checks: PageChecks { PageChecks(entity) }
}
