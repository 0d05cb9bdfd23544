import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Tables
import Testing
import Verify

@Suite struct VerifyTests {
    static func verify(_ fixture: Fixture, _ phase: String? = nil) async throws -> VerifyReport {
        let catalog = Fixture.catalog()
        return try await Verifier.verify(
            entities: phase.flatMap { catalog.phase(named: $0)?.entities } ?? catalog.entities, catalog: catalog,
            folder: fixture.folder, database: fixture.database)
    }

    static func failed(_ report: VerifyReport) -> [String] {
        report.checks.filter { !$0.ok }.map { "\($0.phase) \($0.entity) \($0.check) \($0.expected) \($0.actual)" }
    }

    /// Everything that can happen: duplicates, rejects with and without an id, warns, orphans, two phases.
    static func stageAll(_ fixture: Fixture) async throws {
        try await LoadTests.stageCore(fixture)
        try await fixture.stage(
            "core", "matters",
            [
                [
                    .row(
                        2, LoadTests.late,
                        "\"client_id\":99,\"rate\":1,\"open\":true,\"matter_parties\":[{\"contact_id\":98,\"role\":\"y\"}]"
                    ),
                    .rejected("3", LoadTests.late), .rejected("null"), .rejected("\"x\""),
                    .warned(4, nil, "\"client_id\":99,\"rate\":null,\"open\":null"),
                ]
            ])
        try await fixture.stage(
            "supporting", "contacts",
            [
                [
                    .row(10, LoadTests.late, "\"name\":\"B\""), .row(20, nil, "\"name\":\"C\""),
                    .row(20, nil, "\"name\":\"D\""),
                ]
            ])
        try await fixture.stage(
            "supporting", "events",
            [
                [
                    Record(
                        id: "\"e1\"", updatedAt: LoadTests.early,
                        members: "\"matter_id\":3,\"event_notes\":[{\"note\":\"n\"}]", verdict: .accepted),
                    Record(id: "\"e2\"", updatedAt: nil, members: "\"matter_id\":1", verdict: .warned),
                    .rejected("5"),
                ]
            ])
    }

    @Test("A sound load passes every check")
    func passes() async throws {
        let fixture = try Fixture()
        try await Self.stageAll(fixture)
        try await fixture.load()
        let report = try await Self.verify(fixture)
        #expect(Self.failed(report) == [])
        #expect(report.ok)
        #expect(
            Set(report.checks.map(\.check)) == [
                "complete", "extracted", "transformed", "duplicates", "rows", "ids", "children", "content", "flagged",
                "flags", "references", "reference_ids", "integrity", "sum(rate)",
            ])
        let duplicates = report.checks.filter { $0.check == "duplicates" }
        #expect(
            duplicates.map { "\($0.phase) \($0.entity) \($0.actual)" }.sorted() == [
                "core contacts 0", "core matters 1", "supporting contacts 1", "supporting events 0",
            ])
        #expect(report.checks.first { $0.check == "references" }?.actual == 4)
        #expect(report.missingParents.reduce(0) { $0 + $1.records } == 4)
        let parties = report.missingParents.first { $0.table == "matter_parties" }
        #expect(parties?.column == "contact_id" && parties?.parent == "contacts" && parties?.missing == 1)
        #expect(parties?.mostFrequent.map(\.id) == ["98"])
    }

    @Test(
        "Every kind of damage is found",
        arguments: [
            ("DELETE FROM contacts WHERE id = 12", "ids"),
            ("INSERT INTO contacts(id) VALUES(4711)", "ids"),
            ("DELETE FROM matter_parties WHERE position = 2", "children"),
            ("DELETE FROM flagged_records WHERE severity = 'reject'", "flagged"),
            ("UPDATE flagged_records SET id = 12 WHERE id = 3 AND severity = 'reject'", "flags"),
            (
                "UPDATE flagged_records SET severity = 'warn', record = NULL WHERE id = 3 AND severity = 'reject'",
                "flags"
            ),
            ("UPDATE flagged_records SET violations = replace(violations, 'too small', 'fine')", "flags"),
            ("UPDATE flagged_records SET line = line + 1 WHERE id = 3 AND severity = 'reject'", "flags"),
            ("UPDATE flagged_records SET record = '{}' WHERE id = 'x'", "flags"),
            ("UPDATE matters SET client_id = 97 WHERE id = 1", "references"),
            (
                "UPDATE matters SET client_id = 10 WHERE id = 4; UPDATE matters SET client_id = 55 WHERE id = 1",
                "reference_ids"
            ),
            ("UPDATE contacts SET name = 'other' WHERE id = 12", "content"),
            ("UPDATE matters SET rate = 1.25 WHERE id = 1", "content"),
            ("UPDATE matter_parties SET position = 7 WHERE position = 2", "content"),
            ("UPDATE event_notes SET note = NULL", "content"),
            ("UPDATE _cliosync_ledger SET duplicates = 7 WHERE entity = 'events'", "duplicates"),
        ])
    func damage(sql: String, check: String) async throws {
        let fixture = try Fixture()
        try await Self.stageAll(fixture)
        try await fixture.load()
        try SQLiteConnection(path: fixture.database, mode: .readWrite).execute(sql)
        let report = try await Self.verify(fixture)
        #expect(!report.ok)
        #expect(report.checks.contains { $0.check == check && !$0.ok }, "\(Self.failed(report))")
    }

    @Test("What is extracted but not loaded, or not complete, is found")
    func missing() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        try await fixture.stage("core", "contacts", [[.row(13, nil, "\"name\":null")]])
        #expect(
            try await Self.failed(Self.verify(fixture, "core")) == [
                " contacts rows 4 3", " contacts ids 0 1", " contacts content 0 1",
            ])
        try await fixture.load("core")
        #expect(try await Self.verify(fixture, "core").ok)
        #expect(try await Self.failed(Self.verify(fixture)).contains("supporting events complete 1 0"))
    }

    /// Another phase's layer is in the table too.
    @Test func aLayerByAnEarlierPipelineFileIsFound() async throws {
        let fixture = try Fixture()
        try await Self.stageAll(fixture)
        try await fixture.load()
        let catalog = Fixture.catalog()
        let core = try #require(catalog.phase(named: "core"))
        var fingerprints = Dictionary(uniqueKeysWithValues: catalog.entities.map { ("\($0.phase)/\($0.name)", "f1") })
        func failed() async throws -> [String] {
            Self.failed(
                try await Verifier.verify(
                    entities: core.entities, catalog: catalog, folder: fixture.folder, database: fixture.database,
                    fingerprints: fingerprints))
        }
        #expect(try await failed() == [])
        fingerprints["supporting/events"] = "of no interest"
        #expect(try await failed() == [])
        fingerprints["core/matters"] = "f2"
        fingerprints["supporting/contacts"] = "f2"
        #expect(
            try await failed() == ["core matters transformed 1 0", "supporting contacts transformed 1 0"])
    }

    /// As many lines as before, and not the same ones.
    @Test func anExtractThatIsNotTransformedYetIsFound() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let place = fixture.folder.entity(phase: "core", name: "contacts")
        let before = try #require(try RawManifest.read(place))
        let writer = try await RawLayerWriter.open(place, force: true)
        for page in before.pages {
            let lines = (0..<page.records).map { "{\"id\":\($0 + 500)}\n" }.joined()
            try await writer.commit(
                RawPage(
                    stream: page.stream, lines: Array(lines.utf8), records: page.records, request: "more",
                    next: nil,
                    reportedTotal: nil))
        }
        try await writer.complete(expected: nil, status: .complete, message: nil)
        let failed = try await Self.failed(Self.verify(fixture, "core"))
        #expect(failed.contains { $0.hasPrefix("core contacts transformed") }, "\(failed)")
    }

    /// What is found in the manifests needs no line of any file: this one's raw part cannot be read.
    @Test func aLayerThatIsOutOfDateIsFoundBeforeAnythingIsRead() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let core = try #require(Fixture.catalog().phase(named: "core"))
        let place = fixture.folder.entity(phase: "core", name: "matters")
        let raw = try #require(try RawManifest.read(place))
        let part = raw.file(raw.parts[0], in: place).path
        try Data(repeating: 0, count: raw.parts[0].bytes).write(to: URL(fileURLWithPath: part))
        func verify(_ fingerprint: String) async throws -> VerifyReport {
            try await Verifier.verify(
                entities: core.entities, catalog: Fixture.catalog(), folder: fixture.folder,
                database: fixture.database, fingerprints: ["core/contacts": fingerprint])
        }
        let stale = try await verify("f2")
        #expect(Self.failed(stale) == ["core contacts transformed 1 0"])
        #expect(stale.isCutShort && stale.checks.count == 1)
        await #expect(throws: LoadError.self) { try await verify("f1") }
    }

    @Test func aStopEndsAVerification() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let stop = StopSignal()
        stop.request()
        let error = await #expect(throws: LoadError.self) {
            try await Verifier.verify(
                entities: Fixture.catalog().entities, catalog: Fixture.catalog(), folder: fixture.folder,
                database: fixture.database, stop: stop)
        }
        #expect(error?.code == .stopped)
    }

    @Test func digestsFollowTheContentAndNotTheOrder() async throws {
        let (first, second) = (try Fixture(), try Fixture())
        try await Self.stageAll(first)
        try await Self.stageAll(second)
        try await first.load()
        try await second.load("supporting")
        try await second.load("core")
        let digests = try Verifier.digests(database: first.database)
        #expect(Set(digests.keys) == ["matters", "matter_parties", "contacts", "events", "event_notes"])
        #expect(try Verifier.digests(database: second.database) == digests)
        try SQLiteConnection(path: second.database, mode: .readWrite).execute(
            "UPDATE contacts SET name = NULL WHERE id = 11")
        let changed = try Verifier.digests(database: second.database)
        #expect(changed["contacts"] != digests["contacts"])
        #expect(changed["matters"] == digests["matters"])
    }
}
