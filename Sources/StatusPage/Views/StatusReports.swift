internal import JSON
internal import Jobs
internal import Progress
internal import Staging

/// The answer of `/api/status`.
struct SnapshotReport: JSONReport {
    let time: String
    /// Each a `ConnectionReport`.
    let connections: [RawJSON]
}

extension SnapshotReport {
    init(_ snapshot: StatusSnapshot) {
        self.init(
            time: StatusWords.time(snapshot.time),
            connections: snapshot.connections.map { RawJSON(ConnectionReport($0).json) })
    }
}

/// The answer of `/api/status/NAME`: the keys of `status --json`, and a few more.
struct ConnectionReport: JSONReport {
    let connection: String
    let state: String
    let running: Bool
    let waitsFor: String?
    @OmittedWhenNil var problem: String?
    @OmittedWhenNil var account: Account?
    let job: Job?
    let entities: [Entity]
    @OmittedWhenNil var requests: RequestSummary?
    let errors: [JobErrorCount]

    struct Job: Encodable {
        let id: String
        let connection: String
        let status: String
        let startedAt: String?
        let completedAt: String?
        let estimatedItems: Int?
        let syncedItems: Int?
        let percent: Double?
        let fetchedPercent: Double?
        let asOf: String?
        let freshness: Freshness
        @OmittedWhenNil var token: TokenExpiry?
        let etaSeconds: Int?
        let featuresAvailable: [String]
    }

    struct Entity: Encodable {
        let phase: String
        let entity: String
        let status: String
        let expected: Int?
        let extracted: Int
        let duplicates: Int
        let accepted: Int
        let rejected: Int
        let warned: Int
        let loaded: Int
        let percent: Double?
        let fetchedPercent: Double?
        let asOf: String?
        let etaSeconds: Int?
        let notes: [String]
        let state: String
        @OmittedWhenEmpty var groups: [GroupSummary]
    }

    init(_ status: ConnectionStatus) {
        connection = status.name
        state = status.state.rawValue
        running = status.isRunning
        waitsFor = status.waiting?.reason
        problem = status.problem
        account = status.account
        job = status.job.map { Job($0, status) }
        entities = status.job == nil ? [] : status.entities.map { Entity($0) }
        requests = status.activities.isEmpty ? nil : RequestSummary(status)
        errors = status.errors
    }
}

extension ConnectionReport.Job {
    init(_ job: SyncJob, _ status: ConnectionStatus) {
        id = job.id
        connection = job.connection
        self.status = job.status.rawValue
        startedAt = job.startedAt
        completedAt = job.completedAt
        estimatedItems = status.progress?.expected
        syncedItems = status.progress?.rows
        percent = status.progress?.loadedPercent
        fetchedPercent = status.progress?.fetchedPercent
        asOf = status.progress?.asOf
        freshness = status.freshness
        token = status.token
        etaSeconds = status.etaSeconds
        featuresAvailable = status.featuresAvailable.map(\.name)
    }
}

extension ConnectionReport.Entity {
    init(_ entity: EntityStatus) {
        let progress = entity.progress
        phase = entity.phase
        self.entity = entity.name
        status = entity.status.rawValue
        expected = entity.expected
        extracted = progress.fetched
        duplicates = progress.duplicates
        accepted = progress.accepted
        rejected = progress.rejected
        warned = progress.warned
        loaded = progress.loaded
        percent = progress.loadedPercent
        fetchedPercent = progress.fetchedPercent
        asOf = progress.asOf
        etaSeconds = progress.secondsLeft
        notes = progress.notes
        state = entity.words
        groups = entity.groups
    }
}

extension RequestSummary {
    fileprivate init(_ status: ConnectionStatus) {
        self.init()
        made = status.activities.reduce(0) { $0 + $1.requests }
        retried = status.activities.reduce(0) { $0 + $1.retries }
        throttled = status.activities.reduce(0) { $0 + $1.throttled }
        budgetPerMinute = status.activities.compactMap(\.budgetPerMinute).first.map { Double($0) }
        if let budgetPerMinute { utilisation = status.requestsPerMinute.map { $0 / max(1, budgetPerMinute) } }
    }
}

/// What is wrong, in one line.
struct ErrorReport: JSONReport {
    let error: String
}

/// What was done, in one line.
struct ActionReport: JSONReport {
    let done: String
}
