internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without them stays readable.
    static let activitySchema = """
        CREATE TABLE IF NOT EXISTS activity(
            sync_job_id TEXT NOT NULL, pid INTEGER NOT NULL, started_at REAL NOT NULL, updated_at REAL NOT NULL,
            has_ended INTEGER NOT NULL, database TEXT NOT NULL, waiting_for TEXT, waiting_until REAL,
            requests INTEGER NOT NULL, retries INTEGER NOT NULL, throttled INTEGER NOT NULL, budget_per_minute INTEGER,
            rows_written INTEGER NOT NULL, resident_bytes INTEGER NOT NULL, cpu_seconds REAL NOT NULL,
            PRIMARY KEY(sync_job_id, pid)) STRICT;
        CREATE TABLE IF NOT EXISTS activity_rows(
            sync_job_id TEXT NOT NULL, pid INTEGER NOT NULL, position INTEGER NOT NULL, phase TEXT NOT NULL,
            entity_type TEXT NOT NULL, stage TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER, finished_at REAL,
            PRIMARY KEY(sync_job_id, pid, position)) STRICT;
        """

    /// Makes the tables, or adds what an earlier version of them lacks.
    static func makeActivity(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(activitySchema)
        let columns = try connection.rows("PRAGMA table_info(activity)").compactMap { $0[1].string }
        for name in ["progressed_at", "held_seconds"] where !columns.contains(name) {
            try connection.execute("ALTER TABLE activity ADD COLUMN \(name) REAL")
        }
    }

    /// Seconds after which the activity of an ended process is thrown away.
    private static let memory = 7 * 86_400.0
    /// Processes that have ended and whose activity is kept, of a job.
    private static let keptProcesses = 20

    /// Writes down what a process does, in place of what it wrote before.
    public func note(_ activity: JobActivity) throws(JobError) {
        try write { connection in
            try connection.run(
                """
                DELETE FROM activity WHERE (sync_job_id = ?1 AND pid = ?2) OR updated_at < ?3
                    OR rowid IN (SELECT rowid FROM activity WHERE sync_job_id = ?1 AND has_ended = 1
                                 ORDER BY updated_at DESC LIMIT -1 OFFSET ?4)
                """, .text(activity.jobID), .integer(Int64(activity.processID)),
                .real(activity.updatedAt - Self.memory), .integer(Int64(Self.keptProcesses)))
            try connection.run(
                """
                INSERT INTO activity(sync_job_id, pid, started_at, updated_at, has_ended, database, waiting_for,
                    waiting_until, requests, retries, throttled, budget_per_minute, rows_written, resident_bytes,
                    cpu_seconds, progressed_at, held_seconds)
                VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """, .text(activity.jobID),
                .integer(Int64(activity.processID)), .real(activity.startedAt), .real(activity.updatedAt),
                .integer(activity.hasEnded ? 1 : 0), .text(activity.database), .optional(activity.waitingFor?.text),
                activity.waitingUntil.map { .real($0) } ?? .null, .integer(Int64(activity.requests)),
                .integer(Int64(activity.retries)), .integer(Int64(activity.throttled)),
                .optional(activity.budgetPerMinute), .integer(Int64(activity.rowsWritten)),
                .integer(Int64(activity.residentBytes)), .real(activity.cpuSeconds), .real(activity.progressedAt),
                .real(activity.heldSeconds))
            try connection.run(
                """
                DELETE FROM activity_rows WHERE (sync_job_id = ?1 AND pid = ?2)
                    OR NOT EXISTS (SELECT 1 FROM activity a
                                   WHERE a.sync_job_id = activity_rows.sync_job_id AND a.pid = activity_rows.pid)
                """, .text(activity.jobID), .integer(Int64(activity.processID)))
            for (position, row) in activity.rows.enumerated() {
                try connection.run(
                    "INSERT INTO activity_rows VALUES(?,?,?,?,?,?,?,?,?)", .text(activity.jobID),
                    .integer(Int64(activity.processID)), .integer(Int64(position)), .text(row.phase),
                    .text(row.entity), .text(row.stage), .integer(Int64(row.done)), .optional(row.total),
                    row.finishedAt.map { .real($0) } ?? .null)
            }
        }
    }

    /// What processes do, or did last, for a job; the one that wrote last comes first.
    public func activities(job: String) throws(JobError) -> [JobActivity] {
        try read { connection in
            let rows = try connection.rows(
                """
                SELECT pid, phase, entity_type, stage, done, total, finished_at FROM activity_rows
                WHERE sync_job_id = ? ORDER BY pid, position
                """, .text(job))
            let byProcess = Dictionary(grouping: rows) { $0[0].int ?? 0 }
            return try connection.rows(
                """
                SELECT pid, started_at, updated_at, has_ended, database, waiting_for, waiting_until, requests, retries,
                    throttled, budget_per_minute, rows_written, resident_bytes, cpu_seconds, progressed_at, held_seconds
                FROM activity WHERE sync_job_id = ? ORDER BY updated_at DESC, pid
                """, .text(job)
            ).map { row in
                var activity = JobActivity(
                    jobID: job, processID: row[0].int ?? 0, startedAt: row[1].double ?? 0,
                    database: row[4].string ?? "")
                activity.updatedAt = row[2].double ?? 0
                activity.hasEnded = row[3].int == 1
                activity.waitingFor = row[5].string.map { JobWait(text: $0) }
                activity.waitingUntil = row[6].double
                activity.requests = row[7].int ?? 0
                activity.retries = row[8].int ?? 0
                activity.throttled = row[9].int ?? 0
                activity.budgetPerMinute = row[10].int
                activity.rowsWritten = row[11].int ?? 0
                activity.residentBytes = row[12].int ?? 0
                activity.cpuSeconds = row[13].double ?? 0
                activity.progressedAt = row[14].double ?? activity.updatedAt
                activity.heldSeconds = row[15].double ?? 0
                activity.rows = (byProcess[activity.processID] ?? []).map { row in
                    JobActivity.Row(
                        phase: row[1].string ?? "", entity: row[2].string ?? "", stage: row[3].string ?? "",
                        done: row[4].int ?? 0, total: row[5].int, finishedAt: row[6].double)
                }
                return activity
            }
        }
    }

    /// Which entities were asked to come first, and whether the process that runs the job has taken the request up.
    public func priorities(job: String) throws(JobError) -> [String: Bool] {
        try read { connection in
            let rows = try connection.rows(
                """
                SELECT entity_type, handled_at, max(id) FROM requests
                WHERE sync_job_id = ? AND kind = 'prioritize' AND entity_type IS NOT NULL GROUP BY entity_type
                """, .text(job))
            return Dictionary(
                rows.compactMap { row in row[0].string.map { ($0, !row[1].isNull) } }, uniquingKeysWith: { $1 })
        }
    }

    /// Whether a process was asked to stop and has not heard of it yet.
    public func isStopRequested(job: String) throws(JobError) -> Bool {
        try read { connection in
            try connection.value(
                "SELECT count(*) FROM requests WHERE sync_job_id = ? AND kind = 'stop' AND handled_at IS NULL",
                .text(job))?.int ?? 0 > 0
        }
    }
}
