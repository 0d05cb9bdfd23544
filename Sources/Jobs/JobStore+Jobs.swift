internal import Foundation
internal import SQLite

extension JobStore {
    /// Makes a PENDING job for a connection.
    public func createJob(connection name: String, phases: [String]) throws(JobError) -> SyncJob {
        let now = clock.now()
        let job = SyncJob(
            id: UUID().uuidString.lowercased(), connection: name, status: .pending, syncedItems: 0, createdAt: now,
            updatedAt: now, phases: phases)
        try write { connection in
            try connection.run(
                "INSERT INTO sync_jobs(id, connection_id, status, created_at, updated_at, phases) VALUES(?,?,?,?,?,?)",
                .text(job.id), .text(name), .text(job.status.rawValue), .text(now), .text(now),
                .text(JobStore.list(phases)))
        }
        return job
    }

    /// The job with this id, or nil.
    public func job(_ id: String) throws(JobError) -> SyncJob? {
        try read { try JobStore.jobs($0, "WHERE id = ?", .text(id)).first }
    }

    /// The one job whose id begins with these characters.
    public func job(matching prefix: String) throws(JobError) -> SyncJob {
        let found = try read { connection in
            try JobStore.jobs(connection, "WHERE substr(id, 1, length(?1)) = lower(?1) LIMIT 2", .text(prefix))
        }
        guard let job = found.first, !prefix.isEmpty else {
            throw JobError(.notFound, "no job \(prefix) in \(path); `cliosync status` lists them")
        }
        guard found.count == 1 else {
            throw JobError(.ambiguous, "several jobs begin with \(prefix); give more of the id")
        }
        return job
    }

    /// All jobs, the newest first; of one connection when it is given.
    public func jobs(connection name: String? = nil) throws(JobError) -> [SyncJob] {
        try read { connection in
            try JobStore.jobs(
                connection, "WHERE ?1 IS NULL OR connection_id = ?1 ORDER BY created_at DESC, rowid DESC",
                .optional(name))
        }
    }

    /// The newest job of a connection that can still be worked on: not COMPLETED and not CANCELLED.
    public func openJob(connection name: String) throws(JobError) -> SyncJob? {
        try read { connection in
            try JobStore.jobs(
                connection,
                """
                WHERE connection_id = ? AND status NOT IN ('COMPLETED', 'CANCELLED')
                ORDER BY created_at DESC, rowid DESC LIMIT 1
                """, .text(name))
        }.first
    }

    /// Changes a job in one transaction and returns it as stored. Sets `startedAt` with the first active state and
    /// `completedAt` with a finished one. Throws `.transition` when the change of state is not allowed.
    @discardableResult
    public func updateJob(_ id: String, _ change: (inout SyncJob) -> Void) throws(JobError) -> SyncJob {
        let now = clock.now()
        return try write { connection in
            guard var job = try JobStore.jobs(connection, "WHERE id = ?", .text(id)).first else {
                throw JobError(.notFound, "no job \(id) in \(self.path); `cliosync status` lists them")
            }
            let before = job.status
            change(&job)
            guard before.mayBecome(job.status) else {
                throw JobError(
                    .transition, "job \(id): cannot go from \(before.rawValue) to \(job.status.rawValue)")
            }
            if job.status != before {
                if job.status.isActive { job.startedAt = job.startedAt ?? now }
                job.completedAt = job.status.isFinished ? now : nil
            }
            job.updatedAt = now
            try connection.run(
                """
                UPDATE sync_jobs SET status = ?, started_at = ?, completed_at = ?, estimated_items = ?, updated_at = ?,
                    phases = ?, strategy = ?, estimate = ?, error = ?, pid = ?, host = ? WHERE id = ?
                """,
                .text(job.status.rawValue), .optional(job.startedAt), .optional(job.completedAt),
                .optional(job.estimatedItems), .text(now), .text(JobStore.list(job.phases)), .optional(job.strategy),
                .optional(job.estimate), .optional(job.error), .optional(job.processID), .optional(job.host), .text(id))
            return job
        }
    }

    private static func jobs(
        _ connection: SQLiteConnection, _ condition: String, _ value: SQLiteValue
    ) throws(SQLiteError) -> [SyncJob] {
        let rows = try connection.rows(
            """
            SELECT id, connection_id, status, started_at, completed_at, estimated_items, synced_items, created_at,
                updated_at, phases, strategy, estimate, error, pid, host FROM sync_jobs \(condition)
            """, value)
        return rows.map { row in
            SyncJob(
                id: row[0].string ?? "", connection: row[1].string ?? "", status: status(row[2]),
                startedAt: row[3].string, completedAt: row[4].string, estimatedItems: row[5].int,
                syncedItems: row[6].int ?? 0, createdAt: row[7].string ?? "", updatedAt: row[8].string ?? "",
                phases: names(row[9].string ?? ""), strategy: row[10].string, estimate: row[11].string,
                error: row[12].string, processID: row[13].int, host: row[14].string)
        }
    }

    /// A state that this version does not know is one that a person must look at.
    static func status(_ value: SQLiteValue) -> JobStatus { value.string.flatMap(JobStatus.init) ?? .failed }

    /// Phase names hold nothing that JSON escapes: `["core","supporting"]`.
    private static func list(_ names: [String]) -> String {
        "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }

    private static func names(_ list: String) -> [String] {
        list.split(whereSeparator: { "[]\", ".contains($0) }).map(String.init)
    }
}
