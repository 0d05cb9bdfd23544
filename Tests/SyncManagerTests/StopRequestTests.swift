import Account
import Bytes
import Foundation
import Jobs
import Logging
import Pipelines
import SQLite
import StagedFirm
import Staging
import Testing

@testable import SyncManager

/// Stops reach the process that they were meant for, at once, and no other one.
@Suite(.timeLimit(.minutes(5))) final class StopRequestTests {
    private let folder = NSTemporaryDirectory() + "/stops-\(UUID().uuidString)"
    private let stop = StopSignal()

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func manager() throws -> SyncManager {
        let catalog = try ShippedPipelines.catalog()
        let settings = try Settings(
            environment: ["CLIO_BASE_URL": "http://127.0.0.1:9", "CLIO_ACCESS_TOKEN": "x"], envFile: "/dev/null")
        return try SyncManager(
            SyncConfiguration(
                connection: "firm", staging: folder + "/staging", database: folder + "/db/firm.sqlite",
                settings: settings), catalog: catalog, logger: Logger(label: "test"), stop: stop)
    }

    @Test func aStopThatWasMeantForAProcessThatIsGoneIsForgotten() async throws {
        let manager = try manager()
        let job = try manager.createInitialSync(connection: "firm")
        let store = try manager.openStore()
        try store.request(.stop, job: job.id)
        try store.request(.prioritize(entity: "tasks"), job: job.id)
        // While a process is at work, it is its own.
        let running = try FileLock.shared(manager.runLock)
        try await manager.forgetGoneProcess(job.id, store)
        #expect(try store.isStopRequested(job: job.id))
        running.release()
        try await manager.forgetGoneProcess(job.id, store)
        #expect(try !store.isStopRequested(job: job.id))
        #expect(try store.takeRequests(job: job.id).map(\.kind) == [.prioritize(entity: "tasks")])
    }

    @Test func aRunThatIsRefusedLeavesTheNameOfTheOneAtWork() async throws {
        let manager = try manager()
        let job = try manager.createInitialSync(connection: "firm", phases: ["core"])
        let store = try manager.openStore()
        try store.updateJob(job.id) { row in
            row.processID = 4711
            row.host = "elsewhere"
        }
        let running = try FileLock.shared(manager.runLock)
        defer { running.release() }
        let slots = try (1...3).map { try FileLock.exclusive(folder + "/staging/.jobs/slot-\($0).lock", holder: "job") }
        await #expect(throws: StagingError.self) { try await manager.executeSync(job.id) }
        for slot in slots { slot.release() }
        let phase = try FileLock.exclusive(manager.folder.lock(phase: "core", layer: "raw"), holder: "extract core")
        defer { phase.release() }
        stop.request()
        _ = try? await manager.executeSync(job.id)
        let row = try #require(try store.job(job.id))
        #expect(row.processID == 4711)
        #expect(row.host == "elsewhere")
    }

    @Test func theNameOfAProcessThatIsGoneIsForgotten() async throws {
        let manager = try manager()
        let job = try manager.createInitialSync(connection: "firm")
        let store = try manager.openStore()
        try store.updateJob(job.id) { $0.processID = 4711 }
        let running = try FileLock.shared(manager.runLock)
        try await manager.forgetGoneProcess(job.id, store)
        #expect(try store.job(job.id)?.processID == 4711)
        running.release()
        try await manager.forgetGoneProcess(job.id, store)
        #expect(try store.job(job.id)?.processID == nil)
    }

    @Test func theFirstClaimIsKeptUntilItIsGivenUp() async throws {
        let manager = try manager()
        let job = try manager.createInitialSync(connection: "firm")
        let store = try manager.openStore()
        let record = JobRecord(store: store, job: job.id, catalog: manager.catalog)
        try store.updateJob(job.id) { ($0.processID, $0.host) = (4711, "elsewhere") }
        try record.claim()
        try record.release()
        #expect(try store.job(job.id)?.processID == 4711)
        try store.updateJob(job.id) { ($0.processID, $0.host) = (nil, nil) }
        try record.claim()
        #expect(try store.job(job.id)?.processID == Int(ProcessInfo.processInfo.processIdentifier))
        try record.release()
        #expect(try store.job(job.id)?.processID == nil)
    }

    /// Another program has the job record locked: nothing is begun, and the run ends as stopped.
    @Test func aStopEndsTheWaitForTheJobRecord() throws {
        let manager = try manager()
        _ = try manager.createInitialSync(connection: "firm")
        let other = try SQLiteConnection(path: manager.folder.jobDatabase, mode: .readWrite)
        try other.execute("BEGIN IMMEDIATE")
        stop.request()
        #expect {
            _ = try manager.createInitialSync(connection: "firm")
        } throws: { ($0 as? JobError)?.code == .stopped }
        try other.execute("ROLLBACK")
    }

    @Test func aRunThatIsRefusedForItsPhaseAsksNothing() async throws {
        let manager = try manager()
        let phase = try FileLock.exclusive(manager.folder.lock(phase: "core", layer: "raw"), holder: "extract core")
        defer { phase.release() }
        let selection = try Selection(manager.catalog, phases: ["core"], entities: [])
        // Nothing listens at that address: a request would end in retries and in another error.
        await #expect(throws: StagingError.self) {
            try await manager.connect(selection, force: false, options: ExtractOptions())
        }
        let job = try manager.createInitialSync(connection: "firm", phases: ["core"])
        await #expect(throws: StagingError.self) { try await manager.executeSync(job.id) }
        let row = try #require(try manager.openStore().job(job.id))
        #expect(row.status == .pending)
        #expect(try manager.openStore().events(job: job.id).isEmpty)
    }

    @Test func aStopEndsTheAlarmsThatAreStillToBeDelivered() async throws {
        let mark = folder + "-mark"
        defer { try? FileManager.default.removeItem(atPath: mark) }
        var patience = Notifier.Patience()
        patience.timeout = 600
        let notifier = try #require(
            Notifier(
                webhook: nil, command: "echo begun >'\(mark)'; exec sleep 600", logger: Logger(label: "test"),
                patience: patience))
        notifier.send(NotifierTests.alarm)
        while try !Files.exists(mark) { try await Task.sleep(for: .milliseconds(10)) }
        stop.request()
        await notifier.flush(within: 500, stop: stop)
    }

    /// A run without a token leaves nothing behind; neither does an estimate.
    @Test func nothingIsMadeForAFirmWithoutAToken() async throws {
        let catalog = try ShippedPipelines.catalog()
        let name = "no-token-\(UInt32.random(in: 0 ... .max))"
        let manager = try SyncManager(
            SyncConfiguration(
                connection: name, staging: folder + "/staging", database: folder + "/db/firm.sqlite",
                settings: try Settings(environment: [:], envFile: "/dev/null")), catalog: catalog,
            logger: Logger(label: "test"))
        await #expect(throws: ConfigurationError.self) {
            try await manager.connect(Selection(catalog), force: false, options: ExtractOptions())
        }
        await #expect(throws: ConfigurationError.self) { try await manager.estimateSyncRequirements(connection: name) }
        #expect(try !Files.exists(folder))
    }

    /// Nobody answers there: no numbers.
    @Test(.timeLimit(.minutes(3))) func anEstimateWithoutANetworkIsNone() async throws {
        let manager = try manager()
        let estimate = Task { try await manager.estimateSyncRequirements(connection: "firm") }
        await #expect(throws: CriticalError.self) { try await estimate.value }
        #expect(try !Files.exists(folder))
    }
}
