internal import Account
internal import Bytes
internal import Extract
internal import Foundation
internal import JSON
internal import Jobs
internal import Logging
public import Pipelines
internal import Staging
internal import Synchronization

extension SyncManager {
    /// What a sync of the connection will take, from a handful of requests; stored on the connection's job.
    /// - Parameters:
    ///   - connection: must be this manager's.
    ///   - selection: a part of the pipelines; nil: the default phases.
    ///   - groupBy: the filter that the sync is to cut lists by.
    /// - Throws: `CriticalError` when Clio cannot be asked, `ConfigurationError` when no list has such a filter.
    public func estimateSyncRequirements(
        connection: String, selection: Selection? = nil, groupBy: String? = nil
    ) async throws -> SyncEstimate {
        guard connection == configuration.connection else {
            throw ConfigurationError(
                "this manager works on the connection \(configuration.connection), not on \(connection)")
        }
        let selection = selection ?? Selection(catalog)
        if let groupBy { try SyncRun.checkGroups(groupBy, selection) }
        let session = try ClioSession(self, isHeld: false)
        let started = Date().timeIntervalSince1970
        let account = try await session.account(stop)
        if let account { try check(account, session) }
        var estimate = try await SyncEstimator(session.client, self, mustAnswer: true).estimate(
            selection.entities, groupBy: groupBy, earlier: nil, user: account.map(\.user), startedAt: started)
        if let zone = configuration.settings.firmZone { estimate.timeZone = zone }
        store(estimate, selection)
        return estimate
    }

    /// Keeps the estimate for the run that follows, unless one is going on.
    private func store(_ estimate: SyncEstimate, _ selection: Selection) {
        guard !isLockedByARun else { return }
        do {
            let job = try createInitialSync(connection: configuration.connection, phases: selection.phaseNames)
            try makeStore().updateJob(job.id) { row in
                row.estimate = estimate.json
                row.strategy = estimate.strategy
                if row.status == .pending { row.estimatedItems = estimate.records }
            }
        } catch {
            logger.warning("the estimate could not be stored: \(error)")
        }
    }
}

extension SyncRun {
    /// Counts what is open, and writes down on the job what it will take.
    func estimate(_ open: [Entity], _ session: ClioSession, startedAt: Double) async throws {
        guard let job else { return }
        let before = try job.store.job(job.job)
        var extracted: [String: Int] = [:]
        if !force {
            for entity in open {
                let raw = try RawManifest.read(manager.folder.entity(phase: entity.phase, name: entity.name))
                extracted["\(entity.phase)/\(entity.name)"] = raw?.records ?? 0
            }
        }
        let estimate = try await SyncEstimator(session.client, manager).estimate(
            open, extracted: extracted, groupBy: groupBy, earlier: EstimateSamples(before?.estimate),
            user: results.withLock { $0.account?.user }, startedAt: startedAt)
        // What was asked for only in part says nothing.
        if manager.stop.isRequested { return }
        results.withLock { $0.estimate = estimate }
        if let budget = await session.client.budget.limits.limit {
            manager.board.limit(Int(estimate.requestsPerMinute))
            job.event(
                .info, "api", "limit",
                "Clio allows \(budget) requests a minute, of which \(Int(estimate.requestsPerMinute)) are used")
        }
        try job.store.updateJob(job.job) { row in
            row.estimate = estimate.json
            row.strategy = estimate.strategy
            // Of a job's first run: later ones ask only for what is left.
            if row.estimatedItems == nil || row.startedAt == nil,
                estimate.entities.contains(where: { $0.records != nil })
            {
                row.estimatedItems = estimate.records
            }
        }
    }
}
