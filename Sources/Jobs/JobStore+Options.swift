internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let optionsSchema = """
        CREATE TABLE IF NOT EXISTS job_options(
            sync_job_id TEXT PRIMARY KEY, recent_since REAL, group_by TEXT, max_rejected TEXT, deletions TEXT) STRICT;
        """

    /// Makes the table, or adds what an earlier version of it lacks.
    static func makeOptions(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(optionsSchema)
        let columns = try connection.rows("PRAGMA table_info(job_options)").compactMap { $0[1].string }
        for (name, type) in [("max_rejected", "TEXT"), ("deletions", "TEXT")] where !columns.contains(name) {
            try connection.execute("ALTER TABLE job_options ADD COLUMN \(name) \(type)")
        }
    }

    /// What a job was asked for beyond the ordinary.
    public func options(job: String) throws(JobError) -> JobOptions {
        try read { connection in
            let rows = try connection.rows(
                "SELECT recent_since, group_by, max_rejected, deletions FROM job_options WHERE sync_job_id = ?",
                .text(job))
            guard let row = rows.first else { return JobOptions() }
            return JobOptions(
                recentSince: row[0].double, groupBy: row[1].string, maxRejected: row[2].string,
                deletions: row[3].string)
        }
    }

    /// Adds to what a job was asked for: a member that is nil stays as it was.
    /// - Returns: all that it is asked for now.
    @discardableResult
    public func addOptions(_ options: JobOptions, job: String) throws(JobError) -> JobOptions {
        guard options != JobOptions() else { return try self.options(job: job) }
        try write { connection in
            try connection.run(
                """
                INSERT INTO job_options(sync_job_id, recent_since, group_by, max_rejected, deletions)
                VALUES(?, ?, ?, ?, ?) ON CONFLICT(sync_job_id) DO UPDATE SET
                    recent_since = coalesce(excluded.recent_since, recent_since),
                    group_by = coalesce(excluded.group_by, group_by),
                    max_rejected = coalesce(excluded.max_rejected, max_rejected),
                    deletions = coalesce(excluded.deletions, deletions)
                """, .text(job), options.recentSince.map { .real($0) } ?? .null, .optional(options.groupBy),
                .optional(options.maxRejected), .optional(options.deletions))
        }
        return try self.options(job: job)
    }
}
