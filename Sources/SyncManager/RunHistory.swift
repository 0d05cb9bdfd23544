internal import Foundation
internal import JSON
public import Jobs
internal import Staging

/// All runs of some connections, oldest first: what is behind `status --history`.
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
    ///   - job: of this job only.
    public mutating func add(staging: String, connection: String, job: String? = nil) throws {
        let folder = try ConnectionFolder(staging: staging, connection: connection)
        guard let store = try JobStore.openExisting(path: folder.jobDatabase) else { return }
        let now = Date().timeIntervalSince1970
        var live: [String: Set<Int>] = [:]
        for run in try store.runs(job: job) {
            if run.endedAt == nil, live[run.jobID] == nil {
                live[run.jobID] = Set(
                    try store.activities(job: run.jobID).filter { $0.isLive(at: now) }.map(\.processID))
            }
            let isRunning = run.endedAt == nil && run.processID.map { live[run.jobID]?.contains($0) == true } ?? false
            entries.append(Entry(connection: connection, run: run, isRunning: isRunning))
        }
    }

    /// `{"runs": […]}`, with keys that scripts may rely on.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.key("runs")
        line.beginArray()
        for entry in entries {
            let run = entry.run
            line.beginObject()
            line.member("connection", entry.connection)
            line.member("job", run.jobID)
            line.member("run", Int(run.id))
            line.member("kind", run.kind.rawValue)
            line.member("begun_at", run.begunAt)
            line.member("ended_at", run.endedAt)
            line.member("user", run.user)
            line.member("requests", run.counts?.requests)
            line.member("inserted", run.counts?.inserted)
            line.member("updated", run.counts?.updated)
            line.member("deleted", run.counts?.deleted)
            line.member("flagged", run.counts?.flagged)
            line.member("result", entry.result)
            line.member("error", run.error)
            line.endObject()
        }
        line.endArray()
        line.endObject()
        return line.text
    }
}
