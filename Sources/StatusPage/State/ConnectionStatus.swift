internal import Jobs
internal import Progress
internal import Staging

/// One connection, as the page, the JSON and the metrics show it.
struct ConnectionStatus: Sendable {
    let name: String
    /// Why nothing can be told; the rest is empty then.
    var problem: String?
    var progress: JobProgress?
    /// Whose data it is, and who sees it; nil before the first request.
    var account: Account?
    var phases: [PhaseStatus] = []
    /// Whether a process was asked to stop and has not yet.
    var isStopping = false
    /// What the work waits for.
    var waiting: (reason: String, seconds: Int?)?
    /// Requests a minute, over the last minute.
    var requestsPerMinute: Double?
    /// Rows a second, over the last minute.
    var rowsPerSecond: Double?
    /// Share of one processor, over the last minute.
    var cpuShare: Double?
    var errors: [JobErrorCount] = []
    var recent: [RecentItem] = []

    var job: SyncJob? { progress?.job }
    /// What processes do, or did last.
    var activities: [JobActivity] { progress?.activities ?? [] }
    /// Whether a process is at work on it.
    var isRunning: Bool { progress?.isRunning ?? false }
    var freshness: Freshness { progress?.freshness ?? Freshness() }
    var etaSeconds: Int? { progress?.secondsLeft }
    var entities: [EntityStatus] { phases.flatMap(\.entities) }
    var planned: [EntityStatus] { phases.filter(\.isPlanned).flatMap(\.entities) }
    /// Titles of lists, by "phase/entity".
    var titles: [String: String] {
        Dictionary(entities.map { ("\($0.phase)/\($0.name)", $0.title) }, uniquingKeysWith: { $1 })
    }
    var flagged: Int { progress.map { $0.rejected + $0.warned } ?? 0 }

    /// What the firm can use.
    var featuresAvailable: [PhaseStatus.Feature] { phases.filter(\.isUsable).flatMap(\.features) }

    /// What the run is, in a word or two.
    var state: State {
        if problem != nil { return .unknown }
        guard let job else { return .notBegun }
        if isRunning { return isStopping ? .stopping : .running }
        switch job.status {
        case .pending: return .notBegun
        case .initializing, .inProgress: return .interrupted
        case .completed: return .complete
        case .partiallyCompleted: return .incomplete
        case .failed: return .failed
        case .paused: return .paused
        case .cancelled: return .cancelled
        }
    }

    /// Whether nothing goes on until a person acts.
    var needsAttention: Bool {
        switch state {
        case .failed, .incomplete, .interrupted, .unknown: true
        case .paused: job?.error != nil
        case .notBegun, .running, .stopping, .complete, .cancelled: false
        }
    }

    enum State: String, Sendable, CaseIterable {
        case notBegun = "Not begun"
        case running = "Running"
        case stopping = "Stopping"
        case paused = "Paused"
        case interrupted = "Interrupted"
        case complete = "Complete"
        case incomplete = "Incomplete"
        case failed = "Failed"
        case cancelled = "Cancelled"
        case unknown = "Not readable"
    }
}

/// Something that came to its end.
struct RecentItem: Sendable, Equatable {
    /// `fetched` or `in the database`.
    let what: String
    let title: String
    let records: Int
    /// Seconds since 1970.
    let time: Double
}

/// All connections at one moment.
struct StatusSnapshot: Sendable {
    /// Seconds since 1970.
    var time: Double
    /// Bytes that are free on the disk of the staging folder; nil: not known.
    var freeBytes: Int?
    var connections: [ConnectionStatus] = []

    func connection(_ name: String) -> ConnectionStatus? { connections.first { $0.name == name } }
}
