internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    static let optionsSchema = """
        CREATE TABLE IF NOT EXISTS job_options(
            sync_job_id TEXT PRIMARY KEY, recent_since REAL, group_by TEXT) STRICT;
        """

    /// What a job was asked for beyond the ordinary.
    public func options(job: String) throws(JobError) -> JobOptions {
        try read { connection in
            let rows = try connection.rows(
                "SELECT recent_since, group_by FROM job_options WHERE sync_job_id = ?", .text(job))
            guard let row = rows.first else { return JobOptions() }
            return JobOptions(recentSince: row[0].double, groupBy: row[1].string)
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
                INSERT INTO job_options VALUES(?, ?, ?) ON CONFLICT(sync_job_id) DO UPDATE SET
                    recent_since = coalesce(excluded.recent_since, recent_since),
                    group_by = coalesce(excluded.group_by, group_by)
                """, .text(job), options.recentSince.map { .real($0) } ?? .null, .optional(options.groupBy))
        }
        return try self.options(job: job)
    }
}
