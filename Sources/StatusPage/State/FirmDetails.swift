internal import Jobs
internal import Progress
internal import Staging

/// What a firm's page shows beside its progress. Read when someone looks at that page.
struct FirmDetails: Sendable {
    /// The newest runs, oldest first.
    var runs: [PastRun] = []
    /// How fast the newest run was; nil: it kept no samples.
    var pace: RunPace?
    /// The newest run that verify followed, with its report.
    var proof: Proof?
    /// Which run verified each phase of the job last, in the order of the pipelines.
    var coverage: [VerifiedPhase] = []
    /// The run whose changes are shown, with its report; nil: no kept report has changes.
    var lastChanges: Proof?
    /// The rules that records in the database break.
    var flagged: [FlaggedRule] = []
    /// Where Clio shows them.
    var links = ClioLinks()
    /// The newest warnings and errors, newest first.
    var events: [JobEvent] = []

    /// The newest run that compared the files of a phase with the database.
    struct VerifiedPhase: Sendable, Equatable {
        let phase: String
        let title: String
        /// nil: no kept report has checks of it.
        let run: JobRun?
        /// Its checks, and those that differ.
        var checks = 0
        var differing = 0
        /// The moment, UTC, that its records show Clio's lists at.
        var asOf: String?
    }

    /// A run with its report.
    struct Proof: Sendable {
        let run: JobRun
        let report: JobRunReport
    }
}

/// A run as the history shows it.
struct PastRun: Sendable, Equatable {
    let run: JobRun
    let isRunning: Bool

    /// How it ended, in a word.
    var result: Result {
        guard let result = run.result else { return isRunning ? .running : .killed }
        return switch JobStatus(rawValue: result) {
        case .completed: .complete
        case .partiallyCompleted: .incomplete
        case .paused: .paused
        case .cancelled: .cancelled
        default: .failed
        }
    }

    enum Result: String, Sendable {
        case running = "Running"
        case complete = "Complete"
        case incomplete = "Incomplete"
        case paused = "Paused"
        case cancelled = "Cancelled"
        case failed = "Failed"
        case killed = "Killed"
    }

    /// Seconds that it took, or has taken so far; nil: not known.
    func seconds(now: Double) -> Double? {
        guard let begin = Moment.seconds(run.begunAt) else { return nil }
        if isRunning { return max(0, now - begin) }
        return run.endedAt.flatMap(Moment.seconds).map { max(0, $0 - begin) }
    }

    /// Rows that it wrote or deleted; nil: not known.
    var rows: Int? { run.counts.map { $0.inserted + $0.updated + $0.deleted } }

    /// What was asked for, in words.
    var title: String {
        switch run.kind {
        case .run: "Sync"
        case .sweep: "Refresh with sweep"
        case .refresh: "Refresh"
        case .force: "Full reread"
        }
    }
}
