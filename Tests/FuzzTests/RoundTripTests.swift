import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing
import Transform
import Verify

/// Random records through random pipelines: what is read from SQLite is what was sent, and nothing is lost.
///
/// `CLIOSYNC_FUZZ_SECONDS` and `CLIOSYNC_TEST_SEED` as for the other random tests.
@Suite struct RoundTripTests {
    /// Conservation, every value, and `verify`, after a first load, after more records and after another
    /// pipeline.
    @Test func whatIsReadBackIsWhatWasSent() async throws {
        try await FuzzTests.rounds { random in
            let root = NSTemporaryDirectory() + "/roundtrip-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: root) }
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            var firm = try Firm(root: root, pipeline: RandomPipeline(&random), seed: random.seed)
            // One long note; in a build without optimization ten megabytes take ten seconds.
            let huge = FuzzTests.seconds < 30 ? 1_000_000 : 10_000_000
            try await firm.extract(&random, huge: random.seed == FuzzTests.seed ? huge : 0)
            try await firm.check("first load")
            try await firm.extract(&random, huge: 0)
            try await firm.check("more records")
            firm.pipeline = firm.pipeline.changed(&random)
            try await firm.check("another pipeline")
        }
    }
}

/// A connection whose raw records the test knows.
private struct Firm {
    let folder: ConnectionFolder
    let database: String
    let seed: UInt64
    var pipeline: RandomPipeline
    /// By entity, in the order of their sequence numbers.
    var records: [String: [RandomRecord]] = [:]
    /// The shape that the records are made for: a changed pipeline only looks at less of them.
    private let shape: RandomPipeline

    init(root: String, pipeline: RandomPipeline, seed: UInt64) throws {
        folder = try ConnectionFolder(staging: root + "/staging", connection: "fuzz")
        try folder.create()
        database = root + "/fuzz.sqlite"
        self.pipeline = pipeline
        self.seed = seed
        shape = pipeline
    }

    mutating func extract(_ random: inout Damage, huge: Int) async throws {
        for entity in shape.entities {
            let writer = try await RawLayerWriter.open(folder.entity(phase: "core", name: entity.name), force: false)
            let before = writer.manifest.parts.count
            for page in 0..<1 + random.below(3) {
                var lines: [UInt8] = []
                let count = random.below(40)
                for number in 0..<count {
                    let record = RandomRecord(
                        entity, ids: 40, huge: huge > 0 && number == 0 && page == 0 ? huge : 0, &random)
                    records[entity.name, default: []].append(record)
                    lines += Array(record.json.utf8) + [UInt8(ascii: "\n")]
                }
                guard count > 0 else { continue }
                try await writer.commit(
                    RawPage(
                        stream: StreamKey(.other("s\(before + page)")), lines: lines, records: count, request: "/fuzz",
                        next: nil,
                        reportedTotal: nil))
            }
            try await writer.complete(expected: nil, status: .complete, message: nil)
        }
    }

    func check(_ moment: String) async throws {
        let hint = "seed \(seed), \(moment)"
        let catalog: Catalog
        do {
            catalog = try Catalog.load(files: ["core": Array(pipeline.yaml.utf8)])
        } catch {
            Issue.record("\(hint): \(error)\n\(pipeline.yaml)")
            return
        }
        for (entity, model) in zip(catalog.entities, pipeline.entities) {
            let report = try Transformer(folder, workers: 2).transform(
                entity, force: false, stop: StopSignal(), onProgress: { _, _ in })
            let outcomes = (records[model.name] ?? []).map { $0.outcome(model) }
            #expect(report.records == outcomes.count, "\(hint)")
            #expect(report.rejected == outcomes.count { $0.isRejected }, "\(hint)")
            #expect(report.accepted == outcomes.count { !$0.isRejected }, "\(hint)")
            #expect(report.warned == outcomes.count { $0.isFlagged && !$0.isRejected }, "\(hint)")
        }
        _ = try await Loader(catalog: catalog, folder: folder, database: database).load(
            entities: catalog.entities, stop: StopSignal())
        let connection = try SQLiteConnection(path: database, mode: .readOnly)
        for model in pipeline.entities { try compare(model, connection, hint) }
        let report = try await Verifier.verify(
            entities: catalog.entities, catalog: catalog, folder: folder, database: database)
        #expect(report.ok, "\(hint): \(report.checks.filter { !$0.ok })")
    }

    /// The rows of a table and of its child tables against the newest accepted version of each id.
    private func compare(_ model: RandomPipeline.Entity, _ connection: SQLiteConnection, _ hint: String) throws {
        var newest: [(id: RandomValue.Expected, outcome: RandomRecord.Outcome)] = []
        for record in records[model.name] ?? [] {
            guard let id = record.id else { continue }
            let outcome = record.outcome(model)
            if let place = newest.firstIndex(where: { $0.id == id }) {
                if (outcome.updatedAt ?? .min) >= (newest[place].outcome.updatedAt ?? .min) {
                    newest[place].outcome = outcome
                }
            } else {
                newest.append((id, outcome))
            }
        }
        newest.removeAll { $0.outcome.isRejected }
        let names = model.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
        let rows = try connection.rows("SELECT \(names) FROM \(model.name)")
        #expect(rows.count == newest.count, "\(hint): rows of \(model.name)")
        for row in rows {
            guard let (id, outcome) = newest.first(where: { same($0.id, row[0]) }) else {
                Issue.record("\(hint): a row of \(model.name) that should not be there")
                continue
            }
            for (column, value) in zip(model.columns, row) {
                // The values themselves may be megabytes.
                let isSame = same(outcome.values[column.name] ?? .null, value)
                #expect(isSame, "\(hint): \(model.name).\(column.name) of \(id)\n\(column.yaml)")
            }
            for child in model.children {
                let names = child.columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
                let statement = try connection.prepare(
                    "SELECT position, \(names) FROM \(child.name) WHERE owner_id = ? ORDER BY position")
                try statement.bind([row[0]])
                let elements = outcome.children[child.name] ?? []
                var count = 0
                while try statement.step() {
                    count += 1
                    #expect(statement.int64(at: 0) == Int64(count), "\(hint): \(child.name)")
                    guard count <= elements.count else { continue }
                    for (index, column) in child.columns.enumerated() {
                        let isSame = same(
                            elements[count - 1][column.name] ?? .null, statement.value(at: index + 1))
                        #expect(
                            isSame,
                            "\(hint): \(child.name).\(column.name) of \(id), \(count)\n\(column.yaml)")
                    }
                }
                #expect(count == elements.count, "\(hint): rows of \(child.name) of \(id)")
            }
        }
        for child in model.children {
            let count = try connection.value("SELECT count(*) FROM \(child.name)")?.int
            #expect(
                count == newest.reduce(0) { $0 + ($1.outcome.children[child.name] ?? []).count },
                "\(hint): rows of \(child.name)")
        }
    }

    private func same(_ expected: RandomValue.Expected, _ value: SQLiteValue) -> Bool {
        switch (expected, value) {
        case (.null, .null): true
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a == b
        case (.text(let a), .text(let b)): a == Array(b.utf8)
        case (.json(let a), .text(let b)): Self.canonical(a) == Self.canonical(b)
        default: false
        }
    }

    /// JSON by other eyes, with its keys in order.
    private static func canonical(_ json: String) -> Data? {
        guard let value = try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) else {
            return nil
        }
        return try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    }
}
