import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing

@Suite struct LoadTests {
    static let early = "2026-01-01T00:00:00Z"
    static let late = "2026-02-01T00:00:00Z"

    /// Two matters with parties, three contacts.
    static func stageCore(_ fixture: Fixture) async throws {
        try await fixture.stage(
            "core", "matters",
            [
                [
                    .row(
                        1, early,
                        "\"client_id\":10,\"rate\":1.5,\"open\":true,\"matter_parties\":[{\"contact_id\":11,\"role\":\"x\"},"
                            + "{\"contact_id\":null,\"role\":null}]"),
                    .row(2, early, "\"client_id\":null,\"rate\":2,\"open\":false"),
                ],
                [.row(3, nil, "\"client_id\":12,\"rate\":null,\"open\":null")],
            ])
        try await fixture.stage(
            "core", "contacts",
            [
                [.row(10, early, "\"name\":\"A\""), .row(11, early, "\"name\":\"Zoë\\u0000\\n\"")],
                [.row(12, early, "\"name\":null")],
            ])
    }

    @Test("Rows, child rows, types, keys and indexes")
    func load() async throws {
        let fixture = try Fixture()
        try await Self.stageCore(fixture)
        let reports = try await fixture.load("core")
        #expect(reports.map(\.status) == [.complete, .complete])
        #expect(reports[0].total.inserted == 3 && reports[0].partsLoaded == 2)
        #expect(
            try fixture.rows("SELECT * FROM matters ORDER BY id") == [
                "1|2026-01-01T00:00:00Z|10|1.5|1", "2|2026-01-01T00:00:00Z|-|2.0|0", "3|-|12|-|-",
            ])
        #expect(try fixture.rows("SELECT * FROM matter_parties ORDER BY 1, 2") == ["1|1|11|x", "1|2|-|-"])
        #expect(try fixture.rows("SELECT hex(name) FROM contacts WHERE id = 11") == ["5A6FC3AB000A"])
        #expect(
            try fixture.rows("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'idx%' ORDER BY 1")
                == ["idx_contacts_name", "idx_matter_parties_contact_id", "idx_matters_client_id"])
        #expect(
            try fixture.rows(
                "SELECT \"from\", \"table\", on_delete FROM pragma_foreign_key_list('matter_parties') ORDER BY 1")
                == ["contact_id|contacts|NO ACTION", "matter_id|matters|CASCADE"])
        #expect(try fixture.rows("PRAGMA foreign_key_check").isEmpty)
        #expect(try fixture.rows("SELECT * FROM flagged_records").isEmpty)
        #expect(
            try fixture.rows("SELECT phase, entity, status, records FROM _cliosync_entities ORDER BY 2")
                == ["core|contacts|complete|3", "core|matters|complete|3"])
        let mode = try FileManager.default.attributesOfItem(atPath: fixture.database)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("A second load does nothing; new parts are appended")
    func again() async throws {
        let fixture = try Fixture()
        try await Self.stageCore(fixture)
        try await fixture.load("core")
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.database))
        let reports = try await fixture.load("core")
        #expect(reports.map(\.partsLoaded) == [0, 0])
        #expect(reports.map(\.partsSkipped) == [2, 2])
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.database)) == before)
        try await fixture.stage("core", "contacts", [[.row(13, Self.early, "\"name\":\"new\"")]])
        let third = try await fixture.load("core")
        #expect(third.map(\.partsLoaded) == [0, 1])
        #expect(third.map(\.rebuilt) == [false, false])
        #expect(try fixture.rows("SELECT count(*) FROM contacts") == ["4"])
    }
}
