import Bytes
import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Tables
import Testing
import Verify

/// Another program has the database to itself: a stop ends the wait for it.
@Suite struct HeldDatabaseTests {
    /// A loaded database with its holder, who keeps even readers out.
    private static func held() async throws -> (Fixture, SQLiteConnection, StopSignal) {
        let fixture = try Fixture()
        try await VerifyTests.stageAll(fixture)
        try await fixture.load()
        let holder = try SQLiteConnection(path: fixture.database, mode: .readWrite)
        try holder.setPragma("locking_mode", to: "EXCLUSIVE")
        try holder.execute("BEGIN IMMEDIATE; CREATE TABLE held(a)")
        let stop = StopSignal()
        stop.request()
        return (fixture, holder, stop)
    }

    @Test func aLoadEnds() async throws {
        let (fixture, holder, stop) = try await Self.held()
        let loader = Loader(catalog: Fixture.catalog(), folder: fixture.folder, database: fixture.database)
        let error = await #expect(throws: LoadError.self) {
            try await loader.load(entities: Fixture.catalog().entities, stop: stop)
        }
        #expect(error?.code == .stopped && error?.exitStatus == .stopped)
        try holder.execute("ROLLBACK")
    }

    @Test func aVerificationEnds() async throws {
        let (fixture, holder, stop) = try await Self.held()
        let error = await #expect(throws: LoadError.self) {
            try await Verifier.verify(
                entities: Fixture.catalog().entities, catalog: Fixture.catalog(), folder: fixture.folder,
                database: fixture.database, stop: stop)
        }
        #expect(error?.code == .stopped)
        try holder.execute("ROLLBACK")
    }

    @Test func anExportEnds() async throws {
        let (fixture, holder, stop) = try await Self.held()
        let error = #expect(throws: LoadError.self) {
            try DatabaseExport(database: fixture.database, connection: "firm").run(
                to: fixture.root + "/copy.sqlite", force: false, stop: stop)
        }
        #expect(error?.code == .stopped)
        #expect(try !Files.exists(fixture.root + "/copy.sqlite"))
        try holder.execute("ROLLBACK")
    }
}
