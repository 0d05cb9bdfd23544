import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing

/// One staged record of a test: what transform would have made of it.
struct Record {
    enum Verdict { case accepted, warned, rejected }

    var id: String
    var updatedAt: String?
    /// The clean line's members behind id and updated_at, with child lists.
    var members: String
    var verdict: Verdict

    static func row(_ id: Int, _ updatedAt: String? = nil, _ members: String) -> Record {
        Record(id: "\(id)", updatedAt: updatedAt, members: members, verdict: .accepted)
    }

    static func warned(_ id: Int, _ updatedAt: String? = nil, _ members: String) -> Record {
        Record(id: "\(id)", updatedAt: updatedAt, members: members, verdict: .warned)
    }

    static func rejected(_ id: String, _ updatedAt: String? = nil) -> Record {
        Record(id: id, updatedAt: updatedAt, members: "", verdict: .rejected)
    }

    var updatedJSON: String { updatedAt.map { "\"\($0)\"" } ?? "null" }
    /// The same members: verify looks for the numbers of columns in both.
    var raw: String { clean }
    var clean: String {
        "{\"id\":\(id),\"updated_at\":\(updatedJSON)" + (members.isEmpty ? "" : ",") + members + "}"
    }

    func flagged(_ entity: Entity, part: String, line: Int) -> String {
        let severity = verdict == .warned ? "warn" : "reject"
        let record = verdict == .rejected ? ",\"record\":\(raw),\"updated_at\":\(updatedJSON)" : ""
        return """
            {"entity":"\(entity.name)","id":\(id),"severity":"\(severity)","violations":[{"rule":"range","path":"x","value":-1,\
            "message":"too small"}],"part":"\(part)","line":\(line)\(record)}
            """
    }
}

/// A connection folder, a database path and a catalog in a temporary folder that goes with the object.
final class Fixture: Sendable {
    let root: String
    let folder: ConnectionFolder
    let database: String

    init() throws {
        root = FileManager.default.temporaryDirectory.appendingPathComponent("load-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        folder = try ConnectionFolder(staging: root + "/staging", connection: "firm")
        try folder.create()
        database = root + "/firm.sqlite"
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    // MARK: Catalog

    static func column(_ name: String, _ type: ColumnType, _ references: String? = nil) -> Column {
        Column(
            name: name, path: name.hasSuffix("_id") ? [String(name.dropLast(3)), "id"] : [name], type: type,
            references: references)
    }

    static let contacts = Table(
        name: "contacts", title: "Contacts", description: nil,
        columns: [column("id", .integer), column("updated_at", .timestamp), column("name", .text)], children: [],
        rules: [], indexes: [["name"]])

    static let matters = Table(
        name: "matters", title: "Matters", description: nil,
        columns: [
            column("id", .integer), column("updated_at", .timestamp), column("client_id", .integer, "contacts"),
            column("rate", .decimal), column("open", .boolean),
        ],
        children: [
            ChildTable(
                name: "matter_parties", title: "Parties", description: nil, path: ["parties"],
                parentColumn: "matter_id",
                columns: [column("contact_id", .integer, "contacts"), column("role", .text)], indexes: [])
        ], rules: [], indexes: [])

    static let events = Table(
        name: "events", title: "Events", description: nil,
        columns: [column("id", .text), column("updated_at", .timestamp), column("matter_id", .integer, "matters")],
        children: [
            ChildTable(
                name: "event_notes", title: "Notes", description: nil, path: ["notes"], parentColumn: "event_id",
                columns: [column("note", .text)], indexes: [])
        ], rules: [], indexes: [])

    static func entity(_ phase: String, _ name: String, _ table: Table) -> Entity {
        Entity(
            phase: phase, name: name, title: name, priority: 1, endpoint: name, parameters: [], expectations: [],
            order: nil, batchSize: 200, maximumBatchSize: 200, batchSetting: nil, fields: ["id"], windows: nil,
            table: table, tableDefinedIn: TableOwner(phase: phase, entity: name))
    }

    static func catalog(contacts: Table = contacts, matters: Table = matters) -> Catalog {
        Catalog(phases: [
            Phase(
                name: "core", title: "Core", day: "1", features: [],
                entities: [entity("core", "matters", matters), entity("core", "contacts", contacts)]),
            Phase(
                name: "supporting", title: "Supporting", day: "2", features: [],
                entities: [entity("supporting", "contacts", contacts), entity("supporting", "events", events)]),
        ])
    }

    // MARK: Staging

    /// Extracts and transforms: each inner array is a part. `complete` ends the extract.
    func stage(
        _ phase: String, _ name: String, _ parts: [[Record]], complete: Bool = true, force: Bool = false,
        fingerprint: String = "f1", rebuild: Bool = false, catalog: Catalog = Fixture.catalog()
    ) async throws {
        let entity = try #require(catalog.phase(named: phase)?.entity(named: name))
        let place = folder.entity(phase: phase, name: name)
        let writer = try await RawLayerWriter.open(place, force: force)
        let before = force ? 0 : writer.manifest.parts.count
        for (index, records) in parts.enumerated() {
            let lines = records.map { $0.raw + "\n" }.joined()
            try await writer.commit(
                RawPage(
                    stream: StreamKey(.other("s\(before + index)")), lines: Array(lines.utf8), records: records.count,
                    request: "/api/v4/\(name).json", next: nil, reportedTotal: nil,
                    receivedAt: "2026-11-24T10:00:00Z"))
        }
        if complete { try await writer.complete(expected: nil, status: .complete, message: nil) }
        try transform(entity, parts, fingerprint: fingerprint, rebuild: rebuild, skip: before)
    }

    /// Writes the results of the raw parts behind the first `skip`.
    func transform(
        _ entity: Entity, _ parts: [[Record]], fingerprint: String, rebuild: Bool = false, skip: Int = 0
    ) throws {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let raw = try #require(try RawManifest.read(place))
        let writer = try ResultLayerWriter(
            place, for: raw, fingerprint: fingerprint, rebuild: rebuild)
        for (part, records) in zip(raw.parts.dropFirst(skip), parts) {
            let clean = try NDJSONWriter(path: writer.cleanPath(part.name))
            let flagged = try NDJSONWriter(path: writer.flaggedPath(part.name))
            for (index, record) in records.enumerated() {
                if record.verdict != .rejected { try write(record.clean, clean) }
                if record.verdict != .accepted {
                    try write(record.flagged(entity, part: part.name, line: index + 1), flagged)
                }
            }
            let rejected = records.indices.filter { records[$0].verdict == .rejected }.map { $0 + 1 }
            try writer.commit(
                ResultPart(
                    part: part.name, rawCRC: part.crc, records: records.count,
                    accepted: records.count - rejected.count, rejected: rejected.count,
                    warned: records.count { $0.verdict == .warned }, clean: clean.finish(), flagged: flagged.finish(),
                    pages: raw.pages(of: part.name).map { PageSpan(records: $0.records, sequence: $0.sequence) },
                    rejectedLines: rejected, rules: [:]))
        }
        try writer.finish()
    }

    private func write(_ line: String, _ writer: NDJSONWriter) throws {
        try Array((line + "\n").utf8).withUnsafeBytes { try writer.write($0, lines: 1) }
    }

    // MARK: Loading and looking

    @discardableResult
    func load(
        _ phase: String? = nil, catalog: Catalog = Fixture.catalog(), force: Bool = false,
        stop: StopSignal = StopSignal(), onEvent: @escaping @Sendable (LoadEvent) -> Void = { _ in }
    ) async throws -> [LoadReport] {
        let entities = phase.flatMap { catalog.phase(named: $0)?.entities } ?? catalog.entities
        return try await Loader(catalog: catalog, folder: folder, database: database).load(
            entities: entities, force: force, stop: stop, onEvent: onEvent)
    }

    func open() throws -> SQLiteConnection { try SQLiteConnection(path: database, mode: .readOnly) }

    /// All rows of a query, each as its values' text joined by a bar.
    func rows(_ sql: String) throws -> [String] {
        try open().rows(sql).map { row in
            row.map { value in
                switch value {
                case .null: "-"
                case .integer(let value): "\(value)"
                case .real(let value): "\(value)"
                case .text(let value): value
                case .blob: "blob"
                }
            }.joined(separator: "|")
        }
    }
}
