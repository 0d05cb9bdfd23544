internal import Foundation
internal import Jobs
internal import Pipelines
internal import Staging

/// A job's rows in `job.sqlite`, kept in step with what the stages did.
final class JobRecord: Sendable {
    let store: JobStore
    let job: String
    private let catalog: Catalog

    init(store: JobStore, job: String, catalog: Catalog) {
        self.store = store
        self.job = job
        self.catalog = catalog
    }

    /// Changes the job's state and, if given, why.
    func set(_ status: JobStatus, error: String? = nil) throws(JobError) {
        try store.updateJob(job) { job in
            // A run that was killed left an active state behind; a new run begins from there.
            if status != .initializing || !job.status.isActive { job.status = status }
            job.error = error
        }
    }

    /// Writes down that this process carries the job out. Call with the lock of a phase held: a process that is refused
    /// must leave the name of the one at work.
    func claim() throws(JobError) {
        try store.updateJob(job) { job in
            job.processID = Int(ProcessInfo.processInfo.processIdentifier)
            job.host = ProcessInfo.processInfo.hostName
        }
    }

    /// Copies an entity's state into its row.
    func update(_ state: EntityState, status: JobStatus, loaded: Int?, duplicates: Int?) throws(JobError) {
        let phase = state.entity.phase
        let type = state.entity.name
        let row = try store.ensureEntity(job: job, phase: phase, type: type)
        if !row.status.mayBecome(status) {
            // From a finished state to another one the way leads over work.
            try store.updateEntity(job: job, phase: phase, type: type) { $0.status = .inProgress }
        }
        let summary = state.summary
        try store.updateEntity(job: job, phase: phase, type: type) { row in
            row.status = status
            row.totalItems = summary.expected ?? row.totalItems
            row.extracted = summary.extracted
            row.accepted = summary.accepted
            row.rejected = summary.rejected
            row.warned = summary.warned
            if let loaded {
                row.loaded = loaded
                row.syncedItems = loaded
            }
            if let duplicates { row.duplicates = duplicates }
            row.message = summary.notes.first
        }
    }

    /// Writes an event; trouble with the job record must never stop a sync.
    func event(_ level: JobEvent.Level, _ category: String, _ code: String, _ message: String) {
        try? store.addEvent(job: job, level: level, category: category, code: code, message: message)
    }

    /// The report of `status`.
    func report(folder: ConnectionFolder) throws -> RunReport {
        var report = RunReport()
        guard let row = try store.job(job) else { throw ConfigurationError("no job \(job)") }
        for entity in try store.entities(job: job) {
            var summary = EntitySummary(phase: entity.phase, entity: entity.type, status: entity.status.rawValue)
            summary.expected = entity.totalItems
            summary.extracted = entity.extracted
            summary.duplicates = entity.duplicates
            summary.accepted = entity.accepted
            summary.rejected = entity.rejected
            summary.warned = entity.warned
            summary.loaded = entity.loaded
            if let known = catalog.phase(named: entity.phase)?.entity(named: entity.type) {
                let state = try EntityState(known, in: folder)
                summary.notes = state.notes
                summary.review = state.result?.review ?? ReviewCounts()
                // While an extract runs, its manifest is ahead of the job record.
                summary.extracted = max(summary.extracted, state.raw?.records ?? 0)
                summary.expected = state.expected ?? summary.expected
            }
            if entity.status.isActive {
                summary.etaSeconds = Self.secondsLeft(
                    since: entity.startedAt, done: summary.extracted, total: summary.expected)
            }
            summary.percent = Self.percent(summary.loaded + summary.rejected, of: summary.expected)
            report.entities.append(summary)
        }
        report.account = try store.account().flatMap { Account(json: $0) }
        report.job = try summary(row, entities: report.entities)
        report.errors = try store.errorCounts(job: job).map {
            ErrorSummary(errorClass: $0.category, code: $0.code, count: $0.count, lastMessage: $0.lastMessage)
        }
        report.estimateJSON = row.estimate
        switch row.status {
        case .partiallyCompleted: report.ending = .partial
        case .failed: report.ending = .failed(row.error ?? "the job failed")
        default: break
        }
        return report
    }

    /// The job's own part of a report.
    func summary(_ row: SyncJob, entities: [EntitySummary]) throws -> JobSummary {
        let synced = entities.reduce(0) { $0 + $1.loaded }
        let estimated = row.estimatedItems ?? Self.total(entities)
        let live = try store.activities(job: job).first { $0.isLive(at: Date().timeIntervalSince1970) }
        var result = JobSummary(
            id: row.id, connection: row.connection, status: row.status.rawValue, startedAt: row.startedAt,
            completedAt: row.completedAt, estimatedItems: estimated, syncedItems: synced,
            percent: row.status == .completed
                ? 100 : Self.percent(synced + entities.reduce(0) { $0 + $1.rejected }, of: estimated),
            etaSeconds: row.status.isActive
                ? secondsLeft(live, entities)
                    ?? Self.secondsLeft(
                        since: row.startedAt, done: entities.reduce(0) { $0 + $1.extracted }, total: estimated) : nil,
            featuresAvailable: features(entities))
        result.error = row.status.isActive ? nil : row.error
        result.requests = live?.requests
        result.budget = live?.budgetPerMinute
        if row.status.isActive, let until = live?.waitingUntil, until > Date().timeIntervalSince1970 {
            result.waitsFor = live?.waitingFor
            result.waitsUntil = until
        }
        return result
    }

    /// What the firm can use: the features of the phases whose entities are all loaded.
    private func features(_ entities: [EntitySummary]) -> [String] {
        catalog.phases.filter { phase in
            phase.entities.allSatisfy { entity in
                entities.contains {
                    $0.phase == phase.name && $0.entity == entity.name
                        && ($0.status == JobStatus.completed.rawValue)
                }
            }
        }.flatMap(\.features).map(\.name)
    }

    /// At the rate since the beginning; the requests decide how long a sync takes, so extracted records count.
    private static func secondsLeft(since start: String?, done: Int, total: Int?) -> Int? {
        guard let start = start.flatMap({ try? Date($0, strategy: .iso8601) }), let total, done > 0 else { return nil }
        return Int(Date().timeIntervalSince(start) / Double(done) * Double(max(0, total - done)))
    }

    /// From the requests that are left and the rate at which they may go, or do: hours of an earlier run do not make a
    /// run slower than it is.
    private func secondsLeft(_ live: JobActivity?, _ entities: [EntitySummary]) -> Int? {
        guard let live, let budget = live.budgetPerMinute, budget > 0 else { return nil }
        var requests = 0
        for summary in entities where summary.status != JobStatus.completed.rawValue {
            guard let expected = summary.expected else { return nil }
            let size = catalog.phase(named: summary.phase)?.entity(named: summary.entity)?.batchSize ?? 200
            requests += (max(0, expected - summary.extracted) + size - 1) / size
        }
        let seconds = live.updatedAt - live.startedAt
        var perSecond = Double(budget) / 60
        // What waits for its window makes no requests, and that says nothing about the rate.
        if seconds > 60, live.requests > 20, live.waitingFor?.hasPrefix("window") != true {
            perSecond = min(perSecond, Double(live.requests) / seconds)
        }
        return Int(Double(requests) / perSecond)
    }

    private static func total(_ entities: [EntitySummary]) -> Int? {
        let known = entities.compactMap(\.expected)
        return known.isEmpty ? nil : known.reduce(0, +)
    }

    private static func percent(_ done: Int, of total: Int?) -> Double? {
        guard let total, total > 0 else { return total == 0 ? 100 : nil }
        return min(100, Double(done) / Double(total) * 100)
    }
}
