public import Jobs
public import Staging
public import Verify

/// What a run, or the state of a job, comes to: the object behind `run --json` and `status --json`.
public struct RunReport: Sendable, Equatable {
    /// The job; nil for a stage that was run by hand outside of one.
    public var job: JobSummary?
    /// One row per phase and entity, in the order of the pipelines.
    public var entities: [EntitySummary] = []
    /// Requests made to Clio by this run; nil where none could be made.
    public var requests: RequestSummary?
    /// What went wrong, grouped.
    public var errors: [ErrorSummary] = []
    /// The checks; nil when verify did not run.
    public var verify: VerifySummary?
    /// Why a run ended early; nil when it did not.
    public var ending: Ending = .done
    /// Whether only a person who mends something can make it go on.
    public var isCritical = false
    /// Seconds that the run took.
    public var seconds: Double = 0
    /// What was estimated, as JSON, with what came of it once that is known; nil where nothing was.
    public var estimateJSON: String?
    /// How far off the estimate was, in one line; nil while that is not known.
    public var estimateText: String?
    /// Rows in the database; one that two lists bring counts once.
    public var rows = 0
    /// Whose data it is and as whom the sync ran, where that is known: what this user may not see is not in the database.
    public var account: Account?

    /// An empty report.
    public init() {}

    /// How a run ended.
    public enum Ending: Sendable, Equatable {
        /// To its end, be it well or partly.
        case done
        /// Something is missing or a check failed.
        case partial
        /// By an error that cannot be mended by going on.
        case failed(String)
        /// By an error that waits for a person.
        case paused(String)
        /// By a signal or by `stop`.
        case stopped
    }

    /// The process's exit code.
    public var exitCode: Int32 {
        switch ending {
        case .done: 0
        case .partial: 3
        case .failed: 1
        case .paused: 4
        case .stopped: 130
        }
    }
}

/// The job in a report.
public struct JobSummary: Sendable, Equatable {
    /// The job's id, a UUID.
    public var id: String
    /// The connection.
    public var connection: String
    /// The status, for example `IN_PROGRESS`.
    public var status: String
    /// When its first run began, UTC.
    public var startedAt: String?
    /// When it ended, UTC; nil while it has not.
    public var completedAt: String?
    /// Records expected over all phases.
    public var estimatedItems: Int?
    /// Rows loaded.
    public var syncedItems: Int
    /// Share that is loaded or rejected, 0 to 100.
    public var percent: Double?
    /// Share that is fetched, 0 to 100.
    public var fetchedPercent: Double?
    /// Seconds left; nil while nothing moves.
    public var etaSeconds: Int?
    /// Different records that were fetched.
    public var fetchedItems = 0
    /// Why it failed or paused; nil when nothing is wrong.
    public var error: String?
    /// What the firm can use now.
    public var featuresAvailable: [String]
    /// Whether a process is at work on it; false for an active job whose process was killed.
    public var isRunning = false
    /// What that process waits for, for example `rate limit`; nil while it works.
    public var waitsFor: String?
    /// Until when it waits, seconds since 1970.
    public var waitsUntil: Double?
    /// Requests of the run that is going on, or of the last one.
    public var requests: Int?
    /// Requests a minute that may be made, once known.
    public var budget: Int?
}

/// One entity in a report.
public struct EntitySummary: Sendable, Equatable {
    /// The phase.
    public var phase: String
    /// The entity.
    public var entity: String
    /// The status, for example `IN_PROGRESS`.
    public var status: String
    /// Clio's own count.
    public var expected: Int?
    /// Records in the raw layer.
    public var extracted = 0
    /// Accepted records whose id came before in this entity.
    public var duplicates = 0
    /// Records with a clean line.
    public var accepted = 0
    /// Records that are flagged and not loaded.
    public var rejected = 0
    /// Records that are flagged and loaded.
    public var warned = 0
    /// Of the accepted and of the rejected, those that are so by a person's word.
    public var review = ReviewCounts()
    /// Rows of this phase's records in the database.
    public var loaded = 0
    /// Share that is loaded or rejected, 0 to 100.
    public var percent: Double?
    /// Share that is fetched, 0 to 100.
    public var fetchedPercent: Double?
    /// Seconds left at the rate so far; nil when nothing moves.
    public var etaSeconds: Int?
    /// How far its groups are, in `status`; empty when it is not cut into groups.
    public var groups: [GroupSummary] = []
    /// When its last pass over Clio's list ended, UTC; nil while none has.
    public var asOf: String?
    /// What a person should know; not part of the JSON's stable keys, but printed.
    public var notes: [String] = []

    init(phase: String, entity: String, status: String) {
        self.phase = phase
        self.entity = entity
        self.status = status
    }
}

/// Requests of a run.
public struct RequestSummary: Sendable, Equatable {
    /// Requests sent.
    public var made = 0
    /// Requests tried again.
    public var retried = 0
    /// Requests that Clio refused for the rate (429).
    public var throttled = 0
    /// Requests a minute that may be made.
    public var budgetPerMinute: Double?
    /// Requests made per requests allowed, 0 to 1.
    public var utilisation: Double?
}

/// Errors of one class and code.
public struct ErrorSummary: Sendable, Equatable {
    /// Who should act: `transient`, `data`, `critical`, `api`, `verify`, …
    public var errorClass: String
    /// A stable word for the cause.
    public var code: String
    /// How often it happened.
    public var count: Int
    /// The latest message, without record values.
    public var lastMessage: String
}

/// The checks of verify.
public struct VerifySummary: Sendable, Equatable {
    /// Whether both sides agree.
    public var ok: Bool
    /// Every check, in order.
    public var checks: [CheckSummary]
    /// Rows whose reference leads nowhere, by the column: no fault, each has its warn.
    public var orphans: [MissingParents] = []
}

/// One check: both sides and whether they agree.
public struct CheckSummary: Sendable, Equatable {
    /// The phase; nil for a check of the database.
    public var phase: String?
    /// The entity.
    public var entity: String
    /// The check's stable name.
    public var check: String
    /// What must be.
    public var expected: String
    /// What is.
    public var actual: String
    /// Whether both sides agree.
    public var ok: Bool
    /// What the sides count.
    public var detail: String?
}
