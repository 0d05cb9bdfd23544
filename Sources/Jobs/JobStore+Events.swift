internal import SQLite

extension JobStore {
    /// Writes an event. `category` is the column `class`; `message` is one line without record values.
    public func addEvent(
        job: String, level: JobEvent.Level, category: String, code: String, message: String
    ) throws(JobError) {
        let now = clock.now()
        try read { connection in
            try connection.run(
                "INSERT INTO events(time, sync_job_id, level, class, code, message) VALUES(?,?,?,?,?,?)",
                .text(now), .text(job), .text(level.rawValue), .text(category), .text(code), .text(message))
        }
    }

    /// Writes down that a run of a job begins: its warnings and errors are counted from here on.
    /// - Returns: the event's id.
    public func beginRun(job: String, _ message: String) throws(JobError) -> Int64 {
        let now = clock.now()
        return try write { connection in
            let rows = try connection.rows(
                """
                INSERT INTO events(time, sync_job_id, level, class, code, message) VALUES(?,?,'info','run','begun',?)
                RETURNING id
                """, .text(now), .text(job), .text(message))
            return rows.first?[0].int64 ?? 0
        }
    }

    /// The events of a job, oldest first: those with an id above `after`, at most `limit`.
    public func events(job: String, after: Int64 = 0, limit: Int = 1_000) throws(JobError) -> [JobEvent] {
        try read { connection in
            try JobStore.events(
                connection, "WHERE sync_job_id = ? AND id > ? ORDER BY id LIMIT ?", .text(job), .integer(after),
                .integer(Int64(limit)))
        }
    }

    /// The last events of a job, oldest first.
    public func lastEvents(job: String, limit: Int) throws(JobError) -> [JobEvent] {
        try read { connection in
            try JobStore.events(
                connection, "WHERE sync_job_id = ? ORDER BY id DESC LIMIT ?", .text(job), .integer(Int64(limit)))
        }.reversed()
    }

    /// The last warnings and errors of a job, newest first.
    public func lastProblems(job: String, limit: Int) throws(JobError) -> [JobEvent] {
        try read { connection in
            try JobStore.events(
                connection, "WHERE sync_job_id = ? AND level <> 'info' ORDER BY id DESC LIMIT ?", .text(job),
                .integer(Int64(limit)))
        }
    }

    /// Warnings and errors of a job's run by class and code, the most frequent first: what earlier runs met is over.
    /// - Parameter run: where the run begins; nil: the last one.
    public func errorCounts(job: String, run: Int64? = nil) throws(JobError) -> [JobErrorCount] {
        try read { connection in
            // With max(), SQLite takes the bare column from the row that has the maximum.
            try connection.rows(
                """
                SELECT class, code, count(*), message, max(id) FROM events
                WHERE sync_job_id = ?1 AND level <> 'info' AND id > coalesce(
                    ?2, (SELECT max(id) FROM events WHERE sync_job_id = ?1 AND class = 'run' AND code = 'begun'), 0)
                GROUP BY class, code ORDER BY 3 DESC, 1, 2
                """, .text(job), run.map { .integer($0) } ?? .null
            ).map { row in
                JobErrorCount(
                    category: row[0].string ?? "", code: row[1].string ?? "", count: row[2].int ?? 0,
                    lastMessage: row[3].string ?? "")
            }
        }
    }

    private static func events(
        _ connection: SQLiteConnection, _ condition: String, _ values: SQLiteValue...
    ) throws(SQLiteError) -> [JobEvent] {
        let statement = try connection.prepare(
            "SELECT id, time, sync_job_id, level, class, code, message FROM events \(condition)")
        try statement.bind(values)
        var events: [JobEvent] = []
        while try statement.step() {
            events.append(
                JobEvent(
                    id: statement.int64(at: 0), time: statement.text(at: 1), jobID: statement.text(at: 2),
                    level: JobEvent.Level(rawValue: statement.text(at: 3)) ?? .error, category: statement.text(at: 4),
                    code: statement.text(at: 5), message: statement.text(at: 6)))
        }
        return events
    }
}
