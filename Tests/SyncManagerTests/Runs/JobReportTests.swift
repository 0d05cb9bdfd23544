import Bytes
import Foundation
import JSON
import Jobs
import StagedFirm
import SyncManager
import Testing

/// What `status` says of a job, from its record alone.
@Suite struct JobReportTests {
    /// A firm with a job at work on both phases.
    private func job(_ firm: StagedFirm) throws -> (store: JobStore, job: SyncJob) {
        let job = try firm.manager().createInitialSync(connection: firm.connection)
        let store = try JobStore(path: "\(firm.staging)/\(firm.connection)/job.sqlite")
        try store.updateJob(job.id) { $0.status = .initializing }
        try store.updateJob(job.id) { $0.status = .inProgress }
        return (store, job)
    }

    private func set(
        _ store: JobStore, _ job: SyncJob, _ phase: String, _ name: String, _ status: JobStatus, expected: Int = 10,
        loaded: Int = 10, rejected: Int = 0
    ) throws {
        try store.updateEntity(job: job.id, phase: phase, type: name) { $0.status = .inProgress }
        try store.updateEntity(job: job.id, phase: phase, type: name) { row in
            row.status = status
            (row.totalItems, row.extracted, row.loaded, row.rejected) = (expected, loaded + rejected, loaded, rejected)
            row.syncedItems = loaded
        }
    }

    @Test func aJobThatWasJustBegunHasAllItsEntitiesPending() throws {
        let firm = try StagedFirm()
        let job = try firm.manager().createInitialSync(connection: firm.connection, phases: ["core"])
        let report = try firm.manager().getSyncStatus()
        #expect(report.job?.id == job.id && report.job?.status == "PENDING")
        #expect(report.entities.map(\.entity) == ["contacts", "matters"])
        #expect(report.entities.allSatisfy { $0.status == "PENDING" && $0.extracted == 0 })
        #expect(report.job?.featuresAvailable == [])
        #expect(report.exitCode == 0)
    }

    @Test func featuresAreAvailableOnceEveryEntityOfTheirPhaseIsCompleted() throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        try set(store, job, "core", "contacts", .completed)
        #expect(try firm.manager().getSyncStatus().job?.featuresAvailable == [])
        try set(store, job, "core", "matters", .partiallyCompleted)
        #expect(try firm.manager().getSyncStatus().job?.featuresAvailable == [])
        try set(store, job, "core", "matters", .completed)
        #expect(try firm.manager().getSyncStatus().job?.featuresAvailable == ["matters"])
    }

    @Test func rejectedRecordsCountAsDoneAndPercentNeverPassesAHundred() throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        try set(store, job, "core", "contacts", .inProgress, expected: 100, loaded: 40, rejected: 10)
        try set(store, job, "core", "matters", .inProgress, expected: 10, loaded: 12)
        try set(store, job, "supporting", "users", .completed, expected: 0, loaded: 0)
        let report = try firm.manager().getSyncStatus()
        let percents = Dictionary(uniqueKeysWithValues: report.entities.map { ($0.entity, $0.percent) })
        #expect(percents["contacts"] == 50)
        #expect(percents["matters"] == 100)
        #expect(percents["users"] == 100)
        #expect(percents["practice_areas"] == .some(nil))
        #expect(report.job?.syncedItems == 52)
        #expect(report.job?.estimatedItems == 110)
    }

    @Test(arguments: [
        (JobStatus.completed, Int32(0)), (.partiallyCompleted, 3), (.failed, 1),
    ])
    func theStatusOfAnEndedJobHasTheExitCodeOfItsRun(_ status: JobStatus, _ code: Int32) throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        try store.updateJob(job.id) { $0.status = status }
        #expect(try firm.manager().getSyncStatus().exitCode == code)
    }

    @Test func aJobOfAKilledProcessIsNotRunning() throws {
        let firm = try StagedFirm()
        _ = try job(firm)
        let report = try firm.manager().getSyncStatus()
        #expect(report.job?.status == "IN_PROGRESS" && report.job?.isRunning == false)
        #expect(try firm.manager().resumableJob(try #require(report.job?.id)).status == .inProgress)
        #expect(throws: ConfigurationError.self) { try firm.manager().requestStop(try #require(report.job?.id)) }
    }

    @Test func errorsAreCountedByTheirCauseAndTheReasonIsShownWhileTheJobStands() throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        for index in 1...3 {
            try store.addEvent(
                job: job.id, level: .warning, category: "transient", code: "rate_limited", message: "try \(index)")
        }
        try store.addEvent(job: job.id, level: .info, category: "progress", code: "begun", message: "begun")
        try store.updateJob(job.id) {
            $0.status = .paused
            $0.error = "the token is refused"
        }
        let report = try firm.manager().getSyncStatus()
        #expect(
            report.errors.map { "\($0.category)/\($0.code) \($0.count) \($0.lastMessage)" }
                == ["transient/rate_limited 3 try 3"])
        #expect(report.job?.error == "the token is refused")
    }

    @Test func countsOfStagedFilesAreTakenWhileTheyAreAheadOfTheRecord() async throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        try set(store, job, "core", "contacts", .inProgress, expected: 100, loaded: 0)
        try await firm.stage("contacts", (1...25).map { Line.contact($0) })
        #expect(try firm.manager().getSyncStatus().entities.first?.extracted == 25)
    }

    @Test func theJSONOfAReportHasItsCountsAndStates() throws {
        let firm = try StagedFirm()
        let (store, job) = try job(firm)
        try set(store, job, "core", "contacts", .completed, expected: 10, loaded: 9, rejected: 1)
        let json = try firm.manager().getSyncStatus().json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let row = try #require((object["entities"] as? [[String: Any]])?.first)
        #expect(row["entity"] as? String == "contacts" && row["status"] as? String == "COMPLETED")
        #expect(row["loaded"] as? Int == 9 && row["rejected"] as? Int == 1 && row["percent"] as? Double == 100)
        #expect((object["job"] as? [String: Any])?["id"] as? String == job.id)
    }
}
