internal import Jobs
package import Pipelines
internal import Staging

extension StoredStatus {
    /// Seconds after which a machine that stored a running state counts as gone; it stores every 20 seconds.
    package static let patience = 120.0

    /// How far the firm is.
    /// - Parameters:
    ///   - storedAt: when the state was stored, seconds since 1970.
    ///   - now: seconds since 1970.
    package func progress(
        _ catalog: Catalog, _ rules: FreshnessRules, storedAt: Double, now: Double
    ) -> JobProgress {
        let isLive = isRunning && now - storedAt < Self.patience
        let known = Dictionary(entities.map { ("\($0.phase)/\($0.entity)", $0) }) { first, _ in first }
        let all = catalog.entities.map { entity in
            EntityProgress(known["\(entity.phase)/\(entity.name)"], entity, isLive: isLive)
        }
        let planned = all.filter { job.phases.contains($0.phase) }
        let usable = Set(job.phases.filter { name in planned.allSatisfy { $0.phase != name || $0.isUsable } })
        return JobProgress(
            job: job, activities: activity(isLive: isLive, storedAt: storedAt).map { [$0] } ?? [], isRunning: isLive,
            waiting: isLive ? waiting.map { JobProgress.Wait(reason: JobWait(text: $0.reason), until: $0.until) } : nil,
            entities: all, usablePhases: usable, expected: job.estimatedItems, tables: [:], rows: rows,
            secondsLeft: isLive ? etaSeconds : nil,
            freshness: Freshness(asOf: JobProgress.asOf(planned), milestones, rules, now: now))
    }

    private func activity(isLive: Bool, storedAt: Double) -> JobActivity? {
        guard let requests else { return nil }
        var activity = JobActivity(jobID: job.id, processID: 0, startedAt: storedAt, database: "")
        activity.hasEnded = !isLive
        activity.requests = requests.made
        activity.retries = requests.retried
        activity.throttled = requests.throttled
        activity.budgetPerMinute = requests.budgetPerMinute.map { Int($0) }
        return activity
    }
}

extension EntityProgress {
    fileprivate init(_ row: StoredStatus.Row?, _ entity: Entity, isLive: Bool) {
        self.init(phase: entity.phase, entity: entity.name, title: entity.title)
        guard let row else { return }
        status = row.status
        expected = row.expected
        fetched = row.extracted
        distinct = min(row.extracted, row.expected ?? row.extracted)
        duplicates = row.duplicates
        accepted = row.accepted
        rejected = row.rejected
        warned = row.warned
        loaded = row.loaded
        isFetched = row.fetchedPercent.map { $0 >= 100 } ?? false
        isUsable = row.status == .completed || row.status == .partiallyCompleted
        secondsLeft = isLive ? row.etaSeconds : nil
        notes = row.notes
        asOf = row.asOf
    }
}
