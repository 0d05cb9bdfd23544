import Jobs
import Progress
import SyncManager

/// What a terminal shows of a run: numbers of this process's board, or those that another process wrote down.
struct RunView: Sendable, Equatable {
    /// A list in the stage at work.
    struct Row: Sendable, Equatable {
        var phase: String
        var entity: String
        /// `extract`, `transform`, `load` or `verify`.
        var stage: String
        /// Records done, never more than `total`.
        var done = 0
        /// Records to do, where that is known.
        var total: Int?
        var secondsLeft: Int?
        /// Groups that are complete, where the list is fetched by groups.
        var groups: Share?

        /// The share that is done, 0 to 1; nil while it is not known how much there is.
        var share: Double? { total.flatMap { $0 > 0 ? min(1, Double(done) / Double($0)) : nil } }
    }

    /// Some of a number of things.
    struct Share: Sendable, Equatable {
        var done: Int
        var of: Int
    }

    /// What is waited for, and until when, seconds since 1970.
    struct Wait: Sendable, Equatable {
        var reason: JobWait
        var until: Double
    }

    /// Share that is fetched, 0 to 100; nil while it is not known.
    var fetchedPercent: Double?
    /// Share that is loaded or rejected, 0 to 100.
    var loadedPercent: Double?
    /// Different records that were fetched.
    var records = 0
    /// Records that Clio counts.
    var expected: Int?
    /// Requests of this run.
    var requests = 0
    /// Requests a minute over the last minute; nil: too little time has passed.
    var requestsPerMinute: Int?
    /// Requests a minute that may be made.
    var budgetPerMinute: Int?
    /// Seconds left, by the plan.
    var secondsLeft: Int?
    /// Records that are flagged, loaded or not.
    var flagged: Int?
    var wait: Wait?
    /// What is at work.
    var rows: [Row] = []
    /// What ended last, for a moment without work.
    var last: Row?
    /// Lists that are done, of all of the job; in a run of single stages, of those that were begun.
    var lists: Share?
    /// Whether there is anything to show.
    var isBegun = false
}

extension RunView {
    /// A share of the whole run and its name.
    struct NamedShare: Equatable {
        /// 0 to 100.
        var percent: Double
        var name: String
        var text: String { "\(Int(percent)) % \(name)" }
    }

    /// How far the run is, what moves now first: when all is fetched, that is the load.
    var shares: [NamedShare] {
        let fetched = fetchedPercent.map { NamedShare(percent: $0, name: "fetched") }
        let loaded = loadedPercent.map { NamedShare(percent: $0, name: "loaded") }
        let order = loaded != nil && fetched?.percent ?? 0 >= 100 ? [loaded, fetched] : [fetched, loaded]
        return order.compactMap { $0 }
    }

    /// What this process is at.
    /// - Parameters:
    ///   - requestsPerMinute: see `RequestRate`.
    ///   - now: seconds since 1970.
    init(_ snapshot: ProgressBoard.Snapshot, requestsPerMinute: Int?, now: Double) {
        self.init(snapshot.progress)
        requests = snapshot.requests
        self.requestsPerMinute = requestsPerMinute
        budgetPerMinute = snapshot.budgetPerMinute
        wait = snapshot.waiting.flatMap { $0.until > now ? Wait(reason: $0.reason, until: $0.until) : nil }
        let all = snapshot.rows.map { row in
            Row(
                phase: row.phase, entity: row.entity, stage: row.stage, done: row.done, total: row.total,
                groups: row.groups.map { Share(done: $0.complete, of: $0.of) }, snapshot.progress)
        }
        rows = zip(all, snapshot.rows).filter { !$1.isFinished }.map { $0.0 }
        last = all.last
        if snapshot.progress == nil, !all.isEmpty {
            lists = Share(done: all.count - rows.count, of: all.count)
        }
        isBegun = !all.isEmpty || wait != nil
    }

    /// What another process is at.
    init(_ progress: JobProgress, requestsPerMinute: Int?, now: Double) {
        self.init(progress)
        let process = progress.activities.first { $0.isLive(at: now) }
        requests = process?.requests ?? 0
        self.requestsPerMinute = requestsPerMinute
        budgetPerMinute = process?.budgetPerMinute
        wait = progress.waiting.flatMap { wait in wait.until.map { Wait(reason: wait.reason, until: $0) } }
        let all = (process?.rows ?? []).map { row in
            Row(
                phase: row.phase, entity: row.entity, stage: row.stage, done: row.done, total: row.total, groups: nil,
                progress)
        }
        rows = zip(all, process?.rows ?? []).filter { $1.finishedAt == nil }.map { $0.0 }
        last = all.last
        isBegun = true
    }

    /// The numbers of the job.
    private init(_ progress: JobProgress?) {
        guard let progress else { return }
        fetchedPercent = progress.fetchedPercent
        loadedPercent = progress.loadedPercent
        records = progress.fetched
        expected = progress.expected
        secondsLeft = progress.secondsLeft
        flagged = progress.rejected + progress.warned
        let planned = progress.planned
        lists = Share(done: planned.filter { $0.status == .completed }.count, of: planned.count)
    }
}

extension RunView.Row {
    fileprivate init(
        phase: String, entity: String, stage: String, done: Int, total: Int?, groups: RunView.Share?,
        _ progress: JobProgress?
    ) {
        let facts = progress?.entities.first { $0.phase == phase && $0.entity == entity }
        self.init(
            // A record that is fetched twice is one record.
            phase: phase, entity: entity, stage: stage, done: total.map { min(done, $0) } ?? done, total: total,
            secondsLeft: facts?.work?.stage == stage ? facts?.secondsLeft : nil, groups: groups)
    }
}
