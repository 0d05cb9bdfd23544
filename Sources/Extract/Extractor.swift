public import Logging
public import Pipelines
public import Staging

/// The extract stage: fetches entities from Clio into the raw layer, page by page, each durable before it counts.
public struct Extractor: Sendable {
    private let client: ClioClient
    private let logger: Logger
    private let board = StreamBoard()
    /// Set by a failure that halts everything.
    private let abort = StopSignal()

    /// A stage that asks through this client.
    public init(client: ClioClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Puts an entity before all others, at once and in every phase.
    /// - Parameter group: one group of it only, by its key.
    public func prefer(entity: String, group: String? = nil) { board.prefer(entity: entity, group: group) }

    /// Extracts the entities side by side; a lower priority number gets its requests first.
    ///
    /// Finished lists are left alone, interrupted ones continue. Several calls may run at a time: the one with
    /// the lower rank is served first, and the others take what it cannot use.
    /// - Parameters:
    ///   - rank: the place of these entities among those of other calls.
    ///   - recentSince: seconds since 1970; entities that want it bring what is newer first.
    ///   - groupBy: the name of the filter that cuts lists into groups; lists without such a filter are left whole.
    ///   - force: begin again what is finished.
    ///   - update: then ask for what changed since, for what is missing and, in this way, for what is gone.
    ///   - account: whose records they are; written into every layer.
    ///   - acceptsRemovals: a person said that records which are gone from Clio may be taken out, however many.
    ///   - turn: waits until it is an entity's turn.
    ///   - pageStored: waits until committed pages are stored elsewhere, too; the next page of a stream is requested after it.
    ///   - stop: looked at between pages; pages under way are still taken.
    /// - Returns: one outcome for each entity, in their order.
    public func extract(
        _ entities: [Entity], rank: Int = 0, recentSince: Double? = nil, groupBy: String? = nil,
        in folder: ConnectionFolder,
        force: Bool, update: DeletionMode? = nil, account: Account? = nil, acceptsRemovals: Bool = false,
        turn: @escaping @Sendable (Entity) async -> Void = { _ in },
        pageStored: (@Sendable () async -> Void)? = nil, stop: StopSignal,
        onEvent: @escaping @Sendable (ExtractEvent) -> Void
    ) async -> [ExtractOutcome] {
        let abort = abort
        let isStopping: @Sendable () -> Bool = { stop.isRequested || abort.isRequested }
        for entity in entities { board.enter(entity, rank: rank * 1000 + entity.priority) }
        var outcomes = [ExtractOutcome?](repeating: nil, count: entities.count)
        // A failure elsewhere in the run cancels this task; that is a stop like any other.
        await withTaskCancellationHandler {
            await withTaskGroup(of: (Int, ExtractOutcome).self) { group in
                for (index, entity) in entities.enumerated() {
                    let extraction = EntityExtraction(
                        entity, folder: folder.entity(phase: entity.phase, name: entity.name), client: client,
                        logger: logger, board: board, recentSince: recentSince, groupBy: groupBy,
                        account: account, acceptsRemovals: acceptsRemovals, isStopping: isStopping,
                        pageStored: pageStored, onEvent: onEvent)
                    group.addTask {
                        await turn(entity)
                        var outcome = await extraction.run(force: force)
                        if let update, outcome.failure == nil, outcome.status != .stopped {
                            outcome.join(await extraction.again.update(update))
                        }
                        if outcome.failure?.isCritical == true { abort.request() }
                        onEvent(.entityFinished(outcome))
                        return (index, outcome)
                    }
                }
                for await (index, outcome) in group { outcomes[index] = outcome }
            }
        } onCancel: {
            abort.request()
        }
        return outcomes.compactMap { $0 }
    }

    /// Compares Clio's counts with what is held of these lists: two or three requests each. Writes nothing.
    /// - Parameter deletions: how a refresh would find them.
    /// - Throws: a `ClioError` that ends everything, or a `StagingError`.
    public func compare(
        _ entities: [Entity], in folder: ConnectionFolder, deletions: DeletionMode, stop: StopSignal
    ) async throws -> [ListDifference] {
        try await withThrowingTaskGroup(of: (Int, ListDifference).self) { group in
            for (index, entity) in entities.enumerated() {
                board.enter(entity, rank: entity.priority)
                let extraction = EntityExtraction(
                    entity, folder: folder.entity(phase: entity.phase, name: entity.name), client: client,
                    logger: logger, board: board, isStopping: { stop.isRequested }, onEvent: { _ in })
                group.addTask { (index, try await extraction.difference(deletions)) }
            }
            var found: [(Int, ListDifference)] = []
            for try await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
