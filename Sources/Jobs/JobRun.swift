/// One run of a job: a row of `runs`. It is written when the run begins and completed when it ends, and never overwritten by
/// another run. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct JobRun: Sendable, Equatable {
    /// Grows from run to run.
    public let id: Int64
    /// The job.
    public let jobID: String
    /// What was asked for.
    public let kind: Kind
    /// When it began.
    public let begunAt: String
    /// When it ended; nil while it has not, and for good when its process was killed.
    public var endedAt: String?
    /// The login name of the person or service that began it.
    public let user: String?
    /// The process.
    public let processID: Int?
    /// The machine of that process.
    public let host: String?
    /// What it did; nil where that is not known.
    public var counts: Counts?
    /// How it ended: a job status, for example `COMPLETED`; nil while it has not.
    public var result: String?
    /// Why it failed or paused: one line without record values.
    public var error: String?
    /// Whether its report is kept.
    public var hasReport = false
    /// Whether every check of verify agreed; nil: verify did not run.
    public var isVerified: Bool?

    /// What was asked for.
    public enum Kind: String, Sendable {
        /// What is missing, and nothing else.
        case run
        /// Finished lists are compared with all ids that Clio has now.
        case sweep
        /// Finished lists are brought up to date; deletions are found by counts, or not looked for.
        case refresh
        /// Finished lists are begun again.
        case force
    }

    /// What a run did.
    public struct Counts: Sendable, Equatable {
        /// Requests to Clio.
        public var requests = 0
        /// Rows that were not in the database.
        public var inserted = 0
        /// Rows that replaced an older version.
        public var updated = 0
        /// Rows that were deleted from the database.
        public var deleted = 0
        /// Records that were flagged, loaded or not.
        public var flagged = 0

        /// Nothing.
        public init() {}
    }
}
