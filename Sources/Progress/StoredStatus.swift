internal import JSON
package import Jobs
package import Staging

/// The state of a firm as a machine stored it for others: the object of `status --json`, and whose work it shows.
package struct StoredStatus: Sendable, Equatable {
    /// One entity.
    package struct Row: Sendable, Equatable {
        /// The phase.
        package var phase: String
        /// The entity.
        package var entity: String
        /// The state.
        package var status: JobStatus
        /// Clio's own count.
        package var expected: Int?
        /// Records in the raw layer.
        package var extracted = 0
        /// Accepted records whose id came before.
        package var duplicates = 0
        /// Records in the clean layer.
        package var accepted = 0
        /// Records that are flagged and not loaded.
        package var rejected = 0
        /// Records that are flagged and loaded.
        package var warned = 0
        /// Rows in the database.
        package var loaded = 0
        /// Share that is loaded or rejected, 0 to 100.
        package var percent: Double?
        /// Share that is fetched, 0 to 100.
        package var fetchedPercent: Double?
        /// The moment, UTC, that the records show the list at.
        package var asOf: String?
        /// Seconds left.
        package var etaSeconds: Int?
        /// What people should know.
        package var notes: [String] = []
    }

    /// The job.
    package var job: SyncJob
    /// Whether a process worked on it.
    package var isRunning = false
    /// What that process waited for, and until when, seconds since 1970.
    package var waiting: (reason: String, until: Double?)?
    /// Rows in the database.
    package var rows = 0
    /// Seconds left.
    package var etaSeconds: Int?
    /// When runs came to a good end.
    package var milestones = RunMilestones()
    /// All entities of the job.
    package var entities: [Row] = []
    /// Requests of the run.
    package var requests: RequestSummary?
    /// What went wrong.
    package var errors: [JobErrorCount] = []
    /// Whose data it is.
    package var account: Account?
    /// The fence of each scope that the state shows.
    package var fences: [String: Int64] = [:]

    package static func == (one: StoredStatus, other: StoredStatus) -> Bool {
        one.job == other.job && one.isRunning == other.isRunning && one.waiting?.reason == other.waiting?.reason
            && one.waiting?.until == other.waiting?.until && one.rows == other.rows
            && one.etaSeconds == other.etaSeconds && one.milestones == other.milestones
            && one.entities == other.entities && one.requests == other.requests && one.errors == other.errors
            && one.account == other.account && one.fences == other.fences
    }
}

extension StoredStatus {
    /// Reads a document; nil: it is none, or says nothing of a job.
    package init?(_ document: [UInt8]) {
        let parser = JSONParser()
        guard let value = document.withUnsafeBytes({ try? parser.parse(copying: $0) }), let job = value["job"],
            let id = job["id"]?.string, let connection = job["connection"]?.string,
            let status = job["status"]?.string.flatMap(JobStatus.init)
        else { return nil }
        var entities: [Row] = []
        value["entities"]?.forEachElement { if let row = Row($0) { entities.append(row) } }
        var phases: [String] = []
        for row in entities where !phases.contains(row.phase) { phases.append(row.phase) }
        self.init(
            job: SyncJob(
                stored: id, connection: connection, status: status, startedAt: job["started_at"]?.string,
                completedAt: job["completed_at"]?.string, phases: phases))
        self.entities = entities
        self.job.estimatedItems = job["estimated_items"]?.int
        isRunning = job["running"]?.bool == true
        waiting = job["waits_for"]?.string.map { ($0, job["waits_until"]?.moment) }
        rows = job["synced_items"]?.int ?? 0
        etaSeconds = job["eta_seconds"]?.int
        milestones.lastSuccess = job["freshness"]?["last_success_at"]?.string
        milestones.lastSweep = job["freshness"]?["last_sweep_at"]?.string
        requests = value["requests"].flatMap { $0["made"] == nil ? nil : RequestSummary($0) }
        value["errors"]?.forEachElement { if let error = JobErrorCount($0) { errors.append(error) } }
        account = value["account"].flatMap { Account($0) }
        value["fences"]?.forEachMember { fences[String(decoding: $0, as: UTF8.self)] = $1.int64 }
    }
}

extension StoredStatus.Row {
    fileprivate init?(_ value: JSONValue) {
        guard let phase = value["phase"]?.string, let entity = value["entity"]?.string,
            let status = value["status"]?.string.flatMap(JobStatus.init)
        else { return nil }
        self.init(phase: phase, entity: entity, status: status)
        expected = value["expected"]?.int
        extracted = value["extracted"]?.int ?? 0
        duplicates = value["duplicates"]?.int ?? 0
        accepted = value["accepted"]?.int ?? 0
        rejected = value["rejected"]?.int ?? 0
        warned = value["warned"]?.int ?? 0
        loaded = value["loaded"]?.int ?? 0
        percent = value["percent"]?.double
        fetchedPercent = value["fetched_percent"]?.double
        asOf = value["as_of"]?.string
        etaSeconds = value["eta_seconds"]?.int
        value["notes"]?.forEachElement { if let note = $0.string { notes.append(note) } }
    }
}

extension RequestSummary {
    fileprivate init(_ value: JSONValue) {
        self.init()
        made = value["made"]?.int ?? 0
        retried = value["retried"]?.int ?? 0
        throttled = value["throttled_429"]?.int ?? 0
        budgetPerMinute = value["budget_per_minute"]?.double
    }
}

extension JobErrorCount {
    fileprivate init?(_ value: JSONValue) {
        guard let category = value["class"]?.string, let code = value["code"]?.string else { return nil }
        self.init(
            category: category, code: code, count: value["count"]?.int ?? 0,
            lastMessage: value["last_message"]?.string ?? "")
    }
}

extension JSONValue {
    fileprivate var int: Int? { int64.flatMap { Int(exactly: $0) } }
}
