internal import Foundation
internal import JSON
internal import Jobs
internal import Pipelines
internal import Progress
internal import Remote
internal import Staging

/// A firm's state in the store. Several machines may work on one firm at a time, each on some phases and layers: each
/// replaces what its own work changes.
struct SharedStatus: JSONReport, Equatable {
    var report: RunReport
    /// The fence of each scope that the state shows, by the scope's name: what an earlier holder knows is out of date.
    var fences: [String: Int64]

    private enum CodingKeys: CodingKey { case fences }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(fences, forKey: .fences)
    }

    /// The state after this machine's work.
    /// - Parameters:
    ///   - own: what this machine knows.
    ///   - fences: of what it has worked on.
    ///   - stored: what the store has; nil: nothing.
    /// - Returns: nil when another machine has taken over since.
    init?(_ own: RunReport, fences: [String: Int64], over stored: StoredStatus?, _ catalog: Catalog, now: Double) {
        guard !fences.isEmpty, own.job != nil else { return nil }
        let known = stored?.fences ?? [:]
        for (scope, fence) in fences where known[scope] ?? 0 > fence { return nil }
        report = own
        self.fences = known.merging(fences) { max($0, $1) }
        guard let stored else { return }
        func isOwn(_ scope: RemoteScope) -> Bool { fences[scope.name] != nil }
        let (mine, theirs) = (
            Dictionary(own.entities.map { (EntityKey(phase: $0.phase, entity: $0.entity), $0) }) { first, _ in first },
            Dictionary(stored.entities.map { (EntityKey(phase: $0.phase, entity: $0.entity), $0) }) { first, _ in first
            }
        )
        var rows: [EntitySummary] = []
        var hasOthers = false
        for entity in catalog.entities {
            let key = EntityKey(entity)
            let owned = Owned(
                raw: isOwn(.raw(phase: key.phase)), clean: isOwn(.clean(phase: key.phase)),
                database: isOwn(.database) && mine[key] != nil)
            if let row = Self.merged(mine[key], theirs[key], owned) { rows.append(row) }
            if theirs[key] != nil, mine[key] == nil || !owned.isAll { hasOthers = true }
        }
        report.entities = rows
        if hasOthers { combine(stored, ownsDatabase: isOwn(.database), catalog, now: now) }
    }

    /// Whose numbers an entity's row has.
    private struct Owned {
        var raw: Bool
        var clean: Bool
        var database: Bool
        var isAll: Bool { raw && clean && database }
        var isAny: Bool { raw || clean || database }
    }

    private static func merged(
        _ own: EntitySummary?, _ stored: StoredStatus.Row?, _ owned: Owned
    ) -> EntitySummary? {
        guard let stored else { return own }
        guard let own, owned.isAny else { return EntitySummary(stored) }
        if owned.isAll { return own }
        var row = own
        let other = EntitySummary(stored)
        if !owned.raw {
            (row.expected, row.extracted) = (other.expected, other.extracted)
            (row.fetchedPercent, row.asOf) = (other.fetchedPercent, other.asOf)
        }
        if !owned.clean {
            (row.accepted, row.rejected, row.warned) = (other.accepted, other.rejected, other.warned)
        }
        if !owned.database {
            (row.loaded, row.duplicates, row.percent) = (other.loaded, other.duplicates, other.percent)
        }
        return row
    }

    /// What holds of the whole firm, of the rows of all machines.
    private mutating func combine(_ stored: StoredStatus, ownsDatabase: Bool, _ catalog: Catalog, now: Double) {
        guard var job = report.job else { return }
        let rows = report.entities
        let statuses = Set(rows.compactMap { JobStatus(rawValue: $0.status) })
        if !job.isRunning, job.status == JobStatus.completed.rawValue, statuses != [.completed] {
            let isPartial = statuses.isSubset(of: [.completed, .partiallyCompleted])
            job.status = (isPartial ? JobStatus.partiallyCompleted : .paused).rawValue
        }
        job.startedAt = [job.startedAt, stored.job.startedAt].compactMap { $0 }.min()
        job.estimatedItems = rows.allSatisfy { $0.expected != nil } ? rows.reduce(0) { $0 + ($1.expected ?? 0) } : nil
        if !ownsDatabase { job.syncedItems = stored.rows }
        job.fetchedPercent = Self.percent(rows, \.fetchedPercent)
        job.percent = Self.percent(rows, \.percent)
        let moments = rows.compactMap(\.asOf)
        job.asOf = moments.count == rows.count ? moments.min() : nil
        job.featuresAvailable = catalog.phases.filter { phase in
            let own = rows.filter { $0.phase == phase.name }
            return !own.isEmpty && own.allSatisfy { $0.status == JobStatus.completed.rawValue }
        }.flatMap(\.features).map(\.name)
        var milestones = stored.milestones
        milestones.lastSuccess = job.freshness.lastSuccessAt ?? milestones.lastSuccess
        milestones.lastSweep = job.freshness.lastSweepAt ?? milestones.lastSweep
        job.freshness = Freshness(asOf: job.asOf, milestones, FreshnessRules(), now: now)
        report.job = job
        report.account = report.account ?? stored.account
    }

    private static func percent(_ rows: [EntitySummary], _ share: (EntitySummary) -> Double?) -> Double? {
        guard !rows.isEmpty else { return nil }
        if rows.allSatisfy({ share($0) == 100 }) { return 100 }
        var (done, all) = (0.0, 0.0)
        for row in rows {
            guard let expected = row.expected else { return nil }
            all += Double(expected)
            done += Double(expected) * (share(row) ?? 0) / 100
        }
        return all > 0 ? min(99.9, done / all * 100) : 0
    }
}

extension EntitySummary {
    fileprivate init(_ row: StoredStatus.Row) {
        self.init(phase: row.phase, entity: row.entity, status: row.status.rawValue)
        expected = row.expected
        extracted = row.extracted
        duplicates = row.duplicates
        accepted = row.accepted
        rejected = row.rejected
        warned = row.warned
        loaded = row.loaded
        percent = row.percent
        fetchedPercent = row.fetchedPercent
        asOf = row.asOf
        notes = row.notes
    }
}
