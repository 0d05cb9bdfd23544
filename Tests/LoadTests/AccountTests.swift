import Foundation
import Pipelines
import Staging
import Tables
import Testing
import Verify

@testable import Load

/// One database, one account.
@Suite struct AccountTests {
    private static let members = "\"client_id\":null,\"rate\":1,\"open\":true"

    private static func account(_ id: Int64) -> Account {
        Account(id: id, name: "Firm \(id)", userID: 1, userName: "Ann", baseURL: "https://app.clio.com")
    }

    private func pin(_ fixture: Fixture, _ id: Int64, _ phase: String = "core", _ name: String = "matters") async throws
    {
        // A layer of an earlier version gets the account with the next run.
        let place = fixture.folder.entity(phase: phase, name: name)
        _ = try await RawLayerWriter.open(place, force: false, account: Self.account(id))
    }

    @Test func theFirstRowsPinTheDatabaseAndAnotherAccountsAreRefused() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "matters", [[.row(1, nil, Self.members), .row(2, nil, Self.members)]])
        try await fixture.load("core")
        // Of an earlier version: readable, and pinned by nobody yet.
        #expect(DatabaseCheck.account(fixture.database) == nil)
        try await pin(fixture, 7)
        try await fixture.load("core", force: true)
        #expect(DatabaseCheck.account(fixture.database)?.id == 7)

        let other = try Fixture()
        try await other.stage("core", "matters", [[.row(9, nil, Self.members)]])
        try await pin(other, 8)
        for force in [false, true] {
            let error = await #expect(throws: LoadError.self) {
                _ = try await Loader(
                    catalog: Fixture.catalog(), folder: other.folder, database: fixture.database
                ).load(entities: Fixture.catalog().entities, force: force, stop: StopSignal())
            }
            #expect(error?.code == .otherAccount)
            #expect(error?.description.contains("Firm 7") == true && error?.description.contains("Firm 8") == true)
        }
        let verify = await #expect(throws: LoadError.self) {
            _ = try await Verifier.verify(
                entities: Fixture.catalog().entities, catalog: Fixture.catalog(), folder: other.folder,
                database: fixture.database)
        }
        #expect(verify?.code == .otherAccount)
        #expect(try fixture.rows("SELECT id FROM matters ORDER BY id") == ["1", "2"])
    }

    /// The rebuild takes every layer that feeds the table.
    @Test func aCopiedLayerOfAnotherPhaseIsRefused() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "matters", [[.row(1, nil, Self.members)]])
        try await pin(fixture, 7)
        try await fixture.load("core")
        try await fixture.stage("supporting", "events", [[]])
        try await pin(fixture, 8, "supporting", "events")
        let error = await #expect(throws: LoadError.self) { try await fixture.load("supporting") }
        #expect(error?.code == .otherAccount)
    }

    @Test func anEmptiedDatabaseBelongsToNobody() async throws {
        let fixture = try Fixture()
        try await fixture.stage("core", "matters", [[.row(1, nil, Self.members)]])
        try await pin(fixture, 7)
        try await fixture.load("core")
        #expect(DatabaseCheck.account(fixture.database)?.id == 7)
        let loader = Loader(catalog: Fixture.catalog(), folder: fixture.folder, database: fixture.database)
        for entity in Fixture.catalog().entities { try await loader.unload(entity) }
        #expect(DatabaseCheck.account(fixture.database) == nil)
    }
}
