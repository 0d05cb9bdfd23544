internal import Jobs
internal import Progress
internal import Staging
internal import Synchronization

/// One connection, as the page, the JSON and the metrics show it.
struct ConnectionStatus: Sendable {
    let name: String
    /// Tells one reading of the connection from the next: with the same number, all is the same.
    let reading = Self.readings.add(1, ordering: .relaxed).newValue
    /// Why nothing can be told; the rest is empty then.
    var problem: String?
    var progress: JobProgress?
    /// When the access to Clio ends; nil: not known.
    var token: TokenExpiry?
    /// Whose data it is, and who sees it; nil before the first request.
    var account: Account?
    var phases: [PhaseStatus] = []
    /// Whether other machines work on it: this page only shows it.
    var isElsewhere = false
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
    /// What its alarms are about that time alone raises; nil: there is nothing.
    var alarmSubject: String? {
        let subjects = [freshness.isStale ? progress?.asOf : nil, token.flatMap { $0.isExpiring ? $0.expiresAt : nil }]
        let known = subjects.compactMap { $0 }
        return known.isEmpty ? nil : known.joined(separator: " ")
    }
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

    private static let readings = Atomic(0)

    /// What is wrong or due, in one line for operations; nil: nothing.
    var reason: String? {
        if let problem { return problem }
        switch state {
        case .interrupted: return "its process is gone; resume it"
        case .failed, .paused, .incomplete:
            let message = entities.lazy.filter { [.failed, .partiallyCompleted].contains($0.status) }
                .compactMap(\.progress.notes.last).first
            if let error = job?.error ?? message { return error }
        case .notBegun, .running, .stopping, .complete, .cancelled, .unknown: break
        }
        return tokenAdvice ?? freshness.advice.first
    }

    /// What a person must do before the access to Clio ends, or after it has ended; nil: nothing.
    var tokenAdvice: String? {
        guard let token, let remedy = token.remedy else { return nil }
        return "the access token \(token.text); \(remedy): \(token.command)"
            + (name == "default" ? "" : " --connection \(name)")
    }

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

    /// Says of each list what happens to it.
    mutating func describe() {
        for phase in phases.indices {
            for index in phases[phase].entities.indices {
                let entity = phases[phase].entities[index]
                phases[phase].entities[index].words = StatusWords.describe(entity, in: self)
            }
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
    /// Why the configured connections cannot be listed; nil: they are.
    var problem: String?

    func connection(_ name: String) -> ConnectionStatus? { connections.first { $0.name == name } }
}
