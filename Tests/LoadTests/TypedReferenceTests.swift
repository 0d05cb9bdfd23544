import Load
import Pipelines
import SQLite
import Staging
import Testing
import Verify

/// Ids of several tables in one column: each is looked for in the table of its type, and in no other.
@Suite struct TypedReferenceTests {
    private static func catalog(_ types: [String] = ["User", "Event"]) -> Catalog {
        let targets = [
            TypedReference.Target(
                type: "User", table: "contacts", feeder: TableOwner(phase: "supporting", entity: "contacts")),
            TypedReference.Target(type: "Event", table: "events"),
        ].filter { types.contains($0.type) }
        func columns(_ name: String) -> [Column] {
            [
                Column(
                    name: name, path: [name], type: .integer,
                    typedReference: targets.isEmpty ? nil : TypedReference(by: "kind", targets: targets)),
                Fixture.column("kind", .text),
            ]
        }
        let matters = Table(
            name: "matters", title: "", description: nil,
            columns: [Fixture.column("id", .integer), Fixture.column("updated_at", .timestamp)] + columns("about_id"),
            children: [
                ChildTable(
                    name: "matter_parties", title: "", description: nil, path: ["parties"], parentColumn: "matter_id",
                    columns: columns("party_id"), indexes: [])
            ], rules: [], indexes: [])
        return Fixture.catalog(matters: matters)
    }

    private static let warns =
        """
        SELECT f.id, json_extract(v.value, '$.path'), json_extract(v.value, '$.value'), json_extract(v.value, '$.message')
        FROM flagged_records AS f, json_each(f.violations) AS v ORDER BY 1, 2
        """

    private func row(_ id: Int, _ about: String, _ kind: String, _ parties: String = "") -> Record {
        .row(id, nil, "\"about_id\":\(about),\"kind\":\(kind),\"matter_parties\":[\(parties)]")
    }

    private func stage(_ fixture: Fixture) async throws {
        let catalog = Self.catalog()
        let parties =
            #"{"party_id":20,"kind":"User"},{"party_id":20,"kind":"Event"},{"party_id":99,"kind":"Other"},{"party_id":7,"kind":"Event"}"#
        try await fixture.stage(
            "core", "matters",
            [
                [
                    row(1, "20", #""User""#, parties), row(2, "7", #""User""#), row(3, "7", #""Event""#),
                    row(4, "20", #""Event""#), row(5, "99", #""Other""#), row(6, "99", "null"),
                    row(7, "null", #""User""#),
                ]
            ], catalog: catalog)
        try await fixture.stage("core", "contacts", [[.row(20, nil, "\"name\":\"A\"")]], catalog: catalog)
        try await fixture.stage("supporting", "contacts", [[.row(21, nil, "\"name\":\"B\"")]], catalog: catalog)
        try await fixture.stage(
            "supporting", "events",
            [[Record(id: "\"7\"", members: "\"matter_id\":null,\"event_notes\":[]", verdict: .accepted)]],
            catalog: catalog)
    }

    private func failed(_ fixture: Fixture, _ catalog: Catalog) async throws -> [String] {
        try await VerifyTests.failed(
            Verifier.verify(
                entities: catalog.entities, catalog: catalog, folder: fixture.folder, database: fixture.database)
        ).map { "\($0)" }
    }

    @Test func eachIdIsLookedForInTheTableOfItsType() async throws {
        let fixture = try Fixture()
        let catalog = Self.catalog()
        try await stage(fixture)
        try await fixture.load("core", catalog: catalog)
        #expect(try fixture.rows(Self.warns) == [])
        try await fixture.load("supporting", catalog: catalog)
        #expect(
            try fixture.rows(Self.warns) == [
                "1|parties[1].party_id|20|there is no row with this id in events",
                "2|about_id|7|there is no row with this id in contacts",
                "4|about_id|20|there is no row with this id in events",
            ])
        #expect(try await failed(fixture, catalog) == [])
        // A row that leads nowhere without a warn, and a warn without such a row, are both found.
        try SQLiteConnection(path: fixture.database, mode: .readWrite).run(
            "UPDATE matters SET kind = 'Event' WHERE id = 1")
        #expect(try await !failed(fixture, catalog).isEmpty)
    }

    @Test func aReferenceThatIsDeclaredLaterIsCheckedByTheNextLoad() async throws {
        let fixture = try Fixture()
        let before = Self.catalog([])
        try await stage(fixture)
        try await fixture.load("core", catalog: before)
        try await fixture.load("supporting", catalog: before)
        #expect(try fixture.rows(Self.warns) == [])
        try await fixture.load("supporting", catalog: Self.catalog())
        #expect(try fixture.rows(Self.warns).count == 3)
        #expect(try await failed(fixture, Self.catalog()) == [])
        try await fixture.load("supporting", catalog: before)
        #expect(try fixture.rows(Self.warns) == [])
    }
}
