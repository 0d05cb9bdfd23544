internal import Jobs

/// How one connection stands: everything that the page, the JSON and the metrics say of it.
struct ConnectionStatus: Sendable {
    let name: String
    /// Why nothing can be told; the rest is empty then.
    var problem: String?
    var job: SyncJob?
    var phases: [PhaseStatus] = []
    /// What processes do, or did last.
    var activities: [JobActivity] = []
    /// Whether a process is at work on it.
    var isRunning = false
    /// Whether a process was asked to stop and has not yet.
    var isStopping = false
    /// What the work waits for.
    var waiting: (reason: String, seconds: Int?)?
    var etaSeconds: Int?
    /// Requests a minute, over the last minute.
    var requestsPerMinute: Double?
    /// Rows a second, over the last minute.
    var rowsPerSecond: Double?
    /// Share of one processor, over the last minute.
    var cpuShare: Double?
    var errors: [JobErrorCount] = []
    var recent: [RecentItem] = []

    var entities: [EntityStatus] { phases.flatMap(\.entities) }
    var planned: [EntityStatus] { phases.filter(\.isPlanned).flatMap(\.entities) }
    var expected: Int? {
        let known = planned.compactMap(\.expected)
        return job?.estimatedItems ?? (known.isEmpty ? nil : known.reduce(0, +))
    }
    var synced: Int { planned.reduce(0) { $0 + $1.loaded } }
    var extracted: Int { planned.reduce(0) { $0 + $1.extracted } }
    var rejected: Int { planned.reduce(0) { $0 + $1.rejected } }
    var warned: Int { planned.reduce(0) { $0 + $1.warned } }

    /// Share that is loaded or rejected, 0 to 100.
    var percent: Double? {
        job?.status == .completed ? 100 : EntityStatus.percent(synced + rejected, of: expected)
    }
    /// Share that is fetched, 0 to 100.
    var fetchedPercent: Double? {
        job?.status == .completed ? 100 : EntityStatus.percent(extracted, of: expected)
    }

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
    var connections: [ConnectionStatus] = []

    func connection(_ name: String) -> ConnectionStatus? { connections.first { $0.name == name } }
}
