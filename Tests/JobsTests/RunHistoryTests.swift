import Jobs
import SQLite
import Testing

@Suite("The history of runs") struct RunHistoryTests {
    @Test("every run keeps its own row, whatever comes after it")
    func rows() throws {
        let folder = try Folder()
        let time = TurnableClock()
        let store = try JobStore(path: folder.file, clock: time.clock)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        let first = try store.beginRun(job: job.id, kind: .run, user: "ann")
        time.turn(by: 5)
        var counts = JobRun.Counts()
        (counts.requests, counts.inserted, counts.updated, counts.deleted, counts.flagged) = (7, 6, 5, 4, 3)
        try store.endRun(first, result: "PARTIALLY_COMPLETED", counts: counts, error: "core/tasks: 403")
        let second = try store.beginRun(job: job.id, kind: .sweep, user: nil)
        try store.endRun(first, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
        let runs = try store.runs()
        #expect(runs.map(\.id) == [first, second])
        #expect(runs[0].kind == .run && runs[0].user == "ann")
        #expect(runs[0].begunAt == "2026-11-24T10:00:00Z" && runs[0].endedAt == "2026-11-24T10:00:05Z")
        #expect(runs[0].counts == counts)
        #expect(runs[0].result == "PARTIALLY_COMPLETED" && runs[0].error == "core/tasks: 403")
        #expect(runs[1].kind == .sweep && runs[1].endedAt == nil && runs[1].result == nil && runs[1].counts == nil)
        #expect(try store.runs(job: "another").isEmpty)
    }

    @Test("the last success and the last run that read all ids are known, whatever failed since")
    func milestones() throws {
        let folder = try Folder()
        let time = TurnableClock()
        let store = try JobStore(path: folder.file, clock: time.clock)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        #expect(try store.milestones() == RunMilestones())
        func run(_ kind: JobRun.Kind, _ result: String) throws {
            let id = try store.beginRun(job: job.id, kind: kind, user: nil)
            time.turn(by: 1)
            try store.endRun(id, result: result, counts: JobRun.Counts(), error: nil)
            time.turn(by: 1)
        }
        try run(.run, "FAILED")
        #expect(try store.milestones() == RunMilestones())
        try run(.run, "COMPLETED")
        try run(.refresh, "COMPLETED")
        #expect(try store.milestones().lastSuccess == "2026-11-24T10:00:05Z")
        #expect(try store.milestones().lastSweep == "2026-11-24T10:00:02Z")
        try run(.sweep, "COMPLETED")
        try run(.sweep, "PARTIALLY_COMPLETED")
        try run(.run, "COMPLETED")
        try run(.refresh, "FAILED")
        #expect(try store.milestones().lastSuccess == "2026-11-24T10:00:11Z")
        #expect(try store.milestones().lastSweep == "2026-11-24T10:00:06Z")
    }

    @Test("an alarm is raised once for a subject, whichever process asks")
    func alarms() throws {
        let folder = try Folder()
        let (one, other) = (try JobStore(path: folder.file), try JobStore(path: folder.file))
        #expect(try one.raiseAlarm("stale", subject: "a"))
        #expect(try !other.raiseAlarm("stale", subject: "a") && !one.raiseAlarm("stale", subject: "a"))
        #expect(try other.raiseAlarm("other", subject: "a"))
        #expect(try other.raiseAlarm("stale", subject: "b") && !one.raiseAlarm("stale", subject: "b"))
    }

    @Test("in a job record of an earlier version, the last state of each job becomes its first run, once")
    func migration() throws {
        let folder = try Folder()
        let job: SyncJob
        do {
            let store = try JobStore(path: folder.file)
            job = try store.createJob(connection: "firm", phases: ["core"])
            try store.updateJob(job.id) { $0.status = .initializing }
            try store.updateJob(job.id) {
                $0.status = .failed
                $0.error = "the disk is full"
            }
            _ = try store.createJob(connection: "firm", phases: ["core"])
        }
        do {
            let earlier = try SQLiteConnection(path: folder.file, mode: .create)
            try earlier.execute("DROP TABLE runs")
        }
        for _ in 0..<2 {
            let runs = try JobStore(path: folder.file).runs()
            #expect(runs.count == 1)
            let run = try #require(runs.first)
            #expect(run.jobID == job.id && run.kind == .run && run.counts == nil)
            #expect(run.result == "FAILED" && run.error == "the disk is full" && run.endedAt != nil)
        }
    }

    @Test func theNewestReportsAreKeptAndTheNewestWithChecks() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        var report = JobRunReport()
        report.changes = [JobRunReport.Change(table: "matters", inserted: 1, updated: 2, deleted: 3)]
        var proven = report
        proven.checks = [
            JobRunReport.Check(
                phase: "core", entity: "matters", check: "rows", expected: "1", actual: "2", ok: false, detail: nil)
        ]
        let first = try store.beginRun(job: job.id, kind: .run, user: nil)
        try store.endRun(first, result: "COMPLETED", counts: JobRun.Counts(), error: nil, report: proven)
        var last = first
        for _ in 0..<103 {
            last = try store.beginRun(job: job.id, kind: .refresh, user: nil)
            try store.endRun(last, result: "COMPLETED", counts: JobRun.Counts(), error: nil, report: report)
        }
        #expect(try store.report(run: last) == report && store.report(run: first) == proven)
        #expect(try store.report(run: first + 1) == nil)
        let runs = try store.runs()
        #expect(runs.count == 104 && runs.count(where: \.hasReport) == 101)
        #expect(runs[0].isVerified == false && runs[1].isVerified == nil)
        #expect(try store.lastVerifiedRun()?.id == first)
        #expect(try store.lastRuns(3).map(\.id) == [last - 2, last - 1, last])
        #expect(try store.run(first)?.kind == .run && store.run(last + 1) == nil)
    }

    /// A firm of many lists has hundreds of checks a run.
    @Test func aReportIsStoredInLittleRoomAndThatOfAnEarlierVersionIsRead() throws {
        let folder = try Folder()
        var report = JobRunReport()
        report.checks = (0..<500).map { number in
            JobRunReport.Check(
                phase: "core", entity: "list \(number % 30)", check: "rows", expected: "\(number)", actual: "\(number)",
                ok: true, detail: "ids whose newest version is accepted, rows")
        }
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        let (run, earlier) = (
            try store.beginRun(job: job.id, kind: .run, user: nil),
            try store.beginRun(job: job.id, kind: .run, user: nil)
        )
        try store.endRun(run, result: "COMPLETED", counts: JobRun.Counts(), error: nil, report: report)
        let connection = try SQLiteConnection(path: folder.file, mode: .create)
        try connection.run("UPDATE runs SET report = ? WHERE id = ?", .text(report.json), .integer(earlier))
        #expect(try store.report(run: run) == report && store.report(run: earlier) == report)
        #expect(try store.runs().count(where: \.hasReport) == 2)
        let bytes = try connection.value("SELECT length(packed_report) FROM runs WHERE id = ?", .integer(run))?.int
        #expect(try #require(bytes) * 8 < report.json.utf8.count)
        // Damage costs the report only.
        try connection.run("UPDATE runs SET packed_report = x'1f8b0800' WHERE id = ?", .integer(run))
        #expect(try store.report(run: run) == nil && store.runs().count == 2)
    }

    @Test func runsOfAnEarlierVersionHaveNoReport() throws {
        let folder = try Folder()
        do {
            let store = try JobStore(path: folder.file)
            let job = try store.createJob(connection: "firm", phases: ["core"])
            let run = try store.beginRun(job: job.id, kind: .run, user: "ann")
            try store.endRun(run, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
        }
        do {
            let earlier = try SQLiteConnection(path: folder.file, mode: .create)
            try earlier.execute(
                "ALTER TABLE runs DROP COLUMN report; ALTER TABLE runs DROP COLUMN verified;"
                    + "ALTER TABLE runs DROP COLUMN packed_report")
        }
        let run = try #require(try JobStore(path: folder.file).runs().first)
        #expect(run.user == "ann" && !run.hasReport && run.isVerified == nil)
    }
}
