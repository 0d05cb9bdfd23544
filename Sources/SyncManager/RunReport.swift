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
    /// Seconds that the run took.
    public var seconds: Double = 0
    /// As whom the sync ran, where that is known: what this user may not see is not in the database.
    public var user: String?

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

    /// The process's exit code (DESIGN.md section 7).
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
    public var id: String
    public var connection: String
    public var status: String
    public var startedAt: String?
    public var completedAt: String?
    public var estimatedItems: Int?
    /// Rows loaded.
    public var syncedItems: Int
    public var percent: Double?
    public var etaSeconds: Int?
    /// What the firm can use now.
    public var featuresAvailable: [String]
}

/// One entity in a report.
public struct EntitySummary: Sendable, Equatable {
    public var phase: String
    public var entity: String
    public var status: String
    /// Clio's own count.
    public var expected: Int?
    public var extracted = 0
    public var duplicates = 0
    public var accepted = 0
    public var rejected = 0
    public var warned = 0
    /// Rows of this phase's records in the database.
    public var loaded = 0
    public var percent: Double?
    public var etaSeconds: Int?
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
    public var made = 0
    public var retried = 0
    public var throttled = 0
    public var budgetPerMinute: Double?
    /// Requests made per requests allowed, 0 to 1.
    public var utilisation: Double?
}

/// Errors of one class and code.
public struct ErrorSummary: Sendable, Equatable {
    public var errorClass: String
    public var code: String
    public var count: Int
    public var lastMessage: String
}

/// The checks of verify.
public struct VerifySummary: Sendable, Equatable {
    public var ok: Bool
    public var checks: [CheckSummary]
}

/// One check: both sides and whether they agree.
public struct CheckSummary: Sendable, Equatable {
    public var phase: String?
    public var entity: String
    public var check: String
    public var expected: String
    public var actual: String
    public var ok: Bool
    public var detail: String?
}
