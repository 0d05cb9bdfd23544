/// What one process does for a job right now: a row of `activity` and its `activity_rows`, written every second.
///
/// It is for readers in other processes; a sync needs nothing of it to continue.
public struct JobActivity: Sendable, Equatable {
    /// The job.
    public var jobID: String
    /// The process.
    public var processID: Int
    /// When its run began, seconds since 1970.
    public var startedAt: Double
    /// When this was written, seconds since 1970.
    public var updatedAt: Double
    /// When records were last fetched, transformed or loaded, seconds since 1970.
    public var progressedAt: Double
    /// Seconds that it waited for its window.
    public var heldSeconds = 0.0
    /// Whether the run is over; a process that was killed never says so.
    public var hasEnded = false
    /// The database that it writes, as an absolute path.
    public var database: String
    /// What it waits for; nil: nothing.
    public var waitingFor: JobWait?
    /// Until when it waits, seconds since 1970; nil: not known.
    public var waitingUntil: Double?
    /// Requests that were answered.
    public var requests = 0
    /// Requests that were tried again.
    public var retries = 0
    /// Requests that Clio refused for the rate (429).
    public var throttled = 0
    /// Requests a minute that may be made; nil: not known yet.
    public var budgetPerMinute: Int?
    /// Records written to the database.
    public var rowsWritten = 0
    /// Memory of the process, bytes.
    public var residentBytes = 0
    /// Processor time of the process, seconds.
    public var cpuSeconds = 0.0
    /// What it is at, or has finished, in the order of its beginning.
    public var rows: [Row] = []

    /// One entity in one stage.
    public struct Row: Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// The entity.
        public var entity: String
        /// `extract`, `transform`, `load` or `verify`.
        public var stage: String
        /// Records done.
        public var done: Int
        /// Records to do, where that is known.
        public var total: Int?
        /// When nothing was left to do, seconds since 1970; nil: it is still being worked on.
        public var finishedAt: Double?

        /// Makes one from its values.
        public init(phase: String, entity: String, stage: String, done: Int, total: Int?, finishedAt: Double?) {
            self.phase = phase
            self.entity = entity
            self.stage = stage
            self.done = done
            self.total = total
            self.finishedAt = finishedAt
        }
    }

    /// An activity of which nothing was done yet.
    public init(jobID: String, processID: Int, startedAt: Double, database: String) {
        self.jobID = jobID
        self.processID = processID
        self.startedAt = startedAt
        updatedAt = startedAt
        progressedAt = startedAt
        self.database = database
    }

    /// Whether the process wrote so lately that it must be at work.
    public func isLive(at now: Double) -> Bool { !hasEnded && abs(now - updatedAt) < Self.patience }

    /// Seconds of silence after which a process counts as gone; it writes every second.
    public static let patience = 15.0
}
