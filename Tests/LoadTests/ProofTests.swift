import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing
import Verify

/// What a verification after a refresh may leave out, and what it may not.
@Suite struct ProofTests {
    private static let all = Set(["contacts", "matters", "events"])

    /// Compares what changed since everything was compared, at the earliest a minute ago.
    private static func verify(_ fixture: Fixture, since: Double? = nil) async throws -> VerifyReport {
        let catalog = Fixture.catalog()
        return try await Verifier.verify(
            entities: catalog.entities, catalog: catalog, folder: fixture.folder, database: fixture.database,
            extent: .changes(since: since ?? Date().timeIntervalSince1970 - 60))
    }

    /// Loads as a run does.
    private static func load(_ fixture: Fixture, _ phase: String? = nil, force: Bool = false) async throws {
        try await fixture.load(phase, force: force) { event in
            if case .wrote(let span) = event { try? Verifier.note(span, fixture.folder) }
        }
    }

    /// Everything is staged, loaded and compared.
    private static func proven() async throws -> Fixture {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await load(fixture)
        let report = try await VerifyTests.verify(fixture)
        #expect(
            report.ok && report.scope.compared == all && report.scope.wholeAt != nil, "\(VerifyTests.failed(report))")
        return fixture
    }

    @Test func whatNothingTouchedIsCountedOnly() async throws {
        let fixture = try await Self.proven()
        let report = try await Self.verify(fixture)
        #expect(report.ok && report.scope.compared.isEmpty && report.scope.untouched == Self.all, "\(report.scope)")
        let checks = Set(report.checks.map(\.check))
        #expect(checks == ["complete", "extracted", "rows"], "\(checks)")
        // A load that finds nothing to do leaves it so.
        try await Self.load(fixture)
        #expect(try await Self.verify(fixture).scope.untouched == Self.all)
    }

    @Test func aTableThatALoadChangedIsCompared() async throws {
        let fixture = try await Self.proven()
        try await fixture.stage(
            "core", "matters", [[.row(900, LoadTests.late, "\"client_id\":1,\"rate\":2,\"open\":true")]])
        try await Self.load(fixture)
        let report = try await Self.verify(fixture)
        #expect(report.ok, "\(VerifyTests.failed(report))")
        #expect(report.scope.compared == ["matters"] && report.scope.untouched == ["contacts", "events"])
        #expect(report.checks.contains { $0.check == "content" } && report.checks.contains { $0.check == "references" })
        // The next one leaves it out again.
        #expect(try await Self.verify(fixture).scope.untouched == Self.all)
    }

    @Test func aForcedLoadOfTheSameFilesIsCompared() async throws {
        let fixture = try await Self.proven()
        try await Self.load(fixture, "supporting", force: true)
        let report = try await Self.verify(fixture)
        #expect(report.ok && report.scope.compared.isSuperset(of: ["events"]), "\(report.scope)")
    }

    /// Another program may write at any moment between two runs, and while one of them loads.
    @Test(arguments: ["before a load", "during a load", "after a load", "without a load"])
    func whatAnotherProgramWroteIsFound(_ when: String) async throws {
        let fixture = try await Self.proven()
        let write: @Sendable () throws -> Void = {
            let other = try SQLiteConnection(path: fixture.database, mode: .readWrite)
            try other.execute("UPDATE contacts SET name = name || '!' WHERE id = 20")
        }
        try await fixture.stage(
            "core", "matters", [[.row(900, LoadTests.late, "\"client_id\":1,\"rate\":2,\"open\":true")]])
        if when == "before a load" { try write() }
        if when == "during a load" {
            try await fixture.load { event in
                if case .ended(let report) = event, report.entity == "matters" { try? write() }
                if case .wrote(let span) = event { try? Verifier.note(span, fixture.folder) }
            }
        } else if when != "without a load" {
            try await Self.load(fixture)
        }
        if when == "after a load" || when == "without a load" { try write() }
        let report = try await Self.verify(fixture)
        #expect(report.scope.untouched.isEmpty, "\(when): \(report.scope)")
        #expect(report.checks.contains { !$0.ok && $0.entity == "contacts" && $0.check == "content" }, "\(when)")
        // It is found again, however often one looks.
        #expect(try await !Self.verify(fixture).ok)
    }

    @Test func aStagedFileThatWasReplacedIsReadAgain() async throws {
        let fixture = try await Self.proven()
        let place = fixture.folder.entity(phase: "supporting", name: "events")
        let manifest = try #require(try RawManifest.read(place))
        let path = manifest.file(manifest.parts[0], in: place).path
        let content = try #require(try Files.read(path))
        try Files.write(content, to: path)
        let report = try await Self.verify(fixture)
        #expect(report.ok && report.scope.compared == ["events"], "\(report.scope)")
    }

    @Test func withoutAProofEverythingIsCompared() async throws {
        let fixture = try await Self.proven()
        // Too long ago.
        #expect(try await Self.verify(fixture, since: Date().timeIntervalSince1970 + 60).scope.compared == Self.all)
        try FileManager.default.removeItem(atPath: fixture.folder.proof)
        #expect(try await Self.verify(fixture).scope.compared == Self.all)
        #expect(try await Self.verify(fixture).scope.untouched == Self.all)
        try Data("{\"format\":2}".utf8).write(to: URL(fileURLWithPath: fixture.folder.proof))
        #expect(try await Self.verify(fixture).scope.compared == Self.all)
        // Another file in its place, be it the same to the last byte.
        let copy = fixture.database + ".copy"
        try FileManager.default.copyItem(atPath: fixture.database, toPath: copy)
        try Files.rename(copy, to: fixture.database)
        #expect(try await Self.verify(fixture).scope.compared == Self.all)
    }
}
