import Foundation
import Testing

@testable import Jobs

/// What processes wrote down about their work.
@Suite struct ActivityTests {
    @Test func ofManyEndedProcessesTheLatestAreKeptAndThoseThatRun() throws {
        let path = NSTemporaryDirectory() + "/activity-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        let store = try JobStore(path: path)
        let job = try store.createJob(connection: "firm", phases: ["core"])
        for process in 1...60 {
            var activity = JobActivity(
                jobID: job.id, processID: process, startedAt: Double(process), database: "firm.sqlite")
            activity.updatedAt = Double(process)
            activity.hasEnded = process != 3
            activity.rows = [
                JobActivity.Row(phase: "core", entity: "matters", stage: "load", done: 1, total: 1, finishedAt: nil)
            ]
            try store.note(activity)
        }
        let kept = try store.activities(job: job.id)
        #expect(kept.map(\.processID) == Array((40...60).reversed()) + [3])
        #expect(kept.allSatisfy { $0.rows.count == 1 })
    }
}
