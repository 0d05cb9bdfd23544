import Load
import Staging
import Testing

/// Records that a sweep found gone from Clio.
struct DeletionTests {
    /// Marks records as deleted in the raw layer, as a sweep does at its end.
    private func delete(_ ids: [String], _ fixture: Fixture) async throws {
        let place = fixture.folder.entity(phase: "core", name: "matters")
        let writer = try await RawLayerWriter.open(place, force: false)
        try await writer.delete(ids)
        try await writer.complete(expected: nil, status: .complete, message: nil)
    }

    @Test func aDeletedRecordLeavesItsTableItsChildTableAndTheFlags() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.stage(
            "core", "matters", [[.warned(4, LoadTests.early, "\"client_id\":10,\"rate\":null,\"open\":null")]])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT count(*) FROM matters") == ["4"])
        #expect(try fixture.rows("SELECT count(*) FROM flagged_records") == ["1"])

        try await delete(["1", "4"], fixture)
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id FROM matters ORDER BY 1") == ["2", "3"])
        #expect(try fixture.rows("SELECT count(*) FROM matter_parties") == ["0"])
        #expect(try fixture.rows("SELECT count(*) FROM flagged_records") == ["0"])
        #expect(try fixture.rows("SELECT count(*) FROM contacts") == ["3"])
    }

    @Test func aDeletedRecordThatClioShowsAgainComesBack() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await delete(["1"], fixture)
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id FROM matters ORDER BY 1") == ["2", "3"])
        try await fixture.stage(
            "core", "matters", [[.row(1, LoadTests.late, "\"client_id\":11,\"rate\":null,\"open\":null")]])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, client_id FROM matters ORDER BY 1") == ["1|11", "2|-", "3|12"])
    }

    @Test func aRebuildLeavesDeletedRecordsOut() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        try await delete(["1"], fixture)
        try await fixture.load("core", force: true)
        #expect(try fixture.rows("SELECT id FROM matters ORDER BY 1") == ["2", "3"])
        #expect(try fixture.rows("SELECT count(*) FROM matter_parties") == ["0"])
    }
}
