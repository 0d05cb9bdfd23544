public import Foundation
public import Jobs
public import Progress
internal import Synchronization

/// How far a run is: written by the stages, read by the progress display.
public final class ProgressBoard: Sendable {
    /// One entity in one stage.
    public struct Row: Sendable {
        /// The phase.
        public let phase: String
        /// The entity.
        public let entity: String
        /// `extract`, `transform`, `load` or `verify`.
        public let stage: String
        /// Records done, and records to do where that is known.
        public var done = 0
        /// Records to do, where that is known.
        public var total: Int?
        /// Whether nothing is left to do.
        public var isFinished = false
        /// Groups that are complete, and how many there are, if the list is fetched by groups.
        public var groups: (complete: Int, of: Int)?
        /// When the first record was done, for the rate.
        public var startedAt: Double
        /// Records that were done before this run.
        public var doneBefore = 0
    }

    /// All of it at one moment.
    public struct Snapshot: Sendable {
        /// Every entity and stage of this run, in the order of their beginning.
        public var rows: [Row] = []
        /// What the run waits for, and until when (seconds since 1970).
        public var waiting: (reason: JobWait, until: Double)?
        /// Requests that were answered.
        public var requests = 0
        /// Requests that were tried again.
        public var retries = 0
        /// Requests that Clio refused for the rate (429).
        public var throttled = 0
        /// Requests a minute that may be made; nil: not known yet.
        public var budgetPerMinute: Int?
        /// When a record was last processed, seconds since 1970.
        public var progressedAt: Double
        /// How far the job is; nil: no job, or not known yet.
        public var progress: JobProgress?
        /// Grows with every change.
        public var version = 0

        init(now: Double) { progressedAt = now }
    }

    private let state: Mutex<Snapshot>
    private let clock: @Sendable () -> Double

    /// A board; `clock` gives seconds since 1970.
    public init(clock: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        self.clock = clock
        state = Mutex(Snapshot(now: clock()))
    }

    /// The current state.
    public var snapshot: Snapshot { state.withLock { $0 } }

    func begin(phase: String, entity: String, stage: String, done: Int = 0, total: Int?) {
        let now = clock()
        state.withLock { state in
            state.rows.removeAll { $0.phase == phase && $0.entity == entity && $0.stage == stage }
            var row = Row(phase: phase, entity: entity, stage: stage, startedAt: now)
            row.done = done
            row.doneBefore = done
            row.total = total
            state.rows.append(row)
            state.progressedAt = now
            state.version += 1
        }
    }

    func update(phase: String, entity: String, stage: String, _ change: (inout Row) -> Void) {
        let now = clock()
        state.withLock { state in
            guard
                let index = state.rows.lastIndex(where: {
                    $0.phase == phase && $0.entity == entity && $0.stage == stage
                })
            else { return }
            change(&state.rows[index])
            state.progressedAt = now
            state.version += 1
        }
    }

    /// Says what the run waits for, until a moment that passes by itself; nil: for nothing.
    func wait(_ reason: JobWait?, until: Double = 0) {
        let now = clock()
        state.withLock { state in
            // A stream that waits for less says nothing about those that wait for more.
            if reason != nil, let waiting = state.waiting, waiting.until > now, until < waiting.until { return }
            state.waiting = reason.map { ($0, until) }
            state.version += 1
        }
    }

    func countRequests(made: Int = 0, retried: Int = 0, throttled: Int = 0) {
        state.withLock { state in
            state.requests += made
            state.retries += retried
            state.throttled += throttled
            state.version += 1
        }
    }

    /// Shows how far the job is.
    func show(_ progress: JobProgress?) {
        state.withLock { state in state.progress = progress ?? state.progress }
    }

    func limit(_ budgetPerMinute: Int) {
        state.withLock { state in
            state.budgetPerMinute = budgetPerMinute
            state.version += 1
        }
    }
}
