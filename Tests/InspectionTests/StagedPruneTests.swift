import Foundation
import Inspection
import StagedFirm
import Staging
import SyncManager
import Testing

/// What `staged prune` removes, and what it never removes.
@Suite struct StagedPruneTests {
    private func prune(_ firm: StagedFirm, keep: Int = 0, olderThan: Double? = nil) throws -> StagedPrune {
        try StagedPrune(staging: firm.staging, connection: firm.connection, keep: keep, olderThan: olderThan)
    }

    /// Two former generations of each entity's clean and flagged layers, as kills before their removal leave them.
    private func rebuilt() async throws -> StagedFirm {
        let firm = try await StagedFirm.small()
        for _ in 1...2 { try await firm.run(phases: ["core"], force: true) }
        let folder = "\(firm.staging)/firm/core/.generations"
        for name in ["contacts", "matters"] {
            let current = try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            #expect(current.hasSuffix("0003"))
            for number in 1...2 {
                try FileManager.default.copyItem(
                    atPath: "\(folder)/\(current)", toPath: "\(folder)/\(name)-000\(number)")
            }
        }
        return firm
    }

    @Test func nothingIsRemovedWhereEverythingIsInUse() async throws {
        let firm = try await StagedFirm.small()
        let before = try firm.contents()
        #expect(try prune(firm).run(firm.selection()).isEmpty)
        #expect(try firm.contents() == before)
    }

    @Test func oldGenerationsGoAndWhatIsInPlaceStays() async throws {
        let firm = try await rebuilt()
        let place = try firm.place("contacts")
        let current = try [place.raw, place.clean, place.flagged].map {
            try FileManager.default.contentsOfDirectory(atPath: $0).sorted()
        }
        let planned = try prune(firm).items(firm.selection())
        #expect(planned.count == 4)
        for item in planned { #expect(try Files.exists(item.leftover.path)) }
        let removed = try prune(firm).run(firm.selection())
        #expect(removed.map(\.leftover.path) == planned.map(\.leftover.path))
        for item in removed { #expect(try !Files.exists(item.leftover.path)) }
        #expect(
            try [place.raw, place.clean, place.flagged].map {
                try FileManager.default.contentsOfDirectory(atPath: $0).sorted()
            } == current)
        #expect(try firm.layers.check() == [])
        #expect(try await firm.run([.verify], phases: ["core"]).verify?.ok == true)
        #expect(try prune(firm).items(firm.selection()).isEmpty)
    }

    @Test func theNewestOnesAreKeptWhenAskedFor() async throws {
        let firm = try await rebuilt()
        let all = try prune(firm).items(firm.selection(entities: ["matters"]))
            .filter { $0.leftover.kind == .generation }
        #expect(all.count == 2)
        let left = try prune(firm, keep: 1).items(firm.selection(entities: ["matters"]))
            .filter { $0.leftover.kind == .generation }
        #expect(left.map(\.leftover.path) == all.prefix(1).map(\.leftover.path))
        #expect(try prune(firm, keep: 10).items(firm.selection()).isEmpty)
    }

    @Test func whatIsYoungerThanTheAgeStays() async throws {
        let firm = try await rebuilt()
        #expect(try prune(firm, olderThan: 86_400).items(firm.selection()).isEmpty)
        #expect(try !prune(firm, olderThan: 0).items(firm.selection()).isEmpty)
    }

    @Test func onlyTheChosenEntitiesAreTouched() async throws {
        let firm = try await rebuilt()
        let removed = try prune(firm).run(firm.selection(entities: ["matters"]))
        #expect(Set(removed.map(\.leftover.entity)) == ["matters"])
        #expect(try prune(firm).items(firm.selection()).contains { $0.leftover.entity == "contacts" })
    }

    @Test func unfinishedWorkStaysUnlessItIsOld() async throws {
        let firm = try await StagedFirm.small()
        let folder = "\(firm.staging)/firm/core/.generations/matters-9.building"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(try prune(firm).items(firm.selection()).isEmpty)
        #expect(try prune(firm, olderThan: 0).items(firm.selection()).map(\.leftover.path) == [folder])
    }

    @Test func aPhaseThatIsBeingTransformedIsLeftAlone() async throws {
        let firm = try await rebuilt()
        let folder = try ConnectionFolder(staging: firm.staging, connection: firm.connection)
        let lock = try FileLock.exclusive(folder.lock(phase: "core", layer: "clean"), holder: "test")
        defer { lock.release() }
        let before = try prune(firm).items(firm.selection()).map(\.leftover.path)
        let error = #expect(throws: StagingError.self) { try prune(firm).run(firm.selection()) }
        #expect(error?.code == .locked)
        #expect(try prune(firm).items(firm.selection()).map(\.leftover.path) == before)
    }

    @Test(arguments: [("12h", 43_200.0), ("7d", 604_800), ("2w", 1_209_600), ("0d", 0)])
    func agesAreRead(_ text: String, _ seconds: Double) { #expect(StagedPrune.seconds(text) == seconds) }

    @Test(arguments: ["", "d", "7", "-1d", "1.5d", "7m", "d7", "7 d"])
    func otherAgesAreRefused(_ text: String) { #expect(StagedPrune.seconds(text) == nil) }
}
