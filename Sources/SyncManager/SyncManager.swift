internal import Account
internal import Bytes
internal import Extract
internal import Foundation
public import Jobs
internal import Load
public import Logging
public import Pipelines
internal import Progress
public import Staging
internal import Synchronization
internal import Transform

/// Orchestrates the initial synchronization of one connection: the type that an application embeds.
///
/// The command line is a thin layer over it. Progress is on the `ProgressBoard`; what
/// must outlive the process is in `staging/FIRM/job.sqlite`.
public final class SyncManager: Sendable {
    let configuration: SyncConfiguration
    let catalog: Catalog
    let folder: ConnectionFolder
    let logger: Logger
    let board: ProgressBoard
    let stop: StopSignal
    let gate: WindowGate?
    let deadline: RunDeadline
    let notifier: Notifier?
    /// The object store, once it is used.
    let remote = Mutex<RemoteWork?>(nil)
    /// The access to Clio that `connect` opened, for the run that follows.
    let prepared = Mutex<ClioSession?>(nil)
    /// The lineage of the run that is going on, where it is wanted.
    let lineage = Mutex<Lineage?>(nil)

    /// A manager for one connection; nothing is created yet.
    /// - Parameters:
    ///   - configuration: the connection, its places and settings.
    ///   - catalog: the pipeline files.
    ///   - logger: gets what nothing else reports.
    ///   - board: where progress is written.
    ///   - stop: asks for a stop after the page or part in flight.
    /// - Throws: `StagingError` when the connection's name is not allowed.
    public init(
        _ configuration: SyncConfiguration, catalog: Catalog, logger: Logger, board: ProgressBoard = ProgressBoard(),
        stop: StopSignal = StopSignal()
    ) throws {
        self.configuration = configuration
        self.catalog = catalog
        self.logger = logger
        self.board = board
        self.stop = stop
        gate = configuration.settings.window.map { WindowGate($0) }
        deadline = RunDeadline(
            longestWait: configuration.longestWait, duration: configuration.duration, stop: stop)
        notifier = Notifier(configuration.settings, logger: logger)
        var folder = try ConnectionFolder(staging: configuration.staging, connection: configuration.connection)
        if configuration.settings.remote != nil { folder.numbers = .reserved }
        self.folder = folder
    }

    /// The sync job to work on: the connection's newest, joined by these phases, or its first.
    /// - Parameters:
    ///   - connection: must be this manager's.
    ///   - phases: the phases to be synchronized; nil: the default phases.
    public func createInitialSync(connection: String, phases: [String]? = nil) throws -> SyncJob {
        guard connection == configuration.connection else {
            throw ConfigurationError(
                "this manager works on the connection \(configuration.connection), not on \(connection)")
        }
        try folder.create()
        let store = try makeStore()
        let wanted = phases ?? catalog.defaultPhases.map(\.name)
        // One job covers an onboarding: a further phase, or new data, opens the last one again.
        var job =
            try store.jobs(connection: connection).first { $0.status != .cancelled }
            ?? store.createJob(connection: connection, phases: wanted)
        let order = catalog.phases.map(\.name)
        job = try store.updateJob(job.id) { job in
            job.phases = order.filter { job.phases.contains($0) || wanted.contains($0) }
        }
        for phase in catalog.phases where wanted.contains(phase.name) {
            for entity in phase.entities { try store.ensureEntity(job: job.id, phase: phase.name, type: entity.name) }
        }
        return job
    }

    /// Runs stages outside of a job: each phase in turn, each stage for all its chosen entities.
    public func runStages(
        _ stages: [Stage], selection: Selection, force: Bool, options: ExtractOptions = ExtractOptions(),
        limits: RunLimits = RunLimits()
    ) async throws -> RunReport {
        // Another machine may have extracted what these stages take from an object store.
        if !stages.contains(.extract), configuration.settings.remote == nil {
            _ = try ConnectionFolder.existing(staging: configuration.staging, connection: configuration.connection)
        }
        let run = SyncRun(self, job: nil, force: force, options: options, limits: limits)
        return try await withLineage { try await run.perform(stages, selection: selection) }
    }

    /// Carries a job out: limits and counts first, then extract, transform, load and verify of each phase.
    /// - Parameters:
    ///   - jobID: from `createInitialSync`.
    ///   - selection: a part of the job; nil: the phases it was created with.
    ///   - force: begin finished entities again.
    ///   - options: nil: what the run before was asked for, unless it came to its end.
    ///   - limits: what the run must keep to.
    ///   - stages: which stages; their order is fixed.
    public func executeSync(
        _ jobID: String, stages: [Stage] = Stage.allCases, selection: Selection? = nil, force: Bool = false,
        options: ExtractOptions? = nil,
        limits: RunLimits = RunLimits()
    ) async throws -> RunReport {
        let store = try makeStore()
        guard let job = try store.job(jobID) else {
            throw ConfigurationError("no job \(jobID) in \(folder.jobDatabase); `cliosync status` lists them")
        }
        try await forgetGoneProcess(jobID, store)
        let running = try await shareRunLock()
        defer { running.release() }
        let chosen = try selection ?? Selection(catalog, phases: job.phases, entities: [])
        let slot = try JobSlot(staging: configuration.staging, most: configuration.settings.maximumConcurrentJobs)
        defer { slot.release() }
        let record = JobRecord(store: store, job: jobID, catalog: catalog)
        defer { try? record.release() }
        let (options, limits) = try settle(options, limits, job: jobID, store, chosen, force: force)
        if let problem = MailAccount.problem(configuration.settings) { logger.warning("\(problem)") }
        let run = SyncRun(self, job: record, force: force, options: options, limits: limits)
        let report: RunReport
        do {
            report = try await sharingStatus {
                try await keepingHistory(run, job: jobID, store) {
                    try await withLineage { try await run.perform(stages, selection: chosen) }
                }
            }
        } catch {
            if !error.isLock, !error.isStop { notifyFailure(jobID, "\(error)") }
            raiseDueAlarms()
            await notifier?.flush(within: Self.alarmBound, stop: stop)
            throw error
        }
        if report.ending == .done, options.update != nil, stages.contains(.verify) { await compactGrownLayers(chosen) }
        // What follows a stage is the caller's to start: only the last one tells that a phase is done.
        if report.ending != .done || stages.contains(.verify) { notifyEnding(report) }
        raiseDueAlarms()
        await notifier?.flush(within: Self.alarmBound, stop: stop)
        return report
    }

    /// What a job that is resumed asks Clio for: what its last run was asked for.
    public func options(ofJob job: String) throws -> ExtractOptions {
        ExtractOptions(update: try openStore().options(job: job).deletions.flatMap(DeletionMode.init))
    }

    /// What a run asks for, together with what the job was asked for before: a stopped job continues as it was begun.
    private func settle(
        _ asked: ExtractOptions?, _ limits: RunLimits, job: String, _ store: JobStore, _ selection: Selection,
        force: Bool
    ) throws -> (ExtractOptions, RunLimits) {
        let options = try asked ?? self.options(ofJob: job)
        // Before it is written down.
        if let groupBy = options.groupBy { try SyncRun.checkGroups(groupBy, selection) }
        let known = try store.addOptions(
            JobOptions(
                recentSince: options.recentSince, groupBy: options.groupBy,
                maxRejected: limits.maxRejected?.description, deletions: options.update?.rawValue),
            job: job)
        var limits = limits
        limits.maxRejected = known.maxRejected.flatMap(RejectionLimit.init)
        var settled = options
        settled.recentSince = known.recentSince
        // A refresh that was stopped, or waits for a person, is not over because the next command is `run`.
        if !force { settled.update = options.update ?? known.deletions.flatMap(DeletionMode.init) }
        // Other phases may have no such groups.
        settled.groupBy = known.groupBy.flatMap { name in
            selection.entities.contains { $0.grouping(named: name) != nil } ? name : nil
        }
        return (settled, limits)
    }

    /// Passes an event on to the program that started this process.
    func emit(_ fact: SyncEvent.Fact) {
        configuration.events?(SyncEvent(fact, connection: configuration.connection))
        lineage.withLock { $0 }?.note(fact)
    }

    /// The state of a job, from its record and the staged files; makes no request and takes no lock.
    /// - Parameter jobID: nil: the newest that was not given up.
    public func getSyncStatus(_ jobID: String? = nil) throws -> RunReport {
        let store = try openStore()
        let job: SyncJob
        if let jobID {
            job = try store.job(matching: jobID)
        } else if let newest = ProgressReader.current(try store.jobs(connection: configuration.connection)) {
            job = newest
        } else {
            throw ConfigurationError("\(folder.jobDatabase): holds no job yet; `cliosync run` begins one")
        }
        let record = JobRecord(store: store, job: job.id, catalog: catalog)
        var report = try record.report(folder: folder, database: configuration.database, rules: freshnessRules)
        for index in report.entities.indices {
            let row = report.entities[index]
            guard let entity = catalog.phase(named: row.phase)?.entity(named: row.entity), !entity.groupings.isEmpty
            else { continue }
            report.entities[index].groups = try Self.groups(
                of: entity, in: folder, database: configuration.database)
        }
        return report
    }

    /// Asks the process that runs a job to stop after the page or part in flight.
    public func requestStop(_ jobID: String) throws -> SyncJob {
        let store = try openStore()
        let job = try store.job(matching: jobID)
        guard job.status.isActive, isLockedByARun else {
            throw ConfigurationError("job \(job.id) is \(job.status.rawValue): there is nothing to stop")
        }
        try store.request(.stop, job: job.id)
        return job
    }
}
