import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing
import Verify

/// Which version of a record stands, in the table and in the review queue.
@Suite struct VersionTests {
    static let early = LoadTests.early
    static let late = LoadTests.late

    @Test("The newest version wins, whatever the order", arguments: [false, true], [false, true])
    func newest(laterFirst: Bool, samePart: Bool) async throws {
        let fixture = try Fixture()
        let versions: [Record] = [
            .row(
                1, Self.early,
                "\"client_id\":10,\"rate\":1,\"open\":true,\"matter_parties\":[{\"contact_id\":null,\"role\":\"old\"}]"),
            .row(
                1, Self.late,
                "\"client_id\":11,\"rate\":2,\"open\":false,\"matter_parties\":[{\"contact_id\":null,\"role\":\"new\"},{\"contact_id\":null,\"role\":\"new2\"}]"
            ),
        ]
        let order = laterFirst ? versions.reversed() : versions
        try await fixture.stage("core", "matters", samePart ? [order] : order.map { [$0] })
        let reports = try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, client_id, rate FROM matters") == ["1|11|2.0"])
        #expect(try fixture.rows("SELECT role FROM matter_parties ORDER BY position") == ["new", "new2"])
        let total = reports[0].total
        #expect(total.inserted == 1 && total.duplicates == 1)
        #expect(laterFirst ? total.older == 1 : total.updated == 1)
        #expect(try await VerifyTests.verify(fixture, "core").checks.filter { $0.entity == "matters" }.allSatisfy(\.ok))
    }

    @Test("Without updated_at, or with the same, the later sequence number wins")
    func sequence() async throws {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "contacts",
            [
                [.row(1, nil, "\"name\":\"a\""), .row(1, nil, "\"name\":\"b\""), .row(2, Self.late, "\"name\":\"a\"")],
                [
                    .row(2, Self.late, "\"name\":\"b\""), .row(3, Self.early, "\"name\":\"a\""),
                    .row(3, nil, "\"name\":\"b\""),
                ],
            ])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, name FROM contacts ORDER BY id") == ["1|b", "2|b", "3|a"])
    }

    @Test("A later phase upserts; loading the phases the other way round ends the same")
    func phases() async throws {
        let (first, second) = (try Fixture(), try Fixture())
        for fixture in [first, second] {
            try await fixture.stage(
                "core", "contacts",
                [[.row(1, Self.late, "\"name\":\"core\""), .row(2, Self.early, "\"name\":\"core\"")]])
            try await fixture.stage(
                "supporting", "contacts",
                [
                    [
                        .row(1, Self.early, "\"name\":\"all\""), .row(2, Self.late, "\"name\":\"all\""),
                        .row(3, nil, "\"name\":\"all\""),
                    ]
                ])
        }
        let reports = try await first.load()
        try await second.load("supporting")
        try await second.load("core")
        #expect(try first.rows("SELECT id, name FROM contacts ORDER BY id") == ["1|core", "2|all", "3|all"])
        #expect(try Verifier.digests(database: first.database) == Verifier.digests(database: second.database))
        let supporting = try #require(reports.first { $0.phase == "supporting" && $0.entity == "contacts" })
        #expect(supporting.total.duplicates == 0 && supporting.total.updated == 1 && supporting.total.older == 1)
    }

    @Test(
        "A newer rejected version takes the row away; a newer accepted one brings it back",
        arguments: [false, true])
    func rejected(samePart: Bool) async throws {
        let fixture = try Fixture()
        let later = "2026-03-01T00:00:00Z"
        try await fixture.stage("core", "contacts", [[.row(7, nil, "\"name\":\"x\"")]])
        let parts: [[Record]] = [
            [
                .row(
                    1, Self.early,
                    "\"client_id\":7,\"rate\":1,\"open\":true,\"matter_parties\":[{\"contact_id\":null,\"role\":\"p\"}]"
                )
            ],
            [.rejected("1", Self.late)],
        ]
        try await fixture.stage("core", "matters", samePart ? [parts.flatMap { $0 }] : parts)
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT * FROM matters").isEmpty)
        #expect(try fixture.rows("SELECT * FROM matter_parties").isEmpty)
        #expect(
            try fixture.rows(
                "SELECT entity, phase, id, severity, line, json_extract(record, '$.id') FROM flagged_records")
                == ["matters|core|1|reject|\(samePart ? 2 : 1)|1"])
        #expect(try fixture.rows("SELECT rule, path, value FROM flagged_violations") == ["range|x|-1"])
        // Older than the reject: nothing changes.
        try await fixture.stage("core", "matters", [[.row(1, Self.early, "\"client_id\":7,\"rate\":1,\"open\":true")]])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT * FROM matters").isEmpty)
        try await fixture.stage("core", "matters", [[.row(1, later, "\"client_id\":7,\"rate\":9,\"open\":true")]])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT rate FROM matters") == ["9.0"])
        #expect(try fixture.rows("SELECT * FROM flagged_records").isEmpty)
        #expect(try await VerifyTests.verify(fixture, "core").ok)
    }

    @Test("An older rejected version changes nothing; a newer clean version takes a warn back")
    func flags() async throws {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "contacts",
            [
                [
                    .row(1, Self.late, "\"name\":\"a\""), .warned(2, Self.early, "\"name\":\"a\""),
                    .warned(3, Self.late, "\"name\":\"a\""),
                ],
                [
                    .rejected("1", Self.early), .row(2, Self.late, "\"name\":\"b\""),
                    .warned(3, Self.early, "\"name\":\"b\""),
                ],
            ])
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, name FROM contacts ORDER BY id") == ["1|a", "2|b", "3|a"])
        #expect(try fixture.rows("SELECT id, severity, part FROM flagged_records") == ["3|warn|00001"])
        #expect(
            try await VerifyTests.verify(fixture, "core").checks.filter { $0.entity == "contacts" }.allSatisfy(\.ok))
    }

    @Test("Rejects whose id is none of the table's are all kept, each record once however often it comes")
    func unkeyed() async throws {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "contacts",
            [
                [
                    .rejected("null"), .rejected("null", LoadTests.late), .rejected("\"1\""), .rejected("1"),
                    .rejected("\"2\""),
                ]
            ])
        try await fixture.load("core")
        let kept = ["integer|1", "null|2", "text|2"]
        let kinds = "SELECT typeof(id), count(*) FROM flagged_records GROUP BY 1 ORDER BY 1"
        #expect(try fixture.rows(kinds) == kept)
        #expect(try fixture.rows("SELECT count(*) FROM contacts") == ["0"])
        // The list is read again, and another phase has one of them, too.
        try await fixture.stage(
            "core", "contacts", [[.rejected("null", LoadTests.late), .rejected("null"), .rejected("\"2\"")]])
        try await fixture.load("core")
        #expect(try fixture.rows(kinds) == kept)
        #expect(try fixture.rows("SELECT part, count(*) FROM flagged_records GROUP BY 1") == ["00001|2", "00002|3"])
        try await fixture.stage("supporting", "contacts", [[.rejected("null")]])
        try await fixture.load()
        #expect(try fixture.rows(kinds) == kept)
        #expect(try await VerifyTests.failed(VerifyTests.verify(fixture, "core")) == ["core matters complete 1 0"])
        try await fixture.load(force: true)
        #expect(try fixture.rows(kinds) == kept)
        #expect(
            try fixture.rows("SELECT phase, count(*) FROM flagged_records GROUP BY 1") == ["core|4", "supporting|1"])
    }

    @Test("Orphans are flagged once their phase is loaded, and healthy again when the parent comes")
    func orphans() async throws {
        let fixture = try Fixture()
        try await fixture.stage(
            "core", "matters",
            [
                [
                    .row(
                        1, nil,
                        "\"client_id\":10,\"rate\":1,\"open\":true,\"matter_parties\":[{\"contact_id\":null,\"role\":\"p\"},{\"contact_id\":12,\"role\":\"q\"}]"
                    ),
                    .warned(2, nil, "\"client_id\":11,\"rate\":1,\"open\":true"),
                    .row(3, nil, "\"client_id\":null,\"rate\":1,\"open\":true"),
                ]
            ])
        // The parent's table is not there: nothing can be said yet.
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT id, rule FROM flagged_violations") == ["2|range"])
        try await fixture.stage("core", "contacts", [[.row(99, nil, "\"name\":\"z\"")]])
        try await fixture.load("core")
        #expect(
            try fixture.rows(
                "SELECT id, severity, rule, path, value, part, line FROM flagged_violations ORDER BY id, rule, path")
                == [
                    "1|warn|reference|client.id|10|00001|1", "1|warn|reference|parties[1].contact.id|12|00001|1",
                    "2|warn|range|x|-1|00001|2", "2|warn|reference|client.id|11|00001|2",
                ])
        #expect(try fixture.rows("SELECT entity, phase FROM flagged_records WHERE id = 1") == ["matters|core"])
        #expect(try await VerifyTests.verify(fixture, "core").ok)
        try await fixture.stage(
            "supporting", "contacts",
            [[.row(10, nil, "\"name\":\"z\""), .row(11, nil, "\"name\":\"z\""), .row(12, nil, "\"name\":\"z\"")]])
        try await fixture.load("supporting")
        #expect(try fixture.rows("SELECT id, rule FROM flagged_violations") == ["2|range"])
        #expect(
            try fixture.rows("SELECT violations FROM flagged_records") == [
                "[{\"rule\":\"range\",\"path\":\"x\",\"value\":-1,\"message\":\"too small\"}]"
            ])
    }
}
