import Foundation
import Inspection
import JSON
import StagedFirm
import Staging
import SyncManager
import Testing

/// What `staged check` finds in files that were damaged, lost or added.
@Suite struct StagedCheckTests {
    @Test func filesAsTheyWereWrittenHaveNoFindings() async throws {
        let firm = try await StagedFirm.small()
        #expect(try firm.layers.check() == [])
    }

    @Test func everyPartThatIsMissingIsNamedWithItsRemedy() async throws {
        let firm = try await StagedFirm.small()
        let parts = try firm.parts("contacts") + firm.parts("matters")
        // raw and clean of both; flagged of matters.
        #expect(parts.count == 5)
        for part in parts {
            try FileManager.default.moveItem(atPath: part, toPath: part + ".away")
            try FileManager.default.moveItem(atPath: part + ".away", toPath: firm.root + "/away")
            let findings = try firm.layers.check()
            #expect(findings.map(\.path) == [part])
            #expect(findings.first?.message.hasPrefix("is missing; `cliosync ") == true, "\(findings)")
            try FileManager.default.moveItem(atPath: firm.root + "/away", toPath: part)
        }
        #expect(try firm.layers.check() == [])
    }

    @Test func everyManifestThatIsMissingIsNamed() async throws {
        let firm = try await StagedFirm.small()
        let place = try firm.place("matters")
        for manifest in [place.rawManifest, place.clean + "/manifest.ndjson"] {
            try FileManager.default.moveItem(atPath: manifest, toPath: firm.root + "/away")
            let findings = try firm.layers.check()
            #expect(findings.contains { $0.path == manifest && $0.message.hasPrefix("is missing") }, "\(findings)")
            try FileManager.default.moveItem(atPath: firm.root + "/away", toPath: manifest)
        }
        #expect(try firm.layers.check() == [])
    }

    @Test func aChangedByteAnywhereInAPartIsFound() async throws {
        let firm = try await StagedFirm.small()
        for part in try firm.parts("matters") {
            let size = try #require(try Files.size(part))
            for offset in [0, 3, 4, 9, 11, size / 3, size / 2, size - 9, size - 5, size - 1] {
                try flip(part, at: offset)
                let findings = try firm.layers.check()
                #expect(findings.map(\.path) == [part], "byte \(offset) of \(part)")
                try flip(part, at: offset)
            }
        }
    }

    @Test func aPartThatWasCutOffIsFound() async throws {
        let firm = try await StagedFirm.small()
        for part in try firm.parts("matters") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: part))
            try bytes.dropLast(3).write(to: URL(fileURLWithPath: part))
            let finding = try #require(try firm.layers.check().first)
            #expect(finding.path == part)
            #expect(finding.message.contains("has \(bytes.count - 3) bytes where its manifest counts \(bytes.count)"))
            try bytes.write(to: URL(fileURLWithPath: part))
        }
    }

    @Test func damageIsPinnedDownToThePagesThatItHit() async throws {
        let firm = try StagedFirm()
        // An import commits pages of 1,000 records.
        try await firm.stage("contacts", (1...2500).map { Line.contact($0) })
        let place = try firm.place("contacts")
        let manifest = try #require(try RawManifest.read(place))
        #expect(manifest.pages.map(\.records) == [1000, 1000, 500])
        let page = manifest.pages[1]
        try flip(manifest.file(manifest.parts[0], in: place).path, at: page.offset + page.bytes / 2)
        let findings = try firm.layers.check()
        #expect(findings.count == 1)
        #expect(findings.first?.message.contains(" in lines 1001 to 2000;") == true, "\(findings)")
    }

    @Test func whatNoManifestKnowsIsNamedAndATornLastLineToo() async throws {
        let firm = try await StagedFirm.small()
        let place = try firm.place("matters")
        for folder in [place.raw, place.clean, place.flagged] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/999999.ndjson.gz"))
        }
        let outsiders = try firm.layers.check()
        #expect(
            Set(outsiders.map(\.path))
                == Set([place.raw, place.clean, place.flagged].map { $0 + "/999999.ndjson.gz" }))
        for folder in [place.raw, place.clean, place.flagged] {
            try FileManager.default.removeItem(atPath: folder + "/999999.ndjson.gz")
        }
        let handle = try #require(FileHandle(forWritingAtPath: place.rawManifest))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"type":"pa"#.utf8))
        try handle.close()
        let torn = try firm.layers.check()
        #expect(torn.map(\.path) == [place.rawManifest])
        #expect(torn.first?.message.contains("last line is torn") == true)
    }

    @Test func cleanLinesWithoutTheirRawLayerAreAFinding() async throws {
        let firm = try await StagedFirm.small()
        let place = try firm.place("matters")
        try FileManager.default.removeItem(atPath: place.raw)
        let findings = try firm.layers.check()
        #expect(findings.map(\.path) == [place.raw])
        #expect(findings.first?.message.contains("cliosync extract --phase core --entity matters") == true)
    }

    @Test func findingsHoldNoValuesOfRecords() async throws {
        let firm = try StagedFirm()
        try await firm.stage("contacts", (1...50).map { Line.contact($0, name: "Secret Person") })
        try await firm.run([.transform], entities: ["contacts"])
        for part in try firm.parts("contacts") { try flip(part, at: try #require(try Files.size(part)) / 2) }
        let findings = try firm.layers.check()
        #expect(findings.count == 2)
        for finding in findings { #expect(!finding.json.contains("Secret")) }
    }
}
