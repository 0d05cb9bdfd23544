import Account
import Foundation
import Inspection
import StagedFirm
import Staging
import SyncManager
import Testing

/// Layers that were copied from another connection's folder, where nothing but the connection's name tells.
@Suite(.timeLimit(.minutes(5))) struct CopiedLayerTests {
    private static func copied(_ layer: String) async throws -> StagedFirm {
        let (one, two) = (try StagedFirm(connection: "one"), try StagedFirm(connection: "two"))
        for firm in [one, two] {
            try await firm.stageSmall()
            try await firm.run(phases: ["core"])
        }
        let (from, to) = (try one.place("contacts"), try two.place("contacts"))
        let (source, target) = layer == "raw" ? (from.raw, to.raw) : (from.clean, to.clean)
        for name in try FileManager.default.contentsOfDirectory(atPath: target) {
            try FileManager.default.removeItem(atPath: target + "/" + name)
        }
        for name in try FileManager.default.contentsOfDirectory(atPath: source) {
            try FileManager.default.copyItem(atPath: source + "/" + name, toPath: target + "/" + name)
        }
        return two
    }

    @Test(arguments: ["raw", "clean"]) func noStageTakesThem(_ layer: String) async throws {
        let firm = try await Self.copied(layer)
        for stage in [Stage.transform, .load, .verify] {
            let error = await #expect(throws: AccountError.self) {
                try await firm.run([stage], phases: ["core"], force: true)
            }
            #expect(error?.description.contains("was staged for the connection one, not for two") == true)
        }
    }

    @Test func anImportContinuesNoneAndReplacesIt() async throws {
        let firm = try await Self.copied("raw")
        let lines = [Line.contact(9)]
        await #expect(throws: AccountError.self) { try await firm.stage("contacts", lines) }
        try await firm.stage("contacts", lines, force: true)
        #expect(try await firm.run(phases: ["core"]).exitCode == 0)
    }

    @Test func aPartBesideItsManifestIsTakenAsWhatItIs() async throws {
        let (one, two) = (try StagedFirm(connection: "one"), try StagedFirm(connection: "two"))
        try await one.stageSmall()
        let part = try one.place("contacts").raw + "/00001.ndjson.gz"
        let importer = try StagedImport(staging: two.staging, connection: "two")
        let error = await #expect(throws: AccountError.self) {
            try await importer.run(two.entity("contacts"), file: part, force: false, stop: StopSignal())
        }
        #expect(error?.description.contains("is a part of the connection one") == true)
        // Taken out of its folder, it is a file like any other.
        let copy = two.root + "/contacts.ndjson.gz"
        try FileManager.default.copyItem(atPath: part, toPath: copy)
        #expect(try await importer.run(two.entity("contacts"), file: copy, force: false, stop: StopSignal()) == 3)
    }
}
