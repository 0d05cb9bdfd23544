internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let samplesSchema = """
        CREATE TABLE IF NOT EXISTS run_samples(
            run_id INTEGER NOT NULL, time REAL NOT NULL, requests INTEGER NOT NULL, records INTEGER NOT NULL,
            waited_seconds REAL NOT NULL, budget_per_minute INTEGER, PRIMARY KEY(run_id, time)) STRICT, WITHOUT ROWID;
        """

    static func makeSamples(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(samplesSchema)
    }

    /// The newest runs keep their samples.
    private static let sampledRuns = 30

    /// Keeps a sample of the run that a process works on; without such a run, nothing is kept.
    /// - Parameter thin: whether every second sample is deleted afterwards.
    public func addSample(_ sample: RunSample, job: String, process: Int, thin: Bool) throws(JobError) {
        try write { connection in
            let run = try connection.value(
                "SELECT max(id) FROM runs WHERE sync_job_id = ? AND pid = ? AND ended_at IS NULL", .text(job),
                .integer(Int64(process)))?.int64
            guard let run else { return }
            try connection.run(
                "INSERT OR REPLACE INTO run_samples VALUES(?,?,?,?,?,?)", .integer(run), .real(sample.time),
                .integer(Int64(sample.requests)), .integer(Int64(sample.records)), .real(sample.waitedSeconds),
                .optional(sample.budgetPerMinute))
            if thin {
                try connection.run(
                    """
                    DELETE FROM run_samples WHERE run_id = ?1 AND time IN (
                        SELECT time FROM (
                            SELECT time, row_number() OVER (ORDER BY time DESC) AS place FROM run_samples WHERE run_id = ?1)
                        WHERE place % 2 = 0)
                    """, .integer(run))
            }
            try connection.run(
                """
                DELETE FROM run_samples
                WHERE run_id <= (SELECT id FROM runs ORDER BY id DESC LIMIT 1 OFFSET ?1)
                """, .integer(Int64(Self.sampledRuns)))
        }
    }

    /// The samples of a run, oldest first; empty for a run of an earlier version and for one that is too old.
    public func samples(run: Int64) throws(JobError) -> [RunSample] {
        try read { connection in
            // A job record that cannot be written keeps the tables of its version.
            guard try connection.tableNames().contains("run_samples") else { return [] }
            return try connection.rows(
                """
                SELECT time, requests, records, waited_seconds, budget_per_minute FROM run_samples
                WHERE run_id = ? ORDER BY time
                """, .integer(run)
            ).map { row in
                RunSample(
                    time: row[0].double ?? 0, requests: row[1].int ?? 0, records: row[2].int ?? 0,
                    waitedSeconds: row[3].double ?? 0, budgetPerMinute: row[4].int)
            }
        }
    }
}
