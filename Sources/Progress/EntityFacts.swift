internal import Jobs
internal import Staging

/// What each place says of one entity: the input of the model.
struct EntityFacts {
    let phase: String
    let entity: String
    let title: String
    /// The row of the job record.
    var row: SyncEntity?
    /// What the staged files say; nil: they were not read.
    var staged: StagedFacts?
    /// What the database says; nil: nothing of it is known.
    var database: DatabaseFacts.Entity?
    /// Clio's count of the estimate.
    var estimated: Int?
    /// What the estimate planned; nil: there is none.
    var plan: ProgressPlan.List?
    /// Seconds from the beginning of the latest run to the end of its extract; nil: it fetched nothing of it.
    var fetchedAfter: Double?
    /// What a running process does with it, in the order of the stages' beginning.
    var stages: [JobActivity.Row] = []
    /// Whether a process works on the job.
    var isRunning = false
}

extension EntityProgress {
    init(_ facts: EntityFacts) {
        self.init(phase: facts.phase, entity: facts.entity, title: facts.title)
        let staged = facts.staged
        let row = facts.row
        if let stage = facts.stages.last(where: { $0.finishedAt == nil }) {
            work = Work(stage: stage.stage, done: stage.done, total: stage.total)
        }
        // A process that extracts counts what it committed; its files would have to be read again every second.
        let extracting = facts.stages.last { $0.stage == "extract" && $0.finishedAt == nil }
        fetched = extracting?.done ?? (staged?.isKnown == true ? staged?.fetched : row?.extracted) ?? 0
        isFetched =
            extracting == nil && (staged?.isKnown == true ? staged?.completion == .complete : row?.status == .completed)
        // The end's count is exact. Before the end, the largest count: a page may count one partition of several.
        expected =
            (extracting == nil ? staged?.completionCount : nil)
            ?? [facts.estimated, staged?.reported, extracting?.total].compactMap { $0 }.max() ?? row?.totalItems
        if let staged, staged.hasResults {
            (accepted, rejected, warned) = (staged.accepted, staged.rejected, staged.warned)
        } else if let row {
            (accepted, rejected, warned) = (row.accepted, row.rejected, row.warned)
        }
        review = staged?.review ?? ReviewCounts()
        deleted = staged?.deleted ?? 0
        duplicates = facts.database?.duplicates ?? row?.duplicates ?? 0
        table = facts.database?.table
        loaded = facts.database?.rows ?? row?.loaded ?? 0
        distinct = max(0, fetched - duplicates - deleted)
        if isFetched, let expected { distinct = max(distinct, min(fetched, expected)) }
        if let expected { distinct = min(distinct, expected) }
        status = Self.status(row?.status ?? .pending, isBegun: fetched > 0 || work != nil, isRunning: facts.isRunning)
        // A refresh that failed leaves the rows of the run before.
        isUsable =
            status == .completed
            || facts.database?.isComplete == true && status != .partiallyCompleted
        notes = staged?.notes ?? []
        if let message = row?.message, !notes.contains(message) { notes.append(message) }
        asOf = staged?.asOf
        plan = facts.plan.map { Plan(records: $0.records, requests: $0.requests, seconds: $0.seconds) }
        fetchedAfter = facts.fetchedAfter
        completedAt = row?.completedAt
    }

    /// The job record learns of an entity when a stage ends; files and processes tell earlier.
    private static func status(_ recorded: JobStatus, isBegun: Bool, isRunning: Bool) -> JobStatus {
        guard recorded == .pending, isBegun else { return recorded }
        return isRunning ? .inProgress : .paused
    }
}
