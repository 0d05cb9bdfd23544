import Load
import Pipelines
import Staging
import Testing
import Verify

/// A reference that names an entity is checked once that entity is loaded to its end; one into a phase that is not loaded
/// never is.
@Suite struct FeederReferenceTests {
    private static let catalog: Catalog = {
        let matters = Table(
            name: "matters", title: "", description: nil,
            columns: [
                Fixture.column("id", .integer), Fixture.column("updated_at", .timestamp),
                Column(
                    name: "payer_id", path: ["payer", "id"], type: .integer, references: "contacts",
                    referenceFeeder: TableOwner(phase: "supporting", entity: "contacts")),
                Column(name: "event_id", path: ["event", "id"], type: .text, references: "events"),
            ],
            children: [
                ChildTable(
                    name: "matter_parties", title: "", description: nil, path: ["parties"], parentColumn: "matter_id",
                    columns: [
                        Column(
                            name: "contact_id", path: ["contact", "id"], type: .integer, references: "contacts",
                            referenceFeeder: TableOwner(phase: "supporting", entity: "contacts"))
                    ], indexes: [])
            ], rules: [], indexes: [])
        return Fixture.catalog(matters: matters)
    }()

    private static let warns =
        "SELECT id, json_extract(violations, '$[0].path'), json_extract(violations, '$[1].path') FROM flagged_records"

    private func stage(_ fixture: Fixture) async throws {
        try await fixture.stage(
            "core", "matters",
            [
                [
                    .row(
                        1, nil,
                        "\"payer_id\":20,\"event_id\":null,\"matter_parties\":[{\"contact_id\":20},{\"contact_id\":99}]"
                    ),
                    .row(2, nil, "\"payer_id\":98,\"event_id\":\"e9\",\"matter_parties\":[]"),
                ]
            ], catalog: Self.catalog)
        try await fixture.stage("core", "contacts", [[.row(10, nil, "\"name\":\"A\"")]], catalog: Self.catalog)
    }

    @Test func afterCoreAloneNothingIsFlagged() async throws {
        let fixture = try Fixture()
        try await stage(fixture)
        try await fixture.load("core", catalog: Self.catalog)
        #expect(try fixture.rows(Self.warns) == [])
        let report = try await Verifier.verify(
            entities: Self.catalog.entities.filter { $0.phase == "core" }, catalog: Self.catalog,
            folder: fixture.folder,
            database: fixture.database)
        #expect(VerifyTests.failed(report) == [])
    }

    @Test func onceAllContactsAreThereOrphansAreFlaggedInChildTablesToo() async throws {
        let fixture = try Fixture()
        try await stage(fixture)
        try await fixture.load("core", catalog: Self.catalog)
        try await fixture.stage(
            "supporting", "contacts", [[.row(20, nil, "\"name\":\"B\"")]], complete: false, catalog: Self.catalog)
        try await fixture.load("supporting", catalog: Self.catalog)
        #expect(try fixture.rows(Self.warns) == [])
        try await fixture.stage("supporting", "contacts", [[.row(21, nil, "\"name\":\"C\"")]], catalog: Self.catalog)
        try await fixture.load("supporting", catalog: Self.catalog)
        #expect(try fixture.rows(Self.warns) == ["1|parties[1].contact.id|-", "2|payer.id|-"])
        let report = try await Verifier.verify(
            entities: Self.catalog.entities.filter { $0.name != "events" }, catalog: Self.catalog,
            folder: fixture.folder, database: fixture.database)
        #expect(VerifyTests.failed(report) == [])
        // The last phase fills the table of the other reference.
        try await fixture.stage(
            "supporting", "events",
            [[Record(id: "\"e1\"", members: "\"matter_id\":1,\"event_notes\":[]", verdict: .accepted)]],
            catalog: Self.catalog)
        try await fixture.load("supporting", catalog: Self.catalog)
        #expect(try fixture.rows(Self.warns) == ["1|parties[1].contact.id|-", "2|event.id|payer.id"])
    }
}
