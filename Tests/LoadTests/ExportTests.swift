import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Synchronization
import Tables
import Testing
import Verify

/// One file of a consistent database, also while a load writes.
@Suite struct ExportTests {
    private static func loaded() async throws -> Fixture {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        return fixture
    }

    private static func export(
        _ fixture: Fixture, to name: String = "copy.sqlite", force: Bool = false, stop: StopSignal = StopSignal()
    ) throws -> DatabaseExport.Report {
        try DatabaseExport(database: fixture.database, connection: "firm").run(
            to: fixture.root + "/" + name, force: force, stop: stop)
    }

    private static func names(_ fixture: Fixture) -> [String] {
        ((try? Files.names(in: fixture.root)) ?? []).filter { $0.hasPrefix("copy") }
    }

    @Test func theCopyIsOneFileForItsOwnerWithAllThatTheDatabaseHolds() async throws {
        let fixture = try await Self.loaded()
        let report = try Self.export(fixture)
        #expect(Self.names(fixture) == ["copy.sqlite"])
        let path = fixture.root + "/copy.sqlite"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        #expect(try report.bytes == Files.size(path) && report.records > 0 && report.incomplete == [])
        #expect(try Verifier.digests(database: path) == Verifier.digests(database: fixture.database))
        let copy = try SQLiteConnection(path: path, mode: .readOnly)
        #expect(try copy.pragma("journal_mode") == "delete")
        #expect(try copy.pragma("integrity_check") == "ok")
        // It is a database of ours like the other.
        let verified = try await Verifier.verify(
            entities: Fixture.catalog().entities, catalog: Fixture.catalog(), folder: fixture.folder, database: path)
        #expect(VerifyTests.failed(verified) == [])
    }

    @Test func itIsReadableInAFolderThatMayNotBeWritten() async throws {
        let fixture = try await Self.loaded()
        let folder = fixture.root + "/away"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        _ = try Self.export(fixture, to: "away/copy.sqlite")
        // As root may write everywhere: `immutable` is what SQLite does in such a place.
        let copy = try SQLiteConnection(path: folder + "/copy.sqlite", mode: .readOnly)
        #expect(try copy.value("SELECT count(*) FROM contacts") != nil)
        #expect(try Files.names(in: folder) == ["copy.sqlite"])
    }

    @Test func aFileThatIsThereIsReplacedOnlyWithForce() async throws {
        let fixture = try await Self.loaded()
        let path = fixture.root + "/copy.sqlite"
        try "mine".write(toFile: path, atomically: true, encoding: .utf8)
        #expect { try Self.export(fixture) } throws: {
            "\($0)".hasSuffix("copy.sqlite: is there already; --force replaces it")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        _ = try Self.export(fixture, force: true)
        #expect(try Verifier.digests(database: path) == Verifier.digests(database: fixture.database))
    }

    @Test(arguments: ["firm.sqlite", "./firm.sqlite", "link.sqlite", "copies", "nowhere/copy.sqlite"])
    func theDatabaseItselfFoldersAndMissingFoldersAreNoTarget(_ name: String) async throws {
        let fixture = try await Self.loaded()
        try FileManager.default.createDirectory(atPath: fixture.root + "/copies", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: fixture.root + "/link.sqlite", withDestinationPath: fixture.database)
        let before = try Verifier.digests(database: fixture.database)
        #expect(throws: LoadError.self) { try Self.export(fixture, to: name, force: true) }
        #expect(try Verifier.digests(database: fixture.database) == before)
        #expect(Self.names(fixture) == [])
    }

    @Test func anotherFirmsDatabaseIsNotExported() async throws {
        let fixture = try await Self.loaded()
        #expect {
            try DatabaseExport(database: fixture.database, connection: "other").run(
                to: fixture.root + "/copy.sqlite", force: false, stop: StopSignal())
        } throws: { "\($0)".contains("belongs to connection firm, not to other") }
    }

    @Test func duringALoadItIsTheDatabaseOfOneInstant() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", RebuildTests.contacts(4_000, parts: 4))
        let copies = Mutex<[(rows: String, incomplete: [String])]>([])
        try await fixture.load("core") { event in
            guard case .loaded(_, _, let part, _) = event else { return }
            let name = "copy\(part).sqlite"
            guard let report = try? Self.export(fixture, to: name),
                let copy = try? SQLiteConnection(path: fixture.root + "/" + name, mode: .readOnly),
                let rows = try? copy.value("SELECT count(*) FROM contacts")?.int
            else { return }
            let ledger = (try? copy.value("SELECT sum(records) FROM _cliosync_ledger")?.int) ?? 0
            copies.withLock { $0.append(("\(rows) \(ledger)", report.incomplete)) }
        }
        #expect(copies.withLock { $0.map(\.rows) } == ["1000 1000", "2000 2000", "3000 3000", "4000 4000"])
        #expect(copies.withLock { $0.map(\.incomplete) }.allSatisfy { $0 == ["core/contacts"] })
    }

    @Test func aStopLeavesNothing() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "contacts", RebuildTests.contacts(20_000, parts: 2))
        try await fixture.load("core")
        let stop = StopSignal()
        stop.request()
        #expect { try Self.export(fixture, stop: stop) } throws: { ($0 as? LoadError)?.code == .stopped }
        #expect(Self.names(fixture) == [])
    }
}
