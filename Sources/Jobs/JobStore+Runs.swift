internal import Foundation
internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let runsSchema = """
        CREATE TABLE runs(
            id INTEGER PRIMARY KEY AUTOINCREMENT, sync_job_id TEXT NOT NULL, kind TEXT NOT NULL,
            begun_at TEXT NOT NULL, ended_at TEXT, user TEXT, pid INTEGER, host TEXT, requests INTEGER,
            inserted INTEGER, updated INTEGER, deleted INTEGER, flagged INTEGER, result TEXT, error TEXT) STRICT;
        CREATE INDEX runs_of_job ON runs(sync_job_id, id);
        """

    /// Makes the table. An earlier version kept only the last state of each job: that becomes its first run.
    static func makeRuns(_ connection: SQLiteConnection) throws(SQLiteError) {
        guard try !connection.tableNames().contains("runs") else { return }
        try connection.execute(runsSchema)
        try connection.execute(
            """
            INSERT INTO runs(sync_job_id, kind, begun_at, ended_at, pid, host, result, error)
            SELECT id, 'run', started_at,
                CASE WHEN status IN ('INITIALIZING', 'IN_PROGRESS') THEN NULL ELSE coalesce(completed_at, updated_at) END,
                pid, host, CASE WHEN status IN ('INITIALIZING', 'IN_PROGRESS') THEN NULL ELSE status END, error
            FROM sync_jobs WHERE started_at IS NOT NULL ORDER BY created_at, rowid
            """)
    }

    /// Writes down that this process begins a run.
    /// - Returns: the run's id, for `endRun`.
    public func beginRun(job: String, kind: JobRun.Kind, user: String?) throws(JobError) -> Int64 {
        let now = clock.now()
        return try write { connection in
            try connection.run(
                "INSERT INTO runs(sync_job_id, kind, begun_at, user, pid, host) VALUES(?,?,?,?,?,?)", .text(job),
                .text(kind.rawValue), .text(now), .optional(user),
                .integer(Int64(ProcessInfo.processInfo.processIdentifier)), .text(ProcessInfo.processInfo.hostName))
            return try connection.value("SELECT last_insert_rowid()")?.int64 ?? 0
        }
    }

    /// Completes the row of a run. A run that ended already stays as it is.
    public func endRun(_ id: Int64, result: String, counts: JobRun.Counts, error: String?) throws(JobError) {
        let now = clock.now()
        try write { connection in
            try connection.run(
                """
                UPDATE runs SET ended_at = ?2, requests = ?3, inserted = ?4, updated = ?5, deleted = ?6, flagged = ?7,
                    result = ?8, error = ?9 WHERE id = ?1 AND ended_at IS NULL
                """, .integer(id), .text(now), .integer(Int64(counts.requests)), .integer(Int64(counts.inserted)),
                .integer(Int64(counts.updated)), .integer(Int64(counts.deleted)), .integer(Int64(counts.flagged)),
                .text(result), .optional(error))
        }
    }

    /// All runs, oldest first.
    /// - Parameter job: of this job only.
    public func runs(job: String? = nil) throws(JobError) -> [JobRun] {
        try read { connection in
            try connection.rows(
                """
                SELECT id, sync_job_id, kind, begun_at, ended_at, user, pid, host, requests, inserted, updated, deleted,
                    flagged, result, error FROM runs WHERE ?1 IS NULL OR sync_job_id = ?1 ORDER BY id
                """, .optional(job)
            ).map { row in
                var run = JobRun(
                    id: row[0].int64 ?? 0, jobID: row[1].string ?? "",
                    kind: row[2].string.flatMap(JobRun.Kind.init) ?? .run, begunAt: row[3].string ?? "",
                    endedAt: row[4].string, user: row[5].string, processID: row[6].int, host: row[7].string,
                    result: row[13].string, error: row[14].string)
                if let requests = row[8].int {
                    var counts = JobRun.Counts()
                    counts.requests = requests
                    counts.inserted = row[9].int ?? 0
                    counts.updated = row[10].int ?? 0
                    counts.deleted = row[11].int ?? 0
                    counts.flagged = row[12].int ?? 0
                    run.counts = counts
                }
                return run
            }
        }
    }
}
