import Foundation
import Jobs
import SQLite
import Synchronization
import Testing

/// A clock that a test turns.
final class TurnableClock: Sendable {
    private let seconds = Mutex(0)
    func turn(by amount: Int) { seconds.withLock { $0 += amount } }
    var clock: JobClock {
        JobClock { self.seconds.withLock { "2026-11-24T10:00:" + ($0 < 10 ? "0" : "") + "\($0)Z" } }
    }
}

struct Folder: ~Copyable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/job.sqlite" }
}

@Suite struct JobsTests {
    @Test("A job has the columns that the client asked for, and its file is private")
    func columns() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: ["core", "supporting"])
        #expect(try store.job(job.id) == job)
        #expect(job.status == .pending)
        #expect(UUID(uuidString: job.id) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let reader = try SQLiteConnection(path: folder.file, mode: .readOnly)
        func columns(_ table: String) throws -> Set<String> {
            Set(try reader.rows("SELECT name FROM pragma_table_info(?)", .text(table)).compactMap { $0[0].string })
        }
        #expect(
            try columns("sync_jobs").isSuperset(of: [
                "id", "connection_id", "status", "started_at", "completed_at", "estimated_items", "synced_items",
                "created_at", "updated_at",
            ]))
        #expect(
            try columns("sync_entities").isSuperset(of: [
                "id", "sync_job_id", "entity_type", "total_items", "synced_items", "status", "started_at",
                "completed_at", "created_at", "updated_at",
            ]))
    }

    @Test func theHashOfTheCredentialsIsKeptWithTheAccount() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        #expect(try store.accountCredential() == nil)
        try store.pin(account: "a", credential: "1") { _ in true }
        #expect(try store.accountCredential() == "1")
        // The same account with other credentials.
        #expect(try store.pin(account: "a", credential: "2") { _ in false } == "a")
        #expect(try store.accountCredential() == "2")
        #expect(try store.pin(account: "b", credential: "3") { _ in false } == "a")
        #expect(try store.account() == "a" && store.accountCredential() == "2")
        try store.clearAccount()
        #expect(try store.accountCredential() == nil)
    }

    @Test("States follow the table and nothing else", arguments: JobStatus.allCases)
    func transitions(from: JobStatus) throws {
        let paths: [JobStatus: [JobStatus]] = [
            .pending: [], .initializing: [.initializing], .inProgress: [.inProgress],
            .completed: [.inProgress, .completed], .failed: [.failed],
            .partiallyCompleted: [.inProgress, .partiallyCompleted], .paused: [.paused], .cancelled: [.cancelled],
        ]
        for next in JobStatus.allCases {
            let folder = try Folder()
            let store = try JobStore(path: folder.file)
            let job = try store.createJob(connection: "firm", phases: [])
            for step in paths[from] ?? [] { try store.updateJob(job.id) { $0.status = step } }
            if from == next || from.successors.contains(next) {
                #expect(try store.updateJob(job.id) { $0.status = next }.status == next)
            } else {
                #expect {
                    try store.updateJob(job.id) { $0.status = next }
                } throws: { error in
                    (error as? JobError)?.code == .transition
                }
                #expect(try store.job(job.id)?.status == from)
            }
        }
    }

    @Test("A cancelled job stays cancelled, a finished one can be opened again, nothing skips the work")
    func tableOfTransitions() {
        #expect(JobStatus.cancelled.successors.isEmpty)
        #expect(JobStatus.completed.mayBecome(.inProgress))
        #expect(!JobStatus.pending.mayBecome(.completed))
        #expect(!JobStatus.paused.mayBecome(.completed))
        #expect(!JobStatus.inProgress.mayBecome(.pending))
    }

    @Test func timesFollowTheStates() throws {
        let folder = try Folder()
        let time = TurnableClock()
        let store = try JobStore(path: folder.file, clock: time.clock)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        time.turn(by: 1)
        try store.updateJob(job.id) { $0.status = .initializing }
        time.turn(by: 1)
        try store.updateJob(job.id) { $0.status = .inProgress }
        time.turn(by: 1)
        var now = try store.updateJob(job.id) { $0.status = .completed }
        #expect(now.createdAt == "2026-11-24T10:00:00Z")
        #expect(now.startedAt == "2026-11-24T10:00:01Z")
        #expect(now.completedAt == "2026-11-24T10:00:03Z")
        now = try store.updateJob(job.id) {
            $0.status = .inProgress
            $0.estimate = "{}"
            $0.processID = 7
        }
        #expect(now.completedAt == nil)
        #expect(try store.job(job.id) == now)
        #expect(JobClock.system.now().wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    }

    @Test("The job's synced items are the sum over its entities; a reset entity counts nothing")
    func progress() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        let first = try store.ensureEntity(job: job.id, phase: "core", type: "matters")
        #expect(try store.ensureEntity(job: job.id, phase: "core", type: "matters") == first)
        try store.ensureEntity(job: job.id, phase: "core", type: "contacts")
        try store.updateEntity(job: job.id, phase: "core", type: "matters") {
            $0.status = .inProgress
            $0.syncedItems = 10
            $0.totalItems = 40
        }
        try store.updateEntity(job: job.id, phase: "core", type: "contacts") { $0.syncedItems = 5 }
        #expect(try store.job(job.id)?.syncedItems == 15)
        try store.resetEntity(job: job.id, phase: "core", type: "matters")
        #expect(try store.job(job.id)?.syncedItems == 5)
        let entities = try store.entities(job: job.id)
        #expect(entities.map(\.type) == ["matters", "contacts"])
        #expect(entities[0].status == .pending && entities[0].totalItems == nil)
    }

    @Test func jobsAreFoundByPrefixAndConnection() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let first = try store.createJob(connection: "firm", phases: [])
        let second = try store.createJob(connection: "firm", phases: [])
        #expect(try store.job(matching: String(first.id.prefix(13)).uppercased()).id == first.id)
        #expect(throws: JobError.self) { try store.job(matching: "") }
        #expect(throws: JobError.self) { try store.job(matching: "zzz") }
        #expect(try store.jobs(connection: "firm").map(\.id) == [second.id, first.id])
        #expect(try store.jobs(connection: "other").isEmpty)
        #expect(try store.openJob(connection: "firm")?.id == second.id)
        try store.updateJob(second.id) { $0.status = .cancelled }
        #expect(try store.openJob(connection: "firm")?.id == first.id)
    }

    @Test("Another process asks to stop and to prioritize; each request is given out once")
    func requests() throws {
        let folder = try Folder()
        let running = try JobStore(path: folder.file)
        let asking = try #require(try JobStore.openExisting(path: folder.file))
        let job = try running.createJob(connection: "firm", phases: [])
        #expect(try running.takeRequests(job: job.id).isEmpty)
        try asking.request(.prioritize(entity: "tasks"), job: job.id)
        try asking.request(.stop, job: job.id)
        #expect(try running.takeRequests(job: job.id).map(\.kind) == [.prioritize(entity: "tasks"), .stop])
        #expect(try running.takeRequests(job: job.id).isEmpty)
    }

    @Test("Events are counted by class and code")
    func events() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: [])
        for number in 1...3 {
            try store.addEvent(
                job: job.id, level: .warning, category: "transient", code: "timeout", message: "try \(number)")
        }
        try store.addEvent(job: job.id, level: .info, category: "progress", code: "page", message: "…")
        try store.addEvent(job: job.id, level: .error, category: "api", code: "forbidden", message: "no")
        #expect(
            try store.errorCounts(job: job.id).map { "\($0.category) \($0.code) \($0.count) \($0.lastMessage)" }
                == ["transient timeout 3 try 3", "api forbidden 1 no"])
        let all = try store.events(job: job.id)
        #expect(all.count == 5)
        #expect(try store.events(job: job.id, after: all[2].id).count == 2)
        #expect(try store.lastEvents(job: job.id, limit: 2).map(\.code) == ["page", "forbidden"])
    }

    @Test func errorsAreThoseOfTheLastRun() throws {
        let folder = try Folder()
        let store = try JobStore(path: folder.file)
        let job = try store.createJob(connection: "firm", phases: [])
        func counts(_ run: Int64? = nil) throws -> [String] { try store.errorCounts(job: job.id, run: run).map(\.code) }
        try store.addEvent(job: job.id, level: .error, category: "api", code: "old", message: "no")
        // A job record of an earlier version says nothing of runs.
        #expect(try counts() == ["old"])
        let first = try store.beginRun(job: job.id, "begins")
        #expect(try counts().isEmpty)
        try store.addEvent(job: job.id, level: .warning, category: "api", code: "first", message: "no")
        let second = try store.beginRun(job: job.id, "begins")
        try store.addEvent(job: job.id, level: .error, category: "api", code: "second", message: "no")
        #expect(try counts() == ["second"])
        #expect(try counts(second) == ["second"])
        #expect(try counts(first) == ["first", "second"])
    }

    @Test func optionsAreKeptAndTablesOfEarlierVersionsGetTheirColumns() throws {
        let folder = try Folder()
        let job: String
        do {
            let store = try JobStore(path: folder.file)
            job = try store.createJob(connection: "firm", phases: []).id
            try store.addOptions(JobOptions(groupBy: "area", maxRejected: "5%", deletions: "sweep"), job: job)
        }
        #expect(try JobStore(path: folder.file).options(job: job).deletions == "sweep")
        do {
            let connection = try SQLiteConnection(path: folder.file, mode: .create)
            try connection.execute("ALTER TABLE job_options DROP COLUMN deletions")
            try connection.execute("ALTER TABLE job_options DROP COLUMN max_rejected")
        }
        let store = try JobStore(path: folder.file)
        #expect(try store.options(job: job) == JobOptions(groupBy: "area"))
        #expect(
            try store.addOptions(JobOptions(deletions: "sweep"), job: job)
                == JobOptions(groupBy: "area", deletions: "sweep"))
        #expect(try store.addOptions(JobOptions(deletions: ""), job: job).deletions == "")
    }

    @Test func manyWritersLoseNothing() async throws {
        let folder = try Folder()
        let path = folder.file
        let job = try JobStore(path: path).createJob(connection: "firm", phases: [])
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    guard let store = try? JobStore(path: path) else { return }
                    for number in 0..<25 {
                        try? store.addEvent(
                            job: job.id, level: .info, category: "progress", code: "w\(writer)", message: "\(number)")
                    }
                }
            }
        }
        #expect(try JobStore(path: path).events(job: job.id).count == 100)
    }

    @Test func aFileOfSomebodyElseIsRefusedUntouched() throws {
        let folder = try Folder()
        do {
            let other = try SQLiteConnection(path: folder.file, mode: .create)
            try other.execute("CREATE TABLE mine(a)")
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: folder.file))
        #expect {
            _ = try JobStore(path: folder.file)
        } throws: { error in
            (error as? JobError)?.code == .format
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file)) == before)
        try Data("no database at all, but quite some text".utf8).write(to: URL(fileURLWithPath: folder.path + "/x"))
        #expect {
            _ = try JobStore(path: folder.path + "/x")
        } throws: { error in
            (error as? JobError)?.code == .format
        }
        #expect(try JobStore.openExisting(path: folder.path + "/none") == nil)
    }

    /// What a process waits for is kept as a text, which earlier and later versions read.
    @Test func aWaitIsReadBack() {
        for (wait, text) in [
            (JobWait.rateLimit, "rate limit"), (.enforcedRateLimit, "rate limit that Clio enforced"),
            (.requestsUnderWay, "requests under way"), (.firstAnswer, "first answer"),
            (.window(opening: "19:00 UTC"), "window, 19:00 UTC"), (.other("a lease"), "a lease"),
        ] {
            #expect(wait.text == text)
            #expect(JobWait(text: text) == wait)
            #expect(wait.isWindow == text.hasPrefix("window"))
        }
    }
}
