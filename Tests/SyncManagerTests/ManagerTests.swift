import Account
import Bytes
import Foundation
import Inspection
import JSON
import Jobs
import Logging
import Pipelines
import StagedFirm
import Staging
import SyncManager
import Testing

/// What the manager does without a network; the rest is shown end to end.
@Suite(.timeLimit(.minutes(5))) final class ManagerTests {
    let catalog: Catalog
    let folder: String

    init() throws {
        catalog = try ShippedPipelines.catalog()
        folder = NSTemporaryDirectory() + "/manager-\(UUID().uuidString)"
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func manager(_ connection: String = "firm", stop: StopSignal = StopSignal()) throws -> SyncManager {
        let settings = try Settings(environment: [:], envFile: "/dev/null")
        return try SyncManager(
            SyncConfiguration(
                connection: connection, staging: folder + "/staging", database: folder + "/db/firm.sqlite",
                settings: settings), catalog: catalog, logger: Logger(label: "test"), stop: stop)
    }

    @Test func namesThatAreNoneAreToldWithThoseThatAre() {
        let phase = #expect(throws: ConfigurationError.self) { try Selection(catalog, phases: ["cor"], entities: []) }
        #expect(phase?.description == "--phase: there is no phase cor; did you mean \"core\"?")
        let other = #expect(throws: ConfigurationError.self) { try Selection(catalog, phases: ["x9"], entities: []) }
        #expect(other?.description.hasPrefix("--phase: there is no phase x9; the pipelines have core, suppor") == true)
        let entity = #expect(throws: ConfigurationError.self) {
            try Selection(catalog, phases: ["core"], entities: ["tasks"])
        }
        #expect(entity?.description.contains("give --phase supporting") == true)
    }

    @Test func aSelectionKeepsTheOrderOfAnOnboarding() throws {
        let selection = try Selection(catalog, phases: ["historical", "core"], entities: [])
        #expect(selection.phaseNames == ["core", "historical"])
        let contacts = try Selection(catalog, phases: [], entities: ["contacts"])
        #expect(contacts.entities.map(\.phase) == ["core", "supporting"])
    }

    /// A mistyped connection or staging folder is said, and nothing is made for it.
    @Test(arguments: [[Stage.transform], [.load], [.verify], [.transform, .load, .verify]])
    func localStagesOfAFirmThatIsNotThereMakeNothing(_ stages: [Stage]) async throws {
        let manager = try manager("nofirm")
        let selection = try Selection(catalog, phases: [], entities: [])
        let error = await #expect(throws: ConfigurationError.self) {
            try await manager.runStages(stages, selection: selection, force: false)
        }
        #expect(error?.description.contains("nothing is staged for the connection nofirm") == true)
        #expect(throws: ConfigurationError.self) {
            try StagedPrune(staging: folder + "/staging", connection: "nofirm", keep: 0, olderThan: nil)
        }
        #expect(throws: ConfigurationError.self) {
            try StagedDiff(staging: folder + "/staging", connection: "nofirm", database: folder + "/db/firm.sqlite")
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    /// One job covers an onboarding, whatever phase is asked for next.
    @Test func aLaterPhaseJoinsTheJob() throws {
        let manager = try manager()
        let first = try manager.createInitialSync(connection: "firm", phases: ["core"])
        #expect(first.status == .pending)
        let second = try manager.createInitialSync(connection: "firm", phases: ["historical"])
        #expect(second.id == first.id)
        #expect(second.phases == ["core", "historical"])
        let report = try manager.getSyncStatus()
        #expect(report.job?.id == first.id)
        #expect(report.entities.contains { $0.phase == "historical" && $0.status == "PENDING" })
        #expect(throws: (any Error).self) { try manager.createInitialSync(connection: "other") }
    }

    @Test func aConnectionWithoutAJobSaysWhatToDo() throws {
        let error = #expect(throws: ConfigurationError.self) { try manager().getSyncStatus() }
        #expect(error?.description.contains("cliosync run") == true)
    }

    /// Without a token no request can be made: wrong configuration, and the job can be taken up again.
    @Test func aMissingTokenIsAConfigurationError() async throws {
        let name = "no-token-\(UInt32.random(in: 0 ... .max))"
        let manager = try manager(name)
        let job = try manager.createInitialSync(connection: name)
        await #expect(throws: ConfigurationError.self) { try await manager.executeSync(job.id) }
        #expect(try manager.getSyncStatus().job?.status == "PAUSED")
    }

    /// Records from elsewhere go through transform, load and verify without Clio.
    @Test func importedRecordsAreTransformedLoadedAndVerified() async throws {
        let file = folder + "-import.ndjson"
        let lines = (1...250).map { #"{"id":\#($0),"name":"Area \#($0)","updated_at":"2025-01-01T00:00:00Z"}"# }
        let damaged = #"{"id": 1 2, "name": "two numbers"}"#
        try Data((lines + [#"{"id":"x","name":"text id"}"#, "no json", damaged]).joined(separator: "\n").utf8)
            .write(to: URL(fileURLWithPath: file))
        let selection = try Selection(catalog, phases: ["core"], entities: ["practice_areas"])
        let entity = try #require(selection.entities.first)
        let staged = try StagedImport(staging: folder + "/staging", connection: "firm")
        #expect(try await staged.run(entity, file: file, force: false, stop: StopSignal()) == 253)
        await #expect(throws: ConfigurationError.self) {
            try await staged.run(entity, file: file, force: false, stop: StopSignal())
        }
        // What is no JSON is kept to the byte, and is no record 12.
        let place = try ConnectionFolder(staging: folder + "/staging", connection: "firm").entity(
            phase: "core", name: "practice_areas")
        let raw = try #require(try RawManifest.read(place))
        let reader = try NDJSONReader(raw.file(raw.parts[0], in: place))
        var last = ""
        while let line = try reader.next() { last = String(decoding: line, as: UTF8.self) }
        #expect(last == damaged)
        let manager = try manager()
        let report = try await manager.runStages([.transform, .load, .verify], selection: selection, force: false)
        let summary = try #require(report.entities.first)
        #expect(summary.extracted == 253)
        #expect(summary.accepted == 250)
        #expect(summary.rejected == 3)
        #expect(summary.loaded == 250)
        #expect(report.verify?.ok == true)
        #expect(report.exitCode == 0)
        for key in ["\"entities\"", "\"errors\"", "\"verify\"", "\"loaded\":250"] { #expect(report.json.contains(key)) }
    }

    @Test func aTransformWithNothingStagedSaysWhatToDo() async throws {
        let manager = try manager()
        _ = try manager.createInitialSync(connection: "firm")
        let selection = try Selection(catalog, phases: ["core"], entities: ["matters"])
        let error = await #expect(throws: (any Error).self) {
            try await manager.runStages([.transform], selection: selection, force: false)
        }
        #expect("\(try #require(error))".contains("cliosync extract"))
    }
}
