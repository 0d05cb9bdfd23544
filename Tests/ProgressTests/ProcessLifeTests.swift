import Foundation
import Jobs
import SQLite
import Staging
import Testing

@testable import Progress

@Suite("Which runs are at work") struct ProcessLifeTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("life-\(UUID().uuidString)").path

    private func run(
        _ body: (ConnectionFolder, JobStore, String, _ set: (Int64, _ pid: Int, _ host: String?) throws -> Void) throws
            -> Void
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = try ConnectionFolder(staging: path, connection: "firm")
        try folder.create()
        let store = try JobStore(path: folder.jobDatabase)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        try body(folder, store, job.id) { run, process, host in
            let connection = try SQLiteConnection(path: folder.jobDatabase, mode: .readWrite)
            try connection.run(
                "UPDATE runs SET pid = ?, host = coalesce(?, host) WHERE id = ?", .integer(Int64(process)),
                .optional(host),
                .integer(run))
        }
    }

    private func running(_ folder: ConnectionFolder, _ store: JobStore) throws -> Set<Int64> {
        try ProcessLife.running(among: try store.runs(), store, folder, now: Date().timeIntervalSince1970)
    }

    private func note(_ store: JobStore, _ job: String, _ process: Int, ago seconds: Double) throws {
        var activity = JobActivity(
            jobID: job, processID: process, startedAt: Date().timeIntervalSince1970 - seconds, database: "d")
        activity.updatedAt = Date().timeIntervalSince1970 - seconds
        try store.note(activity)
    }

    @Test func aProcessThatIsGoneIsNotAtWorkHoweverLatelyItWrote() throws {
        try run { folder, store, job, set in
            let killed = try store.beginRun(job: job, kind: .refresh, user: nil)
            try set(killed, 4_194_305, nil)
            try note(store, job, 4_194_305, ago: 0.5)
            #expect(try running(folder, store) == [])
            // Another run holds the lock.
            let lock = try FileLock.shared(folder.runLock)
            let own = try store.beginRun(job: job, kind: .run, user: nil)
            #expect(try running(folder, store) == [own])
            lock.release()
        }
    }

    @Test func aSilentProcessIsAtWorkAsLongAsItHoldsTheLock() throws {
        try run { folder, store, job, _ in
            let own = try store.beginRun(job: job, kind: .run, user: nil)
            #expect(try running(folder, store) == [])
            let lock = try FileLock.shared(folder.runLock)
            #expect(try running(folder, store) == [own])
            lock.release()
            #expect(try running(folder, store) == [])
            try note(store, job, Int(getpid()), ago: 1)
            #expect(try running(folder, store) == [own])
        }
    }

    @Test func ofOneProcessOnlyTheNewestRunIsAtWork() throws {
        try run { folder, store, job, _ in
            let lock = try FileLock.shared(folder.runLock)
            _ = try store.beginRun(job: job, kind: .run, user: nil)
            let newest = try store.beginRun(job: job, kind: .refresh, user: nil)
            #expect(try running(folder, store) == [newest])
            try store.endRun(newest, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
            #expect(try running(folder, store) == [])
            lock.release()
        }
    }

    @Test func aProcessOfAnotherMachineIsAtWorkAsLongAsItWrites() throws {
        try run { folder, store, job, set in
            let away = try store.beginRun(job: job, kind: .run, user: nil)
            try set(away, 4_194_305, "elsewhere")
            try note(store, job, 4_194_305, ago: 20)
            #expect(try running(folder, store) == [])
            try note(store, job, 4_194_305, ago: 3)
            #expect(try running(folder, store) == [away])
        }
    }
}
