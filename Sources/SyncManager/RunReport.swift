public import JSON
public import Jobs
public import Progress
public import Staging
public import Verify

/// The outcome of a run, or the state of a job: the object that `run --json` and `status --json` print.
public struct RunReport: JSONReport, Sendable, Equatable {
    /// The job; nil for a stage that was run outside of one.
    @OmittedWhenNil public var job: JobSummary? = nil
    /// One row per phase and entity, in the order of the pipelines.
    public var entities: [EntitySummary] = []
    /// Requests that this run made to Clio; nil where none could be made.
    @OmittedWhenNil public var requests: RequestSummary? = nil
    /// What went wrong, grouped.
    public var errors: [JobErrorCount] = []
    /// The checks; nil when verify did not run.
    @OmittedWhenNil public var verify: VerifySummary? = nil
    /// Why a run ended early; nil when it did not.
    public var ending: Ending = .done {
        didSet {
            guard case .later(let at, _) = ending else { return }
            resumeAt = UTC.text(secondsSince1970: Int64(at.rounded(.up)))
        }
    }
    /// When to start the same run again, UTC; nil: now, or not at all.
    @OmittedWhenNil public var resumeAt: String? = nil
    /// Whether it continues only after a person fixed the cause.
    public var isCritical = false
    /// Seconds that the run took.
    public var seconds: Double = 0
    /// What was estimated, with the actual numbers once they are known; nil without an estimate.
    @OmittedWhenNil public var estimate: RawJSON? = nil
    /// How far off the estimate was, in one line; nil while that is unknown.
    public var estimateText: String?
    /// Rows in the database; a row that two lists contain counts once.
    public var rows = 0
    /// The account and the user, where they are known: what this user may not see is not in the database.
    @OmittedWhenNil public var account: Account? = nil

    /// What a refresh changed, for each table that it covers; empty for other runs.
    @OmittedWhenEmpty public var changes: [TableChange] = []

    private enum CodingKeys: CodingKey {
        case job, account, entities, requests, errors, estimate, verify, resumeAt, changes
    }

    /// An empty report.
    public init() {}

    /// How a run ended.
    public enum Ending: Sendable, Equatable {
        /// To its end.
        case done
        /// Something is missing or a check failed.
        case partial
        /// By an error that a retry does not fix.
        case failed(String)
        /// By an error that a person must fix.
        case paused(String)
        /// By a signal or by `stop`.
        case stopped
        /// By `longestWait` or `duration`: the same run continues it, best not before `at`, seconds since 1970.
        case later(at: Double, String)
    }

    /// The process's exit code.
    public var exitCode: Int32 {
        switch ending {
        case .done: 0
        case .partial: 3
        case .failed: 1
        case .paused: 4
        case .stopped: 130
        case .later: 6
        }
    }

    /// Why it ended early, in words; nil when it did not, or when a person stopped it.
    public var message: String? {
        switch ending {
        case .failed(let why), .paused(let why), .later(_, let why): why
        case .done, .partial, .stopped: nil
        }
    }
}

/// The job in a report.
public struct JobSummary: Encodable, Sendable, Equatable {
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
    /// The moment, UTC, that the records show Clio's lists at; nil: not fetched to the end.
    public var asOf: String?
    /// How old they are, and what is due.
    public var freshness = Freshness()
    /// When the access token expires; nil: not known.
    @OmittedWhenNil public var token: TokenExpiry? = nil
    /// Seconds left; nil while nothing moves.
    public var etaSeconds: Int?
    /// Different records that were fetched.
    public var fetchedItems = 0
    /// Why it failed or paused; nil when it did neither.
    public var error: String?
    /// The features that the firm can use now.
    public var featuresAvailable: [String]
    /// The Clio user of the sync, where that is known.
    @OmittedWhenNil public var clioUser: String? = nil
    /// Whether a process works on it; false for an active job whose process was killed.
    public var isRunning = false
    /// What that process waits for, for example `rate limit`; nil while it works.
    public var waitsFor: String?
    /// Until when it waits, seconds since 1970.
    @WrittenAsUTC public var waitsUntil: Double? = nil
    /// Requests of the present run, or of the last one.
    public var requests: Int?
    /// Requests a minute that may be made, once known.
    public var budget: Int?

    private enum CodingKeys: String, CodingKey {
        case id, connection, status, startedAt, completedAt, estimatedItems, syncedItems, percent, fetchedPercent, asOf,
            freshness, token, etaSeconds
        case featuresAvailable, clioUser
        case isRunning = "running"
        case waitsFor, waitsUntil
    }
}

/// One entity in a report.
public struct EntitySummary: Encodable, Sendable, Equatable {
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
    /// Of the accepted, those that a person accepted in review.
    public var acceptedInReview = 0
    /// Of the rejected, those that a person rejected in review.
    public var rejectedInReview = 0
    /// Rows of this phase's records in the database.
    public var loaded = 0
    /// Share that is loaded or rejected, 0 to 100.
    public var percent: Double?
    /// Share that is fetched, 0 to 100.
    public var fetchedPercent: Double?
    /// The moment, UTC, that the records show Clio's lists at; nil: not fetched to the end.
    public var asOf: String?
    /// Seconds left at the rate so far; nil when nothing moves.
    public var etaSeconds: Int?
    /// What a person should know.
    public var notes: [String] = []
    /// The state of its groups, in `status`; empty when it is not fetched by groups.
    @OmittedWhenEmpty public var groups: [GroupSummary] = []

    init(phase: String, entity: String, status: String) {
        self.phase = phase
        self.entity = entity
        self.status = status
    }
}

/// The checks of verify.
public struct VerifySummary: Encodable, Sendable, Equatable {
    /// Whether both sides agree.
    public var ok: Bool
    /// Every check, in order.
    public var checks: [CheckSummary]
    /// Rows whose reference has no row, by the column: no failure, each has a warning.
    public var orphans: [MissingParents] = []
    /// What was compared.
    public var scope = VerifyScope()
}

/// One check: both sides and whether they agree.
public struct CheckSummary: Encodable, Sendable, Equatable {
    /// The phase; nil for a check of the database.
    @OmittedWhenNil public var phase: String?
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
    @OmittedWhenNil public var detail: String?
}
