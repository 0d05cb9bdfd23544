internal import Jobs

/// What each place says of a connection: the input of the model.
struct JobFacts {
    var job: SyncJob?
    var activities: [JobActivity] = []
    /// Whether a process works on the job.
    var isRunning = false
    var entities: [EntityFacts] = []
    /// The estimate of the run.
    var plan: ProgressPlan?
    /// What the database says; nil: nothing of it is known.
    var database: DatabaseFacts?
    /// Records of a page, by "phase/entity".
    var pageSizes: [String: Int] = [:]
    /// When runs came to a good end.
    var milestones = RunMilestones()
    /// What is expected of finished data.
    var rules = FreshnessRules()
    /// The token that Clio accepted last.
    var usedToken: UsedToken?
    /// Seconds since 1970.
    var now: Double
}

extension JobProgress {
    init(_ facts: JobFacts) {
        job = facts.job
        activities = facts.activities
        isRunning = facts.isRunning
        let live = facts.activities.filter { $0.isLive(at: facts.now) }
        waiting = facts.isRunning ? Self.wait(live, now: facts.now) : nil
        var entities = facts.entities.map { EntityProgress($0) }
        let phases = Dictionary(grouping: entities, by: \.phase)
        usablePhases = Set(phases.filter { $0.value.allSatisfy(\.isUsable) }.keys)
        let planned = entities.filter { entity in facts.job.map { $0.phases.contains(entity.phase) } ?? true }
        let known = planned.compactMap(\.expected)
        let sum = known.isEmpty ? nil : known.reduce(0, +)
        // Lists that were not counted yet are in the job's estimate, if anywhere.
        expected = known.count == planned.count ? sum : [sum, facts.job?.estimatedItems].compactMap { $0 }.max()
        tables = facts.database?.tables ?? [:]
        rows = Self.rows(planned, tables)
        // What was given up need not be current.
        let isKept = facts.job.map { $0.status != .cancelled } ?? false
        freshness = Freshness(
            asOf: isKept ? Self.asOf(planned) : nil, facts.milestones, facts.rules, now: facts.now)
        token = isKept ? TokenExpiry(used: facts.usedToken, present: facts.rules.token, now: facts.now) : nil
        guard facts.isRunning, let process = live.first else {
            secondsLeft = nil
            self.entities = entities
            return
        }
        let lists = planned.map { (entity: $0, open: Self.openRequests($0, facts)) }
        let total = sum ?? 0
        let loaded = planned.reduce(0) { $0 + min($1.loaded + $1.rejected, $1.expected ?? 0) }
        var time = TimeLeft(
            openRequests: lists.reduce(0) { $0 + $1.open },
            unloadedShare: total > 0 ? Double(total - loaded) / Double(total) : 0, madeRequests: process.requests,
            elapsed: max(0, process.progressedAt - process.startedAt - process.heldSeconds),
            sinceProgress: max(0, facts.now - process.progressedAt))
        time.budgetPerMinute = process.budgetPerMinute
        time.plan = facts.plan
        if let waiting, let until = waiting.until {
            let seconds = max(0, until - facts.now)
            if waiting.reason.isWindow { time.heldSeconds = seconds } else { time.waitSeconds = seconds }
        }
        // No time at all is left of what is not counted yet.
        secondsLeft = time.seconds.flatMap { $0 > 0 ? Int($0.rounded(.up)) : nil }
        for index in entities.indices {
            entities[index].secondsLeft = Self.secondsLeft(entities[index], lists, time, facts.plan)
        }
        self.entities = entities
    }

    private static func wait(_ live: [JobActivity], now: Double) -> Wait? {
        for activity in live {
            guard let reason = activity.waitingFor else { continue }
            // A wait that is over by its own word is none.
            if let until = activity.waitingUntil, until <= now { continue }
            return Wait(reason: reason, until: activity.waitingUntil)
        }
        return nil
    }

    /// Requests that a list still takes in this run.
    private static func openRequests(_ entity: EntityProgress, _ facts: JobFacts) -> Double {
        let list = facts.plan?.list(entity.phase, entity.entity)
        // The plan has every list that the run is to fetch.
        guard !entity.isFetched, facts.plan == nil || list != nil else { return 0 }
        let size = facts.pageSizes["\(entity.phase)/\(entity.entity)"] ?? 200
        guard let expected = entity.expected else { return Double(list?.requests ?? 1) }
        let pages = (max(0, expected - entity.distinct) + size - 1) / size
        return Double(min(pages + 1, max(1, list?.requests ?? .max)))
    }

    /// A list is through when those that the plan puts before it are; a local stage works at the measured speed.
    private static func secondsLeft(
        _ entity: EntityProgress, _ lists: [(entity: EntityProgress, open: Double)], _ time: TimeLeft,
        _ plan: ProgressPlan?
    ) -> Int? {
        guard let work = entity.work else { return nil }
        guard work.stage == "extract" else {
            guard let total = work.total, let speed = plan?.localRecordsPerSecond, speed > 0 else { return nil }
            return Int((Double(max(0, total - work.done)) / speed).rounded(.up))
        }
        let end = plan?.list(entity.phase, entity.entity)?.seconds ?? .infinity
        let before = lists.filter { item in
            (plan?.list(item.entity.phase, item.entity.entity)?.seconds ?? .infinity) <= end
        }
        return time.seconds(for: before.reduce(0) { $0 + $1.open }).map { Int($0.rounded(.up)) }
    }
}
