import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Testing

@testable import Verify

/// Sums of quantities and money, from the raw lines against the table.
@Suite struct SumTests {
    @Test func aSumIsExactInEveryOrder() {
        var numbers = [
            0.1, 1e300, -1e300, Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, 1, -0.1, 3.25,
            Double.leastNormalMagnitude / 3, -7e22,
        ]
        func sum(_ numbers: [Double]) -> ExactSum {
            var sum = ExactSum()
            for number in numbers { sum.add(number) }
            return sum
        }
        let first = sum(numbers)
        for _ in 0..<20 {
            numbers.shuffle()
            #expect(sum(numbers) == first)
        }
        #expect(sum([1e300, 1, -1e300]).double == 1)
        #expect(sum([0.5, -2]).double == -1.5)
        #expect(sum([0.1, 0.2]) != sum([0.3]), "two terms are not one")
        #expect(sum([0.1, 0.2]) != sum([0.3, 0]), "0.1 + 0.2 is not 0.3 without rounding")
        #expect(sum([1, 2]) == sum([2.5, 0.5]))
        #expect(sum([.infinity, 1]) != sum([1, 1]))
        #expect(sum([0, 1]) != sum([1]), "a zero is not NULL")
        var integers = ExactSum()
        integers.add(Int64.max)
        integers.add(Int64.min)
        #expect(integers.double == -1)
        integers.subtract(Int64.min)
        var other = ExactSum()
        other.add(Int64.max)
        #expect(integers == other)
        other.add(-0.75)
        other += first
        other.subtract(first)
        #expect(other.double == 0x1p63)
    }

    private static let fees = Table(
        name: "fees", title: "Fees", description: nil,
        columns: [
            Fixture.column("id", .integer), Fixture.column("updated_at", .timestamp),
            Column(
                name: "price", path: ["money", "price"], type: .decimal, range: ValueRange(minimum: "0", maximum: nil)),
            Fixture.column("seconds", .integer), Fixture.column("user_id", .integer),
        ],
        children: [
            ChildTable(
                name: "fee_shares", title: "Shares", description: nil, path: ["shares"], parentColumn: "fee_id",
                columns: [Fixture.column("part", .decimal)], indexes: [])
        ], rules: [], indexes: [])

    private struct Firm {
        let fixture: Fixture
        let catalog: Catalog
        let entity: Entity

        init() throws {
            fixture = try Fixture()
            catalog = Catalog(phases: [
                Phase(
                    name: "core", title: "Core", day: "1", features: [],
                    entities: [Fixture.entity("core", "fees", SumTests.fees)])
            ])
            entity = try #require(catalog.entities.first)
        }

        /// Stages raw lines and what a transform would write for each: a clean line, a flag, or both.
        func stage(_ records: [(raw: String, clean: String?, flag: String?)]) async throws {
            let place = fixture.folder.entity(phase: "core", name: "fees")
            let raw = try await RawLayerWriter.open(place, force: false)
            try await raw.commit(
                RawPage(
                    stream: .list, lines: Array(records.map { $0.raw + "\n" }.joined().utf8), records: records.count,
                    request: "/fees", next: nil, reportedTotal: nil))
            try await raw.complete(expected: nil, status: .complete, message: nil)
            let manifest = try #require(try RawManifest.read(place))
            let part = try #require(manifest.parts.first)
            let writer = try ResultLayerWriter(
                place, for: manifest, fingerprint: "f", rebuild: false)
            let clean = try NDJSONWriter(path: writer.cleanPath(part.name))
            let flagged = try NDJSONWriter(path: writer.flaggedPath(part.name))
            for record in records {
                if let line = record.clean { try Self.write(line, clean) }
                if let line = record.flag { try Self.write(line, flagged) }
            }
            let rejected = records.indices.filter { records[$0].clean == nil }.map { $0 + 1 }
            try writer.commit(
                ResultPart(
                    part: part.name, rawCRC: part.crc, records: records.count,
                    accepted: records.count - rejected.count, rejected: rejected.count,
                    warned: records.count { $0.clean != nil && $0.flag != nil }, clean: clean.finish(),
                    flagged: flagged.finish(),
                    pages: manifest.pages(of: part.name).map { PageSpan(records: $0.records, sequence: $0.sequence) },
                    rejectedLines: rejected, rules: [:]))
            try writer.finish()
            _ = try await Loader(catalog: catalog, folder: fixture.folder, database: fixture.database).load(
                entities: [entity], stop: StopSignal())
        }

        private static func write(_ line: String, _ writer: NDJSONWriter) throws {
            try Array((line + "\n").utf8).withUnsafeBytes { try writer.write($0, lines: 1) }
        }

        func sums() async throws -> [String: VerifyReport.Check] {
            let report = try await Verifier.verify(
                entities: [entity], catalog: catalog, folder: fixture.folder, database: fixture.database)
            return Dictionary(
                uniqueKeysWithValues: report.checks.filter { $0.check.hasPrefix("sum(") }.map {
                    ($0.entity + "." + $0.check, $0)
                })
        }
    }

    /// A stop, or a refusal, between the extract and the transform of another phase.
    @Test func anotherPhasesNewExtractMakesNoSumDiffer() async throws {
        let fixture = try Fixture()
        let catalog = Catalog(
            phases: ["core", "later"].map { phase in
                Phase(
                    name: phase, title: phase, day: "1", features: [],
                    entities: [Fixture.entity(phase, "matters", Fixture.matters)])
            })
        for (phase, id) in [("core", 1), ("later", 2)] {
            try await fixture.stage(
                phase, "matters",
                [[.row(id, nil, "\"client_id\":null,\"rate\":\(id).5,\"open\":null,\"matter_parties\":[]")]],
                catalog: catalog)
        }
        try await fixture.load(catalog: catalog)
        func failed() async throws -> [String] {
            let report = try await Verifier.verify(
                entities: catalog.phases[0].entities, catalog: catalog, folder: fixture.folder,
                database: fixture.database, coming: ["later/matters"])
            #expect(report.checks.contains { $0.check == "content" })
            return report.checks.filter { !$0.ok }.map(\.check)
        }
        #expect(try await failed() == [])
        let writer = try await RawLayerWriter.open(
            fixture.folder.entity(phase: "later", name: "matters"), force: true)
        let line = Array("{\"id\":2,\"updated_at\":null,\"rate\":7.5}\n".utf8)
        try await writer.commit(
            RawPage(
                stream: .list, lines: line, records: 1, request: "/matters", next: nil, reportedTotal: nil))
        try await writer.complete(expected: nil, status: .complete, message: nil)
        #expect(try await failed() == [])
        // What is in the table is still compared.
        try SQLiteConnection(path: fixture.database, mode: .readWrite).run("UPDATE matters SET rate = 9 WHERE id = 1")
        #expect(try await failed() == ["content"])
    }

    /// Two versions of id 1, a price that a rule made NULL, a reject, a key that stands twice, an integer as a double.
    private static let records: [(raw: String, clean: String?, flag: String?)] = [
        (
            #"{"id":1,"updated_at":"2026-01-01T00:00:00Z","money":{"price":99.5},"seconds":7,"user":{"id":5}}"#,
            #"{"id":1,"updated_at":"2026-01-01T00:00:00Z","price":99.5,"seconds":7,"user_id":5}"#, nil
        ),
        (
            #"{"id":2,"updated_at":null,"money":{"price":-4.25},"seconds":1,"shares":[{"part":0.1},{"part":0.2},null]}"#,
            #"{"id":2,"updated_at":null,"price":null,"seconds":1,"user_id":null,"fee_shares":[{"part":0.1},{"part":0.2},{"part":null}]}"#,
            #"{"entity":"fees","id":2,"severity":"warn","violations":[{"rule":"range","path":"money.price","value":-4.25,"message":"m"}],"part":"00001","line":2}"#
        ),
        (
            #"{"id":3,"updated_at":null,"money":{"price":1000},"seconds":1}"#, nil,
            #"{"entity":"fees","id":3,"severity":"reject","violations":[{"rule":"x","path":"y","value":null,"message":"m"}],"part":"00001","line":3,"updated_at":null,"record":{}}"#
        ),
        (
            #"{"id":1,"updated_at":"2026-01-02T00:00:00Z","money":{"price":1},"money":{"price":0.1},"seconds":3600.0}"#,
            #"{"id":1,"updated_at":"2026-01-02T00:00:00Z","price":0.1,"seconds":3600,"user_id":null}"#, nil
        ),
        (
            #"{"id":4,"updated_at":null,"money":{"price":12345678901234567890},"seconds":9007199254740993}"#,
            #"{"id":4,"updated_at":null,"price":12345678901234567000,"seconds":9007199254740993,"user_id":null}"#, nil
        ),
    ]

    @Test func theRowsHaveTheSumsOfTheRawLinesThatCount() async throws {
        let firm = try Firm()
        try await firm.stage(Self.records)
        let sums = try await firm.sums()
        #expect(sums.keys.sorted() == ["fee_shares.sum(part)", "fees.sum(price)", "fees.sum(seconds)"])
        for (name, check) in sums { #expect(check.ok, "\(name): \(check)") }
        #expect(sums["fees.sum(seconds)"]?.expected == .sum(9_007_199_254_744_594))
        #expect(
            sums["fee_shares.sum(part)"]?.detail == "sum of 2 values in the raw lines of the rows, of 2 in the table")
    }

    /// What the comparison with the clean layer cannot see: transform and load agree on a value that Clio did not send.
    @Test func aTransformThatWritesAnotherValueIsFound() async throws {
        let firm = try Firm()
        var records = Self.records
        records[3].clean =
            #"{"id":1,"updated_at":"2026-01-02T00:00:00Z","price":0.10000000000000002,"seconds":3600,"user_id":null}"#
        try await firm.stage(records)
        let report = try await Verifier.verify(
            entities: [firm.entity], catalog: firm.catalog, folder: firm.fixture.folder, database: firm.fixture.database
        )
        #expect(report.checks.filter { !$0.ok }.map(\.check) == ["sum(price)"])
    }

    @Test(arguments: [
        ("UPDATE fees SET price = price + 1e-9 WHERE id = 1", "fees.sum(price)"),
        ("UPDATE fees SET price = NULL WHERE id = 1", "fees.sum(price)"),
        ("UPDATE fees SET price = 0 WHERE id = 2", "fees.sum(price)"),
        ("UPDATE fees SET seconds = seconds - 1 WHERE id = 4", "fees.sum(seconds)"),
        ("DELETE FROM fee_shares WHERE position = 1", "fee_shares.sum(part)"),
    ])
    func damageInTheTableIsFound(sql: String, check: String) async throws {
        let firm = try Firm()
        try await firm.stage(Self.records)
        try SQLiteConnection(path: firm.fixture.database, mode: .readWrite).execute(sql)
        let sums = try await firm.sums()
        #expect(sums.filter { !$0.value.ok }.map(\.key) == [check])
        #expect(sums[check]?.detail.contains("they differ by") == true)
    }
}
