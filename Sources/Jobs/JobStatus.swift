/// The state of a job, and of one entity in it.
public enum JobStatus: String, Sendable, CaseIterable {
    /// Created, nothing done.
    case pending = "PENDING"
    /// Counts, limits and the plan are being fetched.
    case initializing = "INITIALIZING"
    /// Stages are running.
    case inProgress = "IN_PROGRESS"
    /// Done, and verified.
    case completed = "COMPLETED"
    /// Ended by an error; can be resumed.
    case failed = "FAILED"
    /// Done as far as possible: data is missing, or a check failed; can be resumed.
    case partiallyCompleted = "PARTIALLY_COMPLETED"
    /// Stopped by a person or by a critical error; waits to be resumed.
    case paused = "PAUSED"
    /// Given up by a person; a job never leaves this state.
    case cancelled = "CANCELLED"

    /// The states that may follow this one, beside itself.
    public var successors: Set<JobStatus> {
        switch self {
        case .pending: [.initializing, .inProgress, .failed, .paused, .cancelled]
        case .initializing: [.inProgress, .failed, .paused, .cancelled]
        case .inProgress: [.completed, .partiallyCompleted, .failed, .paused, .cancelled]
        // A rerun of a finished job (another phase, new rules, more data) opens it again; PAUSED is what a reset entity
        // leaves.
        case .completed, .partiallyCompleted, .failed: [.initializing, .inProgress, .failed, .paused, .cancelled]
        case .paused: [.initializing, .inProgress, .failed, .cancelled]
        case .cancelled: []
        }
    }

    /// Whether a job may go from this state to the other; staying is always allowed.
    public func mayBecome(_ next: JobStatus) -> Bool { self == next || successors.contains(next) }

    /// Whether work is going on, or should be: such a job of a dead process was killed.
    public var isActive: Bool { self == .initializing || self == .inProgress }

    /// Whether the run ended, well or not, so that `completed_at` says when.
    public var isFinished: Bool {
        switch self {
        case .completed, .partiallyCompleted, .failed, .cancelled: true
        case .pending, .initializing, .inProgress, .paused: false
        }
    }
}
