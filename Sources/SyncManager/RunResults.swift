internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

/// What a run saw.
struct RunResults: Sendable {
    var requests: RequestSummary?
    /// Whose data it is, as far as that is known.
    var account: Account?
    var verify: VerifySummary?
    var failures: [EntityKey: String] = [:]
    var partial: Set<EntityKey> = []
    /// More rejects than allowed, in words.
    var excess: [EntityKey: String] = [:]
    var loaded: [EntityKey: (rows: Int, duplicates: Int)] = [:]
    /// Rows and flags that this run wrote.
    var written = JobRun.Counts()
    /// What this run changed in each table.
    var changes: [String: JobRunReport.Change] = [:]
    /// Records that this run flagged, by their table.
    var flagged: [String: Int] = [:]
    /// How lists were compared with Clio, where that is worth a word.
    var remarks: [EntityKey: [String]] = [:]
    var runtimeExceeded = false
    /// Whether `cliosync stop` asked for the stop.
    var isStopRequested = false
    /// Whether the event of the stop was passed on.
    var hasSaidStop = false
    /// The end of the last wait that was passed on, seconds since 1970.
    var emittedWait: Double?
    /// What the local stages got done.
    var local = LocalWork()
    /// Entities that this run is still going to transform.
    var untransformed: Set<EntityKey> = []
    /// The estimate of the run's beginning.
    var estimate: SyncEstimate?
    /// Clio's limits as they changed: when, and requests a minute.
    var limits: [EstimateCheck.LimitChange] = []

    /// Whether something is missing or a check failed.
    var isPartial: Bool { !failures.isEmpty || !partial.isEmpty || !excess.isEmpty || verify?.ok == false }

    /// The state of an entity after this run.
    func status(of state: EntityState, ending: RunReport.Ending) -> JobStatus {
        let key = EntityKey(state.entity)
        if failures[key] != nil { return .failed }
        guard let raw = state.raw, let completion = raw.completion else {
            return state.raw == nil ? .pending : .paused
        }
        if excess[key] != nil { return .partiallyCompleted }
        guard (try? state.isTransformed()) == true, loaded[key] != nil else { return .inProgress }
        let failedCheck = verify?.checks.contains {
            !$0.ok && ($0.phase ?? key.phase) == key.phase && $0.entity == key.entity
        }
        return completion.status == .partial || failedCheck == true || partial.contains(key)
            ? .partiallyCompleted : .completed
    }
}
