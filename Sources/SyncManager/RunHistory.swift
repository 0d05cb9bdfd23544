internal import Foundation
public import JSON
public import Jobs
internal import Progress
internal import Staging

/// All runs of some connections, oldest first, for `status --history`.
public struct RunHistory: Sendable, Equatable {
    /// One run.
    public struct Entry: Sendable, Equatable {
        /// The connection.
        public let connection: String
        /// The run as the job record has it.
        public let run: JobRun
        /// Whether its process is at work.
        public let isRunning: Bool

        /// How it ended: a job status, `RUNNING`, or `KILLED` when its process ended without a result.
        public var result: String { run.result ?? (isRunning ? "RUNNING" : "KILLED") }
        /// Seconds that it took; nil while it has not ended, or when that is not known.
        public var seconds: Double? {
            guard let end = run.endedAt.flatMap(Moment.seconds), let begin = Moment.seconds(run.begunAt) else {
                return nil
            }
            return max(0, end - begin)
        }
    }

    /// The runs.
    public private(set) var entries: [Entry] = []

    /// An empty history.
    public init() {}

    /// Adds the runs of a connection.
    /// - Parameters:
    ///   - staging: the folder of the staged files.
    ///   - connection: the connection's name.
    ///   - job: of this job only.
    public mutating func add(staging: String, connection: String, job: String? = nil) throws {
        let folder = try ConnectionFolder(staging: staging, connection: connection)
        guard let store = try JobStore.openExisting(path: folder.jobDatabase) else { return }
        let runs = try store.runs(job: job)
        let running = try ProcessLife.running(among: runs, store, folder, now: Date().timeIntervalSince1970)
        entries += runs.map { Entry(connection: connection, run: $0, isRunning: running.contains($0.id)) }
    }

    /// The history as a report: `{"runs": […]}`.
    public var report: some JSONReport { HistoryReport(runs: entries.map(HistoryReport.Run.init)) }
}

/// What `status --history --json` prints.
private struct HistoryReport: JSONReport {
    let runs: [Run]

    struct Run: Encodable {
        let connection: String
        let job: String
        let run: Int
        let kind: String
        let begunAt: String
        let endedAt: String?
        let user: String?
        let requests: Int?
        let inserted: Int?
        let updated: Int?
        let deleted: Int?
        let flagged: Int?
        let result: String
        let error: String?

        init(_ entry: RunHistory.Entry) {
            connection = entry.connection
            job = entry.run.jobID
            run = Int(entry.run.id)
            kind = entry.run.kind.rawValue
            begunAt = entry.run.begunAt
            endedAt = entry.run.endedAt
            user = entry.run.user
            requests = entry.run.counts?.requests
            inserted = entry.run.counts?.inserted
            updated = entry.run.counts?.updated
            deleted = entry.run.counts?.deleted
            flagged = entry.run.counts?.flagged
            result = entry.result
            error = entry.run.error
        }
    }
}
