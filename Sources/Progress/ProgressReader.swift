internal import Foundation
public import Jobs
public import Pipelines
public import Staging

/// Reads how far a connection is from its job record, its staged files, its database and its estimate.
///
/// Makes no request and changes nothing. It keeps what it read of files that did not change, so that it can be asked
/// every second. Blocks for the time of some small queries.
public struct ProgressReader {
    private let catalog: Catalog
    private var staged = StagedFactsCache()
    private var databases = DatabaseFactsCache()

    /// A reader for connections that are synchronized by these pipelines.
    public init(catalog: Catalog) { self.catalog = catalog }

    /// The job that a connection is at: the newest that was not given up, else the newest.
    public static func current(_ jobs: [SyncJob]) -> SyncJob? { jobs.first { $0.status != .cancelled } ?? jobs.first }

    /// How far a connection is.
    /// - Parameters:
    ///   - job: nil: no job was begun.
    ///   - database: where the rows are, unless a process wrote down another place.
    ///   - rules: what is expected of finished data.
    ///   - now: seconds since 1970.
    public mutating func read(
        _ folder: ConnectionFolder, _ store: JobStore?, job: SyncJob?, database: String?,
        rules: FreshnessRules = FreshnessRules(), now: Double
    ) throws -> JobProgress {
        var facts = JobFacts(job: job, rules: rules, now: now)
        var rows: [String: SyncEntity] = [:]
        if let job, let store {
            facts.milestones = try store.milestones()
            facts.usedToken = try store.usedTokens().first
            facts.activities = try store.activities(job: job.id)
            facts.isRunning = job.status.isActive && ProcessLife.isRunning(job, facts.activities, folder, now)
            for row in try store.entities(job: job.id) { rows["\(row.phase)/\(row.type)"] = row }
            facts.plan = ProgressPlan(json: job.estimate)
        }
        if let path = facts.activities.first?.database ?? database {
            facts.database = databases.facts(path, connection: folder.connection)
        }
        let latest = facts.activities.first
        let stages = facts.isRunning ? facts.activities.filter { $0.isLive(at: now) }.flatMap(\.rows) : []
        let phases = try catalog.phases.filter {
            try $0.isDefault || job?.phases.contains($0.name) == true || folder.hasPhase($0.name)
        }
        for entity in phases.flatMap(\.entities) {
            let key = "\(entity.phase)/\(entity.name)"
            var item = EntityFacts(phase: entity.phase, entity: entity.name, title: entity.title)
            item.row = rows[key]
            item.stages = stages.filter { $0.phase == entity.phase && $0.entity == entity.name }
            item.isRunning = facts.isRunning
            item.plan = facts.plan?.list(entity.phase, entity.name)
            item.estimated = item.plan?.records
            let extract = latest?.rows.last { row in
                row.phase == entity.phase && row.entity == entity.name && row.stage == "extract"
            }
            item.fetchedAfter = extract?.finishedAt.flatMap { end in latest.map { max(0, end - $0.startedAt) } }
            item.database = facts.database.map { $0.entities[key] ?? DatabaseFacts.Entity() }
            // The manifest of a list that is being fetched changes every second, and its process tells the same.
            if !item.stages.contains(where: { $0.stage == "extract" && $0.finishedAt == nil }) {
                item.staged = staged.facts(folder.entity(phase: entity.phase, name: entity.name))
            }
            facts.entities.append(item)
            facts.pageSizes[key] = entity.batchSize
        }
        // The pipelines may have lost an entity that the job has.
        let known = Set(facts.entities.map { "\($0.phase)/\($0.entity)" })
        for row in rows.values.sorted(by: { $0.createdAt < $1.createdAt })
        where !known.contains("\(row.phase)/\(row.type)") {
            var item = EntityFacts(phase: row.phase, entity: row.type, title: row.type)
            item.row = row
            facts.entities.append(item)
        }
        return JobProgress(facts)
    }
}
