internal import Bytes
internal import Foundation
internal import JSON
internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging
internal import Synchronization

/// A job's rows in `job.sqlite`, kept in step with what the stages did.
final class JobRecord: Sendable {
    let store: JobStore
    let job: String
    private let catalog: Catalog
    /// Where this process's run begins among the job's events.
    private let run = Mutex<Int64?>(nil)

    init(store: JobStore, job: String, catalog: Catalog) {
        self.store = store
        self.job = job
        self.catalog = catalog
    }

    /// Changes the job's state and, if given, why.
    func set(_ status: JobStatus, error: String? = nil) throws(JobError) {
        try store.updateJob(job) { job in
            // A killed run leaves an active state; a new run begins from there.
            if status != .initializing || !job.status.isActive { job.status = status }
            job.error = error
        }
    }

    /// A run begins.
    func beginRun(_ message: String) throws(JobError) {
        let begun = try store.beginRun(job: job, message)
        run.withLock { $0 = begun }
    }

    private static let processID = Int(ProcessInfo.processInfo.processIdentifier)
    private static let host = ProcessInfo.processInfo.hostName

    /// Writes down that this process carries the job out, unless another one does. Call with the lock of a phase held.
    ///
    /// Two processes may be at work on different phases, and the lock of one phase says nothing of the others: the first
    /// claim is kept until its process gives it up, or is found to be gone.
    func claim() throws(JobError) {
        guard try store.job(job)?.processID == nil else { return }
        try store.updateJob(job) { job in
            guard job.processID == nil else { return }
            job.processID = Self.processID
            job.host = Self.host
        }
    }

    /// Gives this process's claim up.
    func release() throws(JobError) {
        guard try store.job(job)?.processID == Self.processID else { return }
        try store.updateJob(job) { job in
            guard job.processID == Self.processID, job.host == Self.host else { return }
            (job.processID, job.host) = (nil, nil)
        }
    }

    /// Copies an entity's state into its row.
    func update(
        _ state: EntityState, status: JobStatus, loaded: Int?, duplicates: Int?, message: String?
    ) throws(JobError) {
        let phase = state.entity.phase
        let type = state.entity.name
        let row = try store.ensureEntity(job: job, phase: phase, type: type)
        if !row.status.mayBecome(status) {
            // From a finished state to another one the way leads over work.
            try store.updateEntity(job: job, phase: phase, type: type) { $0.status = .inProgress }
        }
        try store.updateEntity(job: job, phase: phase, type: type) { row in
            row.status = status
            row.totalItems = state.expected ?? row.totalItems
            row.extracted = state.raw?.records ?? 0
            row.accepted = state.result?.accepted ?? 0
            row.rejected = state.result?.rejected ?? 0
            row.warned = state.result?.warned ?? 0
            if let loaded {
                row.loaded = loaded
                row.syncedItems = loaded
            }
            if let duplicates { row.duplicates = duplicates }
            row.message = message
        }
    }

    /// Writes an event; trouble with the job record must never stop a sync.
    func event(_ level: JobEvent.Level, _ category: String, _ code: String, _ message: String) {
        try? store.addEvent(job: job, level: level, category: category, code: code, message: message)
    }

    /// The report of `status`.
    func report(
        folder: ConnectionFolder, database: String, rules: FreshnessRules
    ) throws -> RunReport {
        guard let row = try store.job(job) else { throw ConfigurationError("no job \(job)") }
        let now = Date().timeIntervalSince1970
        var reader = ProgressReader(catalog: catalog)
        let progress = try reader.read(folder, store, job: row, database: database, rules: rules, now: now)
        var report = RunReport()
        report.entities = progress.planned.map { EntitySummary($0) }
        report.rows = progress.rows
        let account = try store.account().flatMap { Account(json: $0) }
        report.account = account
        report.job = JobSummary(progress, row, features: features(progress), now: now)
        report.job?.clioUser = account?.user
        report.errors = try store.errorCounts(job: job, run: run.withLock { $0 })
        report.estimate = row.estimate.map { RawJSON($0) }
        switch row.status {
        case .partiallyCompleted: report.ending = .partial
        case .failed: report.ending = .failed(row.error ?? "the job failed")
        default: break
        }
        return report
    }

    /// What the firm can use: the features of the usable phases.
    private func features(_ progress: JobProgress) -> [String] {
        catalog.phases.filter { progress.usablePhases.contains($0.name) }.flatMap(\.features).map(\.name)
    }
}

extension JobSummary {
    init(_ progress: JobProgress, _ row: SyncJob, features: [String], now: Double) {
        let live = progress.activities.first { $0.isLive(at: now) }
        self.init(
            id: row.id, connection: row.connection, status: row.status.rawValue, startedAt: row.startedAt,
            completedAt: row.completedAt, estimatedItems: progress.expected, syncedItems: progress.rows,
            percent: progress.loadedPercent, fetchedPercent: progress.fetchedPercent,
            etaSeconds: progress.secondsLeft, featuresAvailable: features)
        fetchedItems = progress.fetched
        asOf = progress.asOf
        freshness = progress.freshness
        token = progress.token
        error = row.status.isActive ? nil : row.error
        isRunning = progress.isRunning
        requests = live?.requests
        budget = live?.budgetPerMinute
        if let waiting = progress.waiting, let until = waiting.until {
            waitsFor = waiting.reason.text
            waitsUntil = until
        }
    }
}

extension EntitySummary {
    init(_ progress: EntityProgress) {
        self.init(phase: progress.phase, entity: progress.entity, status: progress.status.rawValue)
        expected = progress.expected
        extracted = progress.fetched
        duplicates = progress.duplicates
        accepted = progress.accepted
        rejected = progress.rejected
        warned = progress.warned
        acceptedInReview = progress.review.accepted
        rejectedInReview = progress.review.rejected
        loaded = progress.loaded
        percent = progress.loadedPercent
        fetchedPercent = progress.fetchedPercent
        asOf = progress.asOf
        etaSeconds = progress.secondsLeft
        notes = progress.notes
    }
}
