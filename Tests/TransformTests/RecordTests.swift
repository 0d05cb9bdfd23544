import Bytes
import Foundation
import JSON
import Pipelines
import TestSupport
import Testing

@testable import Transform

/// Every case is a pair of files: raw lines in, clean and flagged lines out.
/// `CLIOSYNC_RECORD=1 swift test --enable-swift-testing --disable-xctest --filter RecordTests` writes the expected files
/// anew; read the difference before it is committed.
@Suite struct RecordTests {
    static let folder = Bundle.module.resourceURL.map { $0.appendingPathComponent("Fixtures/matters") }
    static let cases: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder?.path ?? "")) ?? [])
        .filter { $0.hasSuffix(".in.ndjson") }.map { String($0.dropLast(".in.ndjson".count)) }.sorted()

    @Test(arguments: cases)
    func recordsBecomeWhatTheFixtureSays(_ name: String) throws {
        let folder = try #require(Self.folder)
        let input = try Data(contentsOf: folder.appendingPathComponent(name + ".in.ndjson"))
        let transformer = try RecordTransformer(TestEntity.matters())
        var number = 0
        for line in input.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
            number += 1
            var buffer = ByteBuffer()
            line.withUnsafeBytes { buffer.append($0) }
            _ = transformer.transform(buffer.bytes, part: "00001", number: number)
        }
        let output = transformer.clean.text + "-- flagged\n" + transformer.flagged.text
        if ProcessInfo.processInfo.environment["CLIOSYNC_RECORD"] == "1" {
            let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/matters/\(name).out.ndjson")
            try Data(output.utf8).write(to: source)
        }
        let expected = try String(contentsOf: folder.appendingPathComponent(name + ".out.ndjson"), encoding: .utf8)
        #expect(output == expected)
    }

    @Test func theFixturesAreThere() { #expect(Self.cases.count >= 6) }

    /// Property: a value that is loaded equals the value that was sent; nothing is flagged that is healthy.
    @Test func randomHealthyRecordsComeThroughUnchanged() throws {
        var random = TestSeed.numbers()
        let transformer = try RecordTransformer(TestEntity.matters())
        let scalars: [Unicode.Scalar] = ["a", "é", "\u{0}", "\u{2028}", "😀", "\"", "\\", "\n", "ש", "\u{7F}", "<", "&"]
        for number in 1...3000 {
            var writer = JSONWriter()
            let id = Int64.random(in: .min ... .max, using: &random)
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...12, using: &random)).map { _ in
                        scalars.randomElement(using: &random) ?? "a"
                    }))
            let hours = Double.random(in: 0...1e9, using: &random)
            writer.beginObject()
            writer.key("hours")
            writer.double(hours)
            writer.key("unknown")
            writer.string(text)
            writer.key("client")
            writer.beginObject()
            writer.key("name")
            writer.string(text)
            writer.key("id")
            writer.integer(id)
            writer.endObject()
            writer.key("display_number")
            writer.string("7" + text)
            writer.key("id")
            writer.integer(id)
            writer.endObject()
            transformer.clean.removeAll()
            let outcome = transformer.transform(writer.buffer.bytes, part: "00001", number: number)
            #expect(outcome == .accepted)
            let parser = JSONParser()
            let row = try parser.parse(transformer.clean.text.trimmingCharacters(in: .newlines))
            #expect(row["id"]?.int64 == id)
            #expect(row["client_id"]?.int64 == id)
            #expect(row["client_name"]?.string == text)
            #expect(row["display_number"]?.string == "7" + text)
            #expect(row["hours"]?.double == hours)
        }
    }

    /// A name that shows nothing is kept, and is missing for whoever looks for it.
    @Test(arguments: ["", "  ", "\\t\\n", "\u{A0}", "\u{3000} "]) func blanksAreNoRequiredText(_ text: String) throws {
        let transformer = try RecordTransformer(TestEntity.matters())
        var buffer = ByteBuffer()
        Array("{\"id\":1,\"display_number\":\"\(text)\",\"status\":\"Open\"}".utf8).withUnsafeBytes {
            buffer.append($0)
        }
        _ = transformer.transform(buffer.bytes, part: "00001", number: 1)
        #expect(transformer.clean.text.contains("\"display_number\":\"\(text)\""))
        #expect(transformer.flagged.text.contains("\"rule\":\"required\",\"path\":\"display_number\""))
    }

    /// Random damage: a verdict, never a crash; conservation holds and every output line is JSON.
    @Test func anyBytesAreSurvived() throws {
        var random = TestSeed.numbers()
        let transformer = try RecordTransformer(TestEntity.matters())
        let seed = Array(
            #"{"id":7,"etag":"\"x\"","display_number":"1","status":"Open","open_date":"2024-02-29","client":{"id":1,"name":"n"},"phones":[{"number":"1","kind":{"label":"w"}}],"updated_at":"2024-01-01T00:00:00Z"}"#
                .utf8)
        var verdicts = 0
        for number in 1...20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                if Bool.random(using: &random) {
                    bytes[place] = UInt8.random(in: 0...255, using: &random)
                } else {
                    bytes.remove(at: place)
                }
            }
            var buffer = ByteBuffer()
            bytes.withUnsafeBytes { buffer.append($0) }
            _ = transformer.transform(buffer.bytes, part: "00001", number: number)
            verdicts += 1
        }
        let clean = transformer.clean.text.split(separator: "\n")
        let rejected = transformer.flagged.text.split(separator: "\n").filter { $0.contains(#""severity":"reject""#) }
        #expect(clean.count + rejected.count == verdicts)
        let parser = JSONParser()
        for line in clean + rejected { #expect((try? parser.parse(String(line)))?.kind == .object) }
    }
}
