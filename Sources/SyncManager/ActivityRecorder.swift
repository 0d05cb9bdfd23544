internal import Foundation
internal import Jobs
internal import Load
internal import Staging
internal import Synchronization
internal import Tables
internal import Transform

/// Copies the progress board into `job.sqlite` every second, for those who look on from other processes.
final class ActivityRecorder: Sendable {
    private let store: JobStore
    private let activity: Mutex<JobActivity>
    /// What is kept for the chart of the run.
    private let samples = Mutex((sampler: RunSampler(), waitedSeconds: 0.0))

    init(_ job: JobRecord, database: String) {
        store = job.store
        activity = Mutex(
            JobActivity(
                jobID: job.job, processID: Int(getpid()), startedAt: Date().timeIntervalSince1970,
                database: URL(fileURLWithPath: database).path))
    }

    /// Writes what the board shows. Trouble with the job record must never stop a sync.
    func note(
        _ snapshot: @autoclosure () -> ProgressBoard.Snapshot, heldSeconds: Double = 0, ended: Bool = false
    ) {
        let now = Date().timeIntervalSince1970
        let memory = Self.residentBytes
        let processor = Self.cpuSeconds
        activity.withLock { activity in
            // The last word is said: a beat that was under way must not take it back.
            guard !activity.hasEnded else { return }
            // Taken here, so that no older one is written after it.
            let board = snapshot()
            defer { sample(board, activity, now) }
            if let waiting = board.waiting, waiting.until <= 0 || waiting.until > now {
                samples.withLock { $0.waitedSeconds += max(0, now - activity.updatedAt) }
            }
            activity.hasEnded = ended
            activity.updatedAt = now
            activity.progressedAt = board.progressedAt
            activity.heldSeconds = max(activity.heldSeconds, heldSeconds)
            activity.waitingFor = ended ? nil : board.waiting?.reason
            activity.waitingUntil = ended ? nil : board.waiting.flatMap { $0.until > 0 ? $0.until : nil }
            activity.requests = board.requests
            activity.retries = board.retries
            activity.throttled = board.throttled
            activity.budgetPerMinute = board.budgetPerMinute
            activity.rowsWritten = board.rows.reduce(0) { $0 + ($1.stage == "load" ? $1.done - $1.doneBefore : 0) }
            activity.residentBytes = memory
            activity.cpuSeconds = processor
            let before = activity.rows
            activity.rows = board.rows.map { row in
                let known = before.first { $0.phase == row.phase && $0.entity == row.entity && $0.stage == row.stage }
                return JobActivity.Row(
                    phase: row.phase, entity: row.entity, stage: row.stage, done: row.done, total: row.total,
                    finishedAt: row.isFinished ? known?.finishedAt ?? now : nil)
            }
            try? store.note(activity)
        }
    }

    private func sample(_ board: ProgressBoard.Snapshot, _ activity: JobActivity, _ now: Double) {
        let (step, waited) = samples.withLock { samples in
            (samples.sampler.offer(at: now, isLast: activity.hasEnded), samples.waitedSeconds)
        }
        guard step != .skip else { return }
        let fetched = board.rows.reduce(0) { $0 + ($1.stage == "extract" ? max(0, $1.done - $1.doneBefore) : 0) }
        try? store.addSample(
            RunSample(
                time: now, requests: board.requests, records: fetched, waitedSeconds: waited,
                budgetPerMinute: board.budgetPerMinute), job: activity.jobID, process: activity.processID,
            thin: step == .keepAndThin)
    }

    private static var residentBytes: Int {
        // The second number of statm: pages that are in memory.
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static var cpuSeconds: Double {
        var spent = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0 else { return 0 }
        return Double(spent.tv_sec) + Double(spent.tv_nsec) / 1e9
    }
}

extension SyncRun {
    /// Counts what failed outside of Clio, by who should act.
    func noteFailure(_ error: any Error) {
        switch error {
        case let error as LoadError where error.code != .locked:
            job?.event(.error, "database", "\(error.code)", error.description)
            manager.emit(.error(kind: "database", code: "\(error.code)", message: error.description))
        case let error as TransformError where error.code != .stopped && error.code != .staging(.locked):
            job?.event(.error, "transform", Self.word(error.code), error.description)
            manager.emit(.error(kind: "transform", code: Self.word(error.code), message: error.description))
        default: break
        }
    }

    private static func word(_ code: TransformError.Code) -> String {
        if case .staging(let inner) = code { return "staging_\(inner)" }
        return "\(code)"
    }
}
