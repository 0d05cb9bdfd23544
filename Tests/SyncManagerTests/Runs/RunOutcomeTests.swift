import Account
import Bytes
import ClioSimulator
import Extract
import Foundation
import Jobs
import SQLite
import StagedFirm
import Staging
import SyncManager
import Testing

/// How a run ends: the job's status, each entity's status and the exit code.
@Suite struct RunOutcomeTests {
    private func states(_ report: RunReport) -> [String: String] {
        Dictionary(uniqueKeysWithValues: report.entities.map { ("\($0.phase)/\($0.entity)", $0.status) })
    }

    @Test func aRunThatLoadsEverythingIsCompletedAndEndsWithZero() async throws {
        try await SimulatedClio.use { clio in
            let report = try await clio.run()
            #expect(report.exitCode == 0)
            #expect(report.job?.status == "COMPLETED")
            #expect(report.job?.percent == 100)
            #expect(report.job?.syncedItems == 75)
            #expect(report.job?.featuresAvailable == ["matters", "areas"])
            #expect(report.job?.completedAt != nil)
            #expect(Set(states(report).values) == ["COMPLETED"])
            #expect(report.entities.map(\.loaded) == [40, 30, 2, 3])
            #expect(report.entities.map(\.expected) == [40, 30, 2, 3])
            #expect(report.verify?.ok == true)
            #expect(report.errors.isEmpty)
            #expect(report.requests?.made == clio.simulator.requestCount)
            let status = try clio.manager().getSyncStatus()
            #expect(status.job?.status == "COMPLETED" && status.exitCode == 0)
            #expect(states(status) == states(report))
        }
    }

    @Test func rejectedRecordsAreNoMissingData() async throws {
        try await SimulatedClio.use({ $0.defects = 0.4 }) { clio in
            let report = try await clio.run(phases: ["core"])
            let rejected = report.entities.reduce(0) { $0 + $1.rejected }
            #expect(rejected > 0)
            for entity in report.entities {
                #expect(entity.accepted + entity.rejected == entity.extracted)
                #expect(entity.status == "COMPLETED")
            }
            #expect(report.exitCode == 0 && report.ending == .done)
        }
    }

    @Test func moreRejectsThanAllowedLeaveThePhasePartlyDone() async throws {
        try await SimulatedClio.use({ $0.defects = 0.4 }) { clio in
            var limits = RunLimits()
            limits.maxRejected = RejectionLimit("0")
            let report = try await clio.run(limits: limits)
            let bad = report.entities.filter { $0.rejected > 0 }
            #expect(!bad.isEmpty)
            #expect(report.exitCode == 3 && report.job?.status == "PARTIALLY_COMPLETED")
            for entity in report.entities {
                #expect(entity.status == (entity.rejected > 0 ? "PARTIALLY_COMPLETED" : "COMPLETED"))
                #expect(entity.loaded > 0)
            }
            #expect(bad.allSatisfy { $0.notes.contains { $0.contains("--max-rejected 0") } })
            #expect(report.errors.contains { $0.code == "max_rejected" })
            // The limit is the job's: it holds without being named again.
            #expect(try await clio.run().exitCode == 3)
        }
    }

    @Test func aListThatClioForbidsFailsAloneAndTheOthersAreLoaded() async throws {
        try await SimulatedClio.use({ $0.forbidden = ["matters"] }) { clio in
            let report = try await clio.run()
            #expect(report.exitCode == 3)
            #expect(report.job?.status == "PARTIALLY_COMPLETED")
            #expect(
                states(report) == [
                    "core/contacts": "COMPLETED", "core/matters": "FAILED", "supporting/practice_areas": "COMPLETED",
                    "supporting/users": "COMPLETED",
                ])
            #expect(report.entities.first { $0.entity == "matters" }?.notes.isEmpty == false)
            #expect(report.job?.featuresAvailable == ["areas"])
            #expect(!report.errors.isEmpty)
            #expect(try clio.manager().getSyncStatus().exitCode == 3)
        }
    }

    @Test func aRefusedTokenPausesTheJobWithTheReason() async throws {
        try await SimulatedClio.use { clio in
            let report = try await clio.run(["CLIO_ACCESS_TOKEN": "wrong-\(UUID().uuidString)"])
            #expect(report.exitCode == 4 && report.isCritical)
            #expect(report.job?.status == "PAUSED")
            #expect(report.job?.error?.isEmpty == false)
            #expect(Set(states(report).values) == ["PENDING"])
            #expect(report.errors.contains { $0.category == "critical" })
            // With a good token, the same job goes on.
            let next = try await clio.run()
            #expect(next.job?.id == report.job?.id)
            #expect(next.job?.status == "COMPLETED" && next.job?.error == nil)
        }
    }

    @Test func aStoppedRunIsPausedAndTheNextOneEndsIt() async throws {
        try await SimulatedClio.use { clio in
            let stop = StopSignal()
            stop.request()
            let report = try await clio.run(stop: stop)
            #expect(report.exitCode == 130 && report.ending == .stopped)
            #expect(report.job?.status == "PAUSED")
            let job = try clio.manager().resumableJob(try #require(report.job?.id))
            #expect(job.status == .paused)
            #expect(try await clio.run().job?.status == "COMPLETED")
            #expect(throws: ConfigurationError.self) { try clio.manager().resumableJob(job.id) }
        }
    }

    @Test func aJobWithAnotherPhaseToComeIsPausedWithoutAFault() async throws {
        try await SimulatedClio.use { clio in
            let manager = try clio.manager()
            let job = try manager.createInitialSync(connection: clio.firm.connection)
            let report = try await manager.executeSync(job.id, selection: clio.firm.selection(phases: ["core"]))
            #expect(report.exitCode == 0 && report.ending == .done)
            #expect(report.job?.status == "PAUSED" && report.job?.error == nil)
            #expect(report.job?.featuresAvailable == ["matters"])
            #expect(clio.pages(of: "users") == 0)
            let next = try await clio.run()
            #expect(next.job?.id == job.id && next.job?.status == "COMPLETED")
        }
    }

    @Test func aRunOfACompletedJobReadsNoListAgain() async throws {
        try await SimulatedClio.use { clio in
            let first = try await clio.run()
            let pages = ["contacts", "matters", "users", "practice_areas"].map(clio.pages)
            let second = try await clio.run()
            #expect(second.job?.id == first.job?.id && second.job?.status == "COMPLETED")
            #expect(second.exitCode == 0)
            #expect(["contacts", "matters", "users", "practice_areas"].map(clio.pages) == pages)
            #expect(second.entities.map(\.loaded) == first.entities.map(\.loaded))
            let forced = try await clio.run(force: true)
            #expect(forced.entities.map(\.loaded) == first.entities.map(\.loaded))
            #expect(
                zip(pages, ["contacts", "matters", "users", "practice_areas"].map(clio.pages)).allSatisfy { $0 < $1 })
        }
    }

    @Test func aDatabaseThatWasChangedFailsTheChecksWithExitCodeThree() async throws {
        let firm = try await StagedFirm.small()
        try SQLiteConnection(path: firm.database, mode: .readWrite).run("DELETE FROM contacts WHERE id = 2")
        let report = try await firm.run([.verify], phases: ["core"])
        #expect(report.exitCode == 3)
        let failed = (report.verify?.checks ?? []).filter { !$0.ok }
        #expect(report.verify?.ok == false)
        #expect(failed.contains { $0.entity == "contacts" })
        // Its load puts the row back.
        #expect(try await firm.run([.load, .verify], phases: ["core"], force: true).exitCode == 0)
    }

    @Test func withoutATokenNothingIsAskedAndTheJobCanBeResumed() async throws {
        try await SimulatedClio.use { (clio) async throws in
            let error = await #expect(throws: ConfigurationError.self) {
                try await clio.run(["CLIO_ACCESS_TOKEN": ""])
            }
            #expect(error?.description.contains("cliosync auth login") == true)
            #expect(clio.simulator.requestCount == 0)
            // As with a token that Clio refuses, the job waits for a person, and says for what.
            let job = try clio.manager().getSyncStatus().job
            #expect(job?.status == "PAUSED" && job?.error == error?.description)
            #expect(try await clio.run().job?.status == "COMPLETED")
        }
    }

    @Test func aRunThatIsInTheWayLeavesTheJobAsItIs() async throws {
        try await SimulatedClio.use { clio in
            let folder = try ConnectionFolder(staging: clio.firm.staging, connection: clio.firm.connection)
            try folder.create()
            let job = try clio.manager().createInitialSync(connection: clio.firm.connection)
            let lock = try FileLock.exclusive(folder.lock(phase: "core", layer: "raw"), holder: "another run")
            let error = await #expect(throws: StagingError.self) { try await clio.run() }
            #expect(error?.code == .locked)
            lock.release()
            #expect(clio.simulator.requestCount == 0)
            #expect(try clio.manager().getSyncStatus(job.id).job?.status == "PENDING")
            #expect(try await clio.run().job?.status == "COMPLETED")
        }
    }

    /// Refused not at its first lock but at a later one.
    @Test func aRunThatIsRefusedAtALaterStageLeavesTheNameOfTheOneAtWork() async throws {
        try await SimulatedClio.use { clio in
            let job = try #require(try await clio.run().job?.id)
            let folder = try ConnectionFolder(staging: clio.firm.staging, connection: clio.firm.connection)
            let store = try JobStore(path: folder.jobDatabase)
            #expect(try store.job(job)?.processID == nil)
            let running = try FileLock.shared(folder.runLock)
            let lock = try FileLock.exclusive(folder.lock(phase: "core", layer: "clean"), holder: "transform core")
            try store.updateJob(job) { $0.processID = 4_711 }
            await #expect { _ = try await clio.run() } throws: { "\($0)".contains("transform core") }
            #expect(try store.job(job)?.processID == 4_711)
            lock.release()
            running.release()
            #expect(try await clio.run().job?.status == "COMPLETED")
        }
    }

    @Test func anotherAccountIsNoticedWhereNothingIsLeftToFetch() async throws {
        let other = "token-\(UUID().uuidString)"
        try await SimulatedClio.use({
            $0.accountName = "Smith LLP"
            $0.accounts = [SimulatedAccount(token: other, refreshToken: nil, name: "Jones LLP", seed: 2, shape: nil)]
        }) { clio in
            let first = try await clio.run()
            #expect(first.job?.status == "COMPLETED")
            let before = clio.simulator.requestCount
            // These credentials were looked at: nothing is asked.
            #expect(try await clio.run().job?.status == "COMPLETED")
            #expect(clio.simulator.requestCount == before)
            let error = await #expect(throws: AccountError.self) { try await clio.run(["CLIO_ACCESS_TOKEN": other]) }
            #expect(error?.description.contains("Smith LLP (account") == true)
            #expect(error?.description.contains("Jones LLP (account") == true)
            #expect(clio.simulator.requestCount == before + 1)
            #expect(try clio.manager().getSyncStatus().job?.status == "COMPLETED")
            let selection = try clio.firm.selection()
            await #expect(throws: AccountError.self) {
                try await clio.manager(["CLIO_ACCESS_TOKEN": other]).connect(
                    selection, force: false, options: ExtractOptions())
            }
            await #expect(throws: AccountError.self) {
                try await clio.manager(["CLIO_ACCESS_TOKEN": other]).runStages(
                    [.extract], selection: selection, force: false)
            }
            // One that Clio does not accept proves nothing.
            let refused = try await clio.run(["CLIO_ACCESS_TOKEN": "wrong-\(UUID().uuidString)"])
            #expect(refused.exitCode == 4)
            #expect(try await clio.run().job?.status == "COMPLETED")
        }
    }

    @Test func anotherUserIsReportedInALaterPhase() async throws {
        let other = "token-\(UUID().uuidString)"
        try await SimulatedClio.use({ $0.otherUsers = [SimulatedUser(token: other, user: 1, hides: 2)] }) { clio in
            _ = try await clio.run(phases: ["core"])
            let report = try await clio.run(phases: ["supporting"], ["CLIO_ACCESS_TOKEN": other])
            #expect(report.errors.map(\.code).contains("other_user"))
            #expect(report.account?.userID != nil)
            // Reported once: from then on it is this user's connection.
            #expect(try await clio.run(["CLIO_ACCESS_TOKEN": other]).errors.isEmpty)
        }
    }

    @Test func errorsOfARunThatWasMendedAreNotThoseOfTheNext() async throws {
        try await SimulatedClio.use { clio in
            let failed = try await clio.run(["CLIO_ACCESS_TOKEN": "wrong-\(UUID().uuidString)"])
            #expect(!failed.errors.isEmpty)
            let report = try await clio.run()
            #expect(report.exitCode == 0 && report.errors.isEmpty)
            #expect(try clio.manager().getSyncStatus().errors.isEmpty)
        }
    }

    @Test func aSweepThatWasStoppedIsContinuedByWhoResumesTheJob() async throws {
        try await SimulatedClio.use { clio in
            let manager = try clio.manager()
            let job = try manager.createInitialSync(connection: clio.firm.connection)
            _ = try await manager.executeSync(job.id)
            let before = clio.pages(of: "matters")
            let stop = StopSignal()
            stop.request()
            let stopped = try await clio.manager(stop: stop).executeSync(
                job.id, options: ExtractOptions(update: .sweep))
            #expect(stopped.job?.status == "PAUSED")
            #expect(clio.pages(of: "matters") == before)
            #expect(try clio.manager().options(ofJob: job.id).update == .sweep)
            let report = try await clio.manager().executeSync(job.id)
            #expect(report.job?.status == "COMPLETED")
            #expect(clio.pages(of: "matters") > before)
            // It came to its end: nothing is left to be continued.
            #expect(try clio.manager().options(ofJob: job.id).update == nil)
            let after = clio.pages(of: "matters")
            _ = try await clio.manager().executeSync(job.id)
            #expect(clio.pages(of: "matters") == after)
        }
    }

    @Test func everyRecordThatClioSentIsAcceptedOrRejectedAndEveryAcceptedOneIsARow() async throws {
        try await SimulatedClio.use({ $0.defects = 0.3 }) { clio in
            let report = try await clio.run()
            let connection = try SQLiteConnection(path: clio.firm.database, mode: .readOnly)
            for entity in report.entities {
                #expect(entity.extracted == entity.accepted + entity.rejected)
                #expect(entity.accepted == entity.loaded + entity.duplicates)
                let rows = try connection.value("SELECT count(*) FROM \(entity.entity)")?.int64
                #expect(rows == Int64(entity.loaded))
            }
        }
    }

    /// One process asks once whose token it has, however many phases it fetches.
    @Test func aRunAsksOnceWhoseTokenItHas() async throws {
        try await SimulatedClio.use { clio in
            let manager = try clio.manager()
            let job = try manager.createInitialSync(connection: clio.firm.connection)
            try await manager.connect(try clio.firm.selection(), force: false, options: ExtractOptions())
            #expect(try await manager.executeSync(job.id).exitCode == 0)
            #expect(clio.pages(of: "who_am_i") == 1)
        }
    }
}
