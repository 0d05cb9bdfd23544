public import Logging
public import Pipelines
public import Staging

/// The extract stage: brings entities from Clio into the raw layer, page by page, each durable before it counts.
public struct Extractor: Sendable {
    private let client: ClioClient
    private let logger: Logger

    /// A stage that asks through this client.
    public init(client: ClioClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Extracts the entities side by side; a lower priority number gets its requests first.
    ///
    /// What is finished is left alone, what was begun goes on where it stands.
    /// - Parameters:
    ///   - force: begin again what is finished.
    ///   - stop: looked at between pages; pages under way are still taken.
    /// - Returns: one outcome for each entity, in their order.
    public func extract(
        _ entities: [Entity], in folder: ConnectionFolder, force: Bool, stop: StopSignal,
        onEvent: @escaping @Sendable (ExtractEvent) -> Void
    ) async -> [ExtractOutcome] {
        let abort = StopSignal()
        let isStopping: @Sendable () -> Bool = { stop.isRequested || abort.isRequested }
        let budget = client.budget
        // Those who wait for the budget may wait for a minute; a stop must not.
        let watcher = Task {
            while !Task.isCancelled {
                if isStopping() { await budget.dropStopped() }
                try? await Task.sleep(nanoseconds: 100_000_000)
            }
        }
        defer { watcher.cancel() }
        var outcomes = [ExtractOutcome?](repeating: nil, count: entities.count)
        await withTaskGroup(of: (Int, ExtractOutcome).self) { group in
            for (index, entity) in entities.enumerated() {
                let extraction = EntityExtraction(
                    entity, folder: folder.entity(phase: entity.phase, name: entity.name), client: client,
                    logger: logger, isStopping: isStopping, onEvent: onEvent)
                group.addTask {
                    let outcome = await extraction.run(force: force)
                    if outcome.failure?.isCritical == true { abort.request() }
                    onEvent(.entityFinished(outcome))
                    return (index, outcome)
                }
            }
            for await (index, outcome) in group { outcomes[index] = outcome }
        }
        return outcomes.compactMap { $0 }
    }
}
