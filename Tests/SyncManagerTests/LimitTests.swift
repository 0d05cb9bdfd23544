import Account
import Foundation
import Inspection
import Logging
import Pipelines
import StagedFirm
import Staging
import Testing

@testable import SyncManager

/// Room on the disk, before a stage begins, and how many records a run may reject.
@Suite(.timeLimit(.minutes(5))) struct LimitTests {
    @Test func aStageIsRefusedOnlyWhenThereIsKnownToBeTooLittleRoom() {
        #expect(SpaceError("disk", "load core", needs: 0, free: 0) == nil)
        #expect(SpaceError("disk", "load core", needs: 10, free: 10) == nil)
        #expect(SpaceError("disk", "load core", needs: 10, free: nil) == nil)
        let error = SpaceError("disk", "load core", needs: 12_000_000, free: 3_000_000)
        #expect(error?.description.contains("load core needs about 12 MB, 3 MB are free") == true)
        #expect(error?.description.contains("--ignore-disk-space") == true)
    }

    @Test func whatIsDoneNeedsNoRoom() async throws {
        let root = NSTemporaryDirectory() + "/limits-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let selection = try Selection(
            ShippedPipelines.catalog(), phases: ["core"], entities: ["practice_areas"])
        let entity = try #require(selection.entities.first)
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let lines = (1...3000).map { #"{"id":\#($0),"name":"Area \#($0)","updated_at":"2025-01-01T00:00:00Z"}"# }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: root + "/areas.ndjson"))
        let staged = try StagedImport(staging: root + "/staging", connection: "firm")
        _ = try await staged.run(entity, file: root + "/areas.ndjson", force: false, stop: StopSignal())
        let folder = try ConnectionFolder(staging: root + "/staging", connection: "firm")
        let database = root + "/firm.sqlite"
        let need = SpaceNeed(folder, force: false)
        let raw = try Files.totalSize(folder.entity(phase: "core", name: "practice_areas").raw)
        let before = try need.transform([entity])
        #expect(before > raw / 3 && before < raw * 2)
        let settings = try Settings(environment: [:])
        let manager = try SyncManager(
            SyncConfiguration(connection: "firm", staging: root + "/staging", database: database, settings: settings),
            catalog: selection.catalog, logger: .init(label: "test"))
        _ = try await manager.runStages([.transform], selection: selection, force: false)
        #expect(try need.transform([entity]) == 0)
        let load = try need.load([entity], of: selection.catalog, database: database)
        _ = try await manager.runStages([.load], selection: selection, force: false)
        // The estimate is of the size of what came.
        #expect(load > 100_000 && load < 1_000_000)
        #expect(try need.load([entity], of: selection.catalog, database: database) == 0)
        #expect(try SpaceNeed(folder, force: true).load([entity], of: selection.catalog, database: database) == load)
    }

    @Test(arguments: [("0", 0, 10, false), ("0", 1, 10, true), ("0.5%", 5, 1000, false), ("0.5%", 6, 1000, true)])
    func aLimitOfRejectsIsANumberOrAShare(_ text: String, _ rejected: Int, _ records: Int, _ isExceeded: Bool) throws {
        let limit = try #require(RejectionLimit(text))
        #expect(limit.isExceeded(rejected: rejected, records: records) == isExceeded)
    }

    @Test(arguments: ["", "%", "-1", "101%", "5 %", "1.5", "nan%"])
    func whatIsNoLimitIsRefused(_ text: String) { #expect(RejectionLimit(text) == nil) }
}
