internal import Foundation
internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let runsSchema = """
        CREATE TABLE runs(
            id INTEGER PRIMARY KEY AUTOINCREMENT, sync_job_id TEXT NOT NULL, kind TEXT NOT NULL,
            begun_at TEXT NOT NULL, ended_at TEXT, user TEXT, pid INTEGER, host TEXT, requests INTEGER,
            inserted INTEGER, updated INTEGER, deleted INTEGER, flagged INTEGER, result TEXT, error TEXT,
            report TEXT, verified INTEGER, all_compared_at TEXT, packed_report BLOB) STRICT;
        CREATE INDEX runs_of_job ON runs(sync_job_id, id);
        """

    /// Makes the table. An earlier version kept only the last state of each job: that becomes its first run.
    static func makeRuns(_ connection: SQLiteConnection) throws(SQLiteError) {
        if try connection.tableNames().contains("runs") {
            let columns = try connection.rows("PRAGMA table_info(runs)").compactMap { $0[1].string }
            for (name, type) in [
                ("report", "TEXT"), ("verified", "INTEGER"), ("all_compared_at", "TEXT"), ("packed_report", "BLOB"),
            ] where !columns.contains(name) {
                try connection.execute("ALTER TABLE runs ADD COLUMN \(name) \(type)")
            }
            return
        }
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

    /// The newest reports are kept, and the newest one with checks; rows of runs are never deleted.
    private static let keptReports = 100

    /// Completes the row of a run. A run that ended already stays as it is.
    /// - Parameter report: what it found; nil: it found nothing.
    public func endRun(
        _ id: Int64, result: String, counts: JobRun.Counts, error: String?, report: JobRunReport? = nil
    ) throws(JobError) {
        let now = clock.now()
        let stored = report.map(PackedReport.init)
        let verified = report?.isVerified
        let allComparedAt = verified == true ? report?.scope?.allComparedAt : nil
        try write { connection in
            try connection.run(
                """
                UPDATE runs SET ended_at = ?2, requests = ?3, inserted = ?4, updated = ?5, deleted = ?6, flagged = ?7,
                    result = ?8, error = ?9, report = ?10, verified = ?11, all_compared_at = ?12, packed_report = ?13
                    WHERE id = ?1 AND ended_at IS NULL
                """, .integer(id), .text(now), .integer(Int64(counts.requests)), .integer(Int64(counts.inserted)),
                .integer(Int64(counts.updated)), .integer(Int64(counts.deleted)), .integer(Int64(counts.flagged)),
                .text(result), .optional(error), .optional(stored?.text),
                verified.map { .integer($0 ? 1 : 0) } ?? .null,
                .optional(allComparedAt), (stored?.packed).map { .blob($0) } ?? .null)
            try connection.run(
                """
                UPDATE runs SET report = NULL, packed_report = NULL WHERE \(PackedReport.exists)
                    AND id <= (SELECT id FROM runs WHERE \(PackedReport.exists) ORDER BY id DESC LIMIT 1 OFFSET ?1)
                    AND id <> (SELECT coalesce(max(id), 0) FROM runs WHERE verified IS NOT NULL AND \(PackedReport.exists))
                """, .integer(Int64(Self.keptReports)))
        }
    }

    /// What a run found; nil where it found nothing, or where its report was too old to be kept.
    public func report(run: Int64) throws(JobError) -> JobRunReport? {
        try read { connection in
            try connection.rows("SELECT report, packed_report FROM runs WHERE id = ?", .integer(run)).first
                .flatMap { PackedReport(text: $0[0].string, packed: $0[1].blob).report }
        }
    }

    /// The newest run whose report has checks.
    public func lastVerifiedRun() throws(JobError) -> JobRun? {
        try runs(
            "id = (SELECT max(id) FROM runs WHERE verified IS NOT NULL AND \(PackedReport.exists)) AND ?1 IS NULL",
            .null,
            limit: 1
        ).first
    }

    /// The newest runs whose reports have checks, newest first.
    public func verifiedRuns(_ number: Int) throws(JobError) -> [JobRun] {
        try runs("verified IS NOT NULL AND \(PackedReport.exists) AND ?1 IS NULL", .null, limit: number).reversed()
    }

    /// One run; nil: there is none with this id.
    public func run(_ id: Int64) throws(JobError) -> JobRun? {
        try runs("id = ?1", .integer(id), limit: 1).first
    }

    /// The newest runs, oldest first.
    public func lastRuns(_ number: Int) throws(JobError) -> [JobRun] {
        try runs("?1 IS NULL", .null, limit: number)
    }

    /// All runs, oldest first.
    /// - Parameter job: of this job only.
    public func runs(job: String? = nil) throws(JobError) -> [JobRun] {
        try runs("?1 IS NULL OR sync_job_id = ?1", .optional(job), limit: .max)
    }

    private func runs(
        _ condition: String, _ value: SQLiteValue, limit: Int
    ) throws(JobError) -> [JobRun] {
        try read { connection in
            try connection.rows(
                """
                SELECT id, sync_job_id, kind, begun_at, ended_at, user, pid, host, requests, inserted, updated, deleted,
                    flagged, result, error, \(PackedReport.exists), verified
                FROM runs WHERE \(condition) ORDER BY id DESC LIMIT ?2
                """, value, .integer(Int64(limit))
            ).reversed().map { row in
                var run = JobRun(
                    id: row[0].int64 ?? 0, jobID: row[1].string ?? "",
                    kind: row[2].string.flatMap(JobRun.Kind.init) ?? .run, begunAt: row[3].string ?? "",
                    endedAt: row[4].string, user: row[5].string, processID: row[6].int, host: row[7].string,
                    result: row[13].string, error: row[14].string, hasReport: row[15].int == 1,
                    isVerified: row[16].int.map { $0 == 1 })
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
