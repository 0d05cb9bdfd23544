import Foundation
import Pipelines
import Staging
import TestSupport
import Testing
import Transform

/// Random damage to what people and networks may damage. `CLIOSYNC_FUZZ_SECONDS` (2; a minute in the deep lane) says for how
/// long, and `CLIOSYNC_TEST_SEED` begins where a failed run began.
@Suite final class FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    static let seconds = environment["CLIOSYNC_FUZZ_SECONDS"].flatMap(Double.init) ?? 2
    static let seed = TestSeed.value
    private static let pipelines = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("pipelines")
    private let staging = NSTemporaryDirectory() + "/fuzz-\(UUID().uuidString)"

    deinit {
        try? FileManager.default.removeItem(atPath: staging)
        try? FileManager.default.removeItem(atPath: staging + ".ndjson")
    }

    /// Runs `body` with ever new random numbers until the time is over.
    static func rounds(_ body: (inout Damage) async throws -> Void) async throws {
        var round = seed
        let end = ContinuousClock.now + .seconds(seconds)
        repeat {
            var damage = Damage(seed: round)
            do {
                try await body(&damage)
            } catch {
                Issue.record(error, "seed \(round)")
                return
            }
            round &+= 1
        } while ContinuousClock.now < end
        print("rounds \(round &- seed)")
    }

    /// Whatever a line holds, it ends as a row or as a flag, and what is written is JSON that others can read.
    @Test func noLineBreaksTheTransform() async throws {
        let catalog = try Catalog.load(folder: Self.pipelines.path)
        let entities = catalog.entities
        var written = Data()
        try await Self.rounds { damage in
            let entity = entities[damage.below(entities.count)]
            let folder = try ConnectionFolder(staging: staging, connection: "fuzz")
            try folder.create()
            let place = folder.entity(phase: entity.phase, name: entity.name)
            let writer = try await RawLayerWriter.open(place, force: true)
            var lines: [UInt8] = []
            let count = 1 + damage.below(60)
            for number in 0..<count { lines += damage.line(entity, number) + [UInt8(ascii: "\n")] }
            try await writer.commit(
                RawPage(stream: .list, lines: lines, records: count, request: "/fuzz", next: nil, reportedTotal: nil))
            try await writer.complete(expected: count, status: .complete, message: nil)
            let report = try Transformer(folder, workers: 1).transform(
                entity, force: true, stop: StopSignal(), onProgress: { _, _ in })
            #expect(report.records == count && report.accepted + report.rejected == count, "seed \(damage.seed)")
            for layer in [place.clean, place.flagged] {
                for name in try FileManager.default.contentsOfDirectory(atPath: layer) where name.hasSuffix(".gz") {
                    let reader = try NDJSONReader(path: "\(layer)/\(name)")
                    while let line = try reader.next() {
                        written.append(contentsOf: line)
                        written.append(UInt8(ascii: "\n"))
                    }
                }
            }
            try FileManager.default.removeItem(atPath: staging)
            // As much as other eyes can look at in a moment.
            if written.count > 50_000_000 { written = Data() }
        }
        try written.write(to: URL(fileURLWithPath: staging + ".ndjson"))
        let python = await Tool.run(
            "python3",
            ["-c", "import json,sys; [json.loads(line) for line in open(sys.argv[1], 'rb')]", staging + ".ndjson"])
        #expect(python.code == 0, "a line of the last rounds before seed \(Self.seed) + is no JSON")
    }

    /// A pipeline file is read, or refused with a place in it; nothing else happens.
    @Test func noFileBreaksThePipelineReader() async throws {
        var files: [String: [UInt8]] = [:]
        for phase in ["core", "supporting", "historical"] {
            files[phase] = [UInt8](try Data(contentsOf: Self.pipelines.appendingPathComponent("\(phase).yaml")))
        }
        let stock = files
        try await Self.rounds { damage in
            var files = stock
            let phase = ["core", "supporting", "historical"][damage.below(3)]
            files[phase] = damage.spoil(stock[phase] ?? [], times: 1 + damage.below(6))
            do throws(PipelineError) {
                _ = try Catalog.load(files: files)
            } catch {
                #expect(error.description.contains(".yaml"), "seed \(damage.seed)")
            }
        }
    }
}
