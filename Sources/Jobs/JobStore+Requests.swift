internal import SQLite

extension JobStore {
    /// Asks the process that runs the job for something.
    public func request(_ kind: JobRequest.Kind, job: String) throws(JobError) {
        let now = clock.now()
        let (word, entity): (String, String?) =
            switch kind {
            case .stop: ("stop", nil)
            case .prioritize(let entity): ("prioritize", entity)
            // No entity's name has a stroke.
            case .prioritizeGroup(let entity, let group): ("prioritize", "\(entity)/\(group)")
            }
        try read { connection in
            try connection.run(
                "INSERT INTO requests(sync_job_id, kind, entity_type, created_at) VALUES(?,?,?,?)", .text(job),
                .text(word), .optional(entity), .text(now))
        }
    }

    /// Marks open requests for a stop as handled.
    public func discardStops(job: String) throws(JobError) {
        let now = clock.now()
        try write { connection in
            try connection.run(
                "UPDATE requests SET handled_at = ? WHERE sync_job_id = ? AND kind = 'stop' AND handled_at IS NULL",
                .text(now), .text(job))
        }
    }

    /// Takes the open requests of a job, oldest first: each is given out once. Cheap enough to be asked every second.
    public func takeRequests(job: String) throws(JobError) -> [JobRequest] {
        let open = "SELECT count(*) FROM requests WHERE sync_job_id = ? AND handled_at IS NULL"
        let count = try read { try $0.value(open, .text(job))?.int ?? 0 }
        guard count > 0 else { return [] }
        let now = clock.now()
        return try write { connection in
            let rows = try connection.rows(
                """
                UPDATE requests SET handled_at = ? WHERE sync_job_id = ? AND handled_at IS NULL
                RETURNING id, kind, entity_type, created_at
                """, .text(now), .text(job))
            return rows.compactMap { row -> JobRequest? in
                guard let id = row[0].int64, let created = row[3].string else { return nil }
                switch (row[1].string, row[2].string) {
                case ("stop", _): return JobRequest(id: id, jobID: job, kind: .stop, createdAt: created)
                case ("prioritize", let wanted?):
                    let parts = wanted.split(separator: "/", maxSplits: 1).map(String.init)
                    let kind =
                        parts.count == 2
                        ? JobRequest.Kind.prioritizeGroup(entity: parts[0], group: parts[1])
                        : .prioritize(entity: wanted)
                    return JobRequest(id: id, jobID: job, kind: kind, createdAt: created)
                default: return nil
                }
            }.sorted { $0.id < $1.id }
        }
    }
}
