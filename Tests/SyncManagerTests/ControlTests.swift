import Account
import Bytes
import Foundation
import Inspection
import Jobs
import Logging
import Pipelines
import StagedFirm
import Staging
import SyncManager
import Testing

/// Jobs are found by a few characters, and taken up or thrown away by them.
@Suite(.timeLimit(.minutes(5))) final class ControlTests {
    private let catalog: Catalog
    private let folder: String

    init() throws {
        catalog = try ShippedPipelines.catalog()
        folder = NSTemporaryDirectory() + "/control-\(UUID().uuidString)"
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func manager(_ connection: String) throws -> SyncManager {
        try SyncManager(
            SyncConfiguration(
                connection: connection, staging: folder + "/staging", database: folder + "/\(connection).sqlite",
                settings: Settings(environment: [:], envFile: "/dev/null")), catalog: catalog,
            logger: Logger(label: "test"))
    }

    private func store(_ connection: String) throws -> JobStore {
        try JobStore(path: ConnectionFolder(staging: folder + "/staging", connection: connection).jobDatabase)
    }

    @Test func aJobIsFoundByItsBeginningWhateverItsConnection() throws {
        let first = try manager("smith").createInitialSync(connection: "smith")
        let second = try manager("jones").createInitialSync(connection: "jones")
        let finder = JobFinder(staging: folder + "/staging")
        #expect(try finder.connections == ["jones", "smith"])
        #expect(try finder.find(first.id).connection == "smith")
        #expect(try finder.find(String(second.id.prefix(12)).uppercased()).id == second.id)
        #expect([first.id, second.id].contains(try finder.find("latest").id))
        #expect(try finder.find("latest", connection: "jones").id == second.id)
        #expect(throws: ConfigurationError.self) { try finder.find("zzzz") }
        #expect(throws: ConfigurationError.self) { try finder.find("") }
        #expect(throws: ConfigurationError.self) { try finder.find(first.id, connection: "jones") }
        #expect(throws: ConfigurationError.self) { try JobFinder(staging: folder + "/no").find("latest") }
    }

    /// Two users of one name, and one that is nearly hit.
    @Test func aGroupThatIsNotThereIsExplainedByNames() async throws {
        let manager = try manager("smith")
        let job = try manager.createInitialSync(connection: "smith")
        let place = try ConnectionFolder(staging: folder + "/staging", connection: "smith")
            .entity(phase: "core", name: "users")
        let writer = try await RawLayerWriter.open(place, force: false)
        let lines = [(11, "Ann Lee"), (12, "Bob Ray"), (13, "ann lee")].map { "{\"id\":\($0),\"name\":\"\($1)\"}\n" }
        try await writer.commit(
            RawPage(
                stream: .list, lines: Array(lines.joined().utf8), records: 3, request: "/api/v4/users.json", next: nil,
                reportedTotal: nil))
        try await writer.complete(expected: 3, status: .complete, message: nil)
        let grouped = try #require(
            catalog.entities.first { entity in
                entity.groupings.contains { $0.lookup.entity == "users" && $0.list == nil }
            })
        func complaint(_ group: String) -> String {
            let error = #expect(throws: ConfigurationError.self) {
                try manager.prioritize(grouped.name, group: group, job: job.id)
            }
            return error?.description ?? ""
        }
        #expect(complaint("Ann Lee").hasSuffix("has 2 groups named \"Ann Lee\": give the id of one of them, 11, 13"))
        #expect(complaint("Bob Rey").hasSuffix("has no group \"Bob Rey\"; did you mean \"Bob Ray\"?"))
        #expect(complaint("Zoe").contains("has no group \"Zoe\"; it has Ann Lee, Bob Ray, ann lee"))
        #expect(try !manager.prioritize(grouped.name, group: "bob ray", job: job.id).phases.isEmpty)
    }

    @Test func onlyAnUnfinishedJobIsResumed() throws {
        let manager = try manager("smith")
        let job = try manager.createInitialSync(connection: "smith")
        #expect(try manager.resumableJob(job.id).id == job.id)
        let store = try store("smith")
        for status in [JobStatus.inProgress, .completed] { try store.updateJob(job.id) { $0.status = status } }
        let finished = #expect(throws: ConfigurationError.self) { try manager.resumableJob(job.id) }
        #expect(finished?.description.contains("COMPLETED") == true)
        try store.updateJob(job.id) { $0.status = .inProgress }
        // A process that works on it holds this lock.
        let lock = try FileLock.shared(folder + "/staging/smith/.run.lock")
        let busy = #expect(throws: StagingError.self) { try manager.resumableJob(job.id) }
        #expect(busy?.code == .locked && busy?.description.contains("cliosync stop") == true)
        lock.release()
        #expect(try manager.resumableJob(job.id).id == job.id)
        try store.updateJob(job.id) { $0.status = .cancelled }
        let cancelled = #expect(throws: ConfigurationError.self) { try manager.resumableJob(job.id) }
        #expect(cancelled?.description.contains("cliosync run") == true)
    }

    @Test func aPriorityIsStoredForTheProcessThatRunsTheJob() throws {
        let manager = try manager("smith")
        let job = try manager.createInitialSync(connection: "smith")
        let error = #expect(throws: ConfigurationError.self) { try manager.prioritize("nothing", job: job.id) }
        #expect(error?.description.contains("documents") == true)
        #expect(try manager.prioritize("contacts", job: job.id).phases == ["core", "supporting"])
        #expect(try store("smith").takeRequests(job: job.id).map(\.kind) == [.prioritize(entity: "contacts")])
    }

    /// Rows, files and counts of one entity go; what is left of the job can go on.
    @Test func aResetTakesAnEntityOutAndTheRestStays() async throws {
        let manager = try manager("smith")
        let job = try manager.createInitialSync(connection: "smith")
        let selection = try Selection(catalog, phases: ["core"], entities: ["practice_areas", "users"])
        for entity in selection.entities {
            let file = "\(folder)-\(entity.name).ndjson"
            let lines = (1...30).map { #"{"id":\#($0),"name":"n","updated_at":"2025-01-01T00:00:00Z"}"# }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: file))
            defer { try? FileManager.default.removeItem(atPath: file) }
            let staged = try StagedImport(staging: folder + "/staging", connection: "smith")
            _ = try await staged.run(entity, file: file, force: false, stop: StopSignal())
        }
        let before = try await manager.runStages([.transform, .load], selection: selection, force: false)
        #expect(before.entities.map(\.loaded) == [30, 30])
        let preview = try manager.previewReset(job.id, entities: ["users"])
        #expect(!preview.isWholeJob && preview.total.files > 0 && preview.total.bytes > 0)
        #expect(throws: ConfigurationError.self) { try manager.previewReset(job.id, entities: ["nothing"]) }
        // Nothing is touched while somebody is at work.
        let lock = try FileLock.exclusive(folder + "/staging/smith/core/.clean.lock", holder: "test")
        let busy = await #expect(throws: StagingError.self) { try await manager.reset(preview) }
        #expect(busy?.code == .locked)
        #expect(try manager.previewReset(job.id, entities: ["users"]).total == preview.total)
        lock.release()
        try await manager.reset(preview)
        #expect(try manager.previewReset(job.id, entities: ["users"]).total.files == 0)
        let after = try await manager.runStages([.verify], selection: selection, force: false)
        #expect(after.entities.map(\.extracted) == [0, 30])
        // The whole of it, twice: the second finds nothing more to do.
        for _ in 0..<2 { #expect(try await manager.reset(manager.previewReset(job.id)).status == .cancelled) }
        #expect(try manager.previewReset(job.id).total.files == 0)
        #expect(try manager.createInitialSync(connection: "smith").id != job.id)
    }
}
