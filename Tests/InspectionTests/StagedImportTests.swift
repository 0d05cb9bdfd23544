import Bytes
import Foundation
import Gzip
import Inspection
import StagedFirm
import Staging
import SyncManager
import Testing

/// Records from elsewhere become a raw layer: each line once, as it was.
@Suite struct StagedImportTests {
    private func lines(_ firm: StagedFirm, _ name: String = "contacts") throws -> [String] {
        var lines: [String] = []
        try StagedLayers(
            staging: firm.staging, connection: firm.connection, selection: firm.selection(entities: [name])
        ).forEachLine(.raw) { _, line in
            lines.append(String(decoding: line, as: UTF8.self))
            return true
        }
        return lines
    }

    private func run(_ firm: StagedFirm, _ file: String, force: Bool = false, stop: StopSignal = StopSignal())
        async throws
        -> Int
    {
        try await StagedImport(staging: firm.staging, connection: firm.connection).run(
            firm.entity("contacts"), file: file, force: force, stop: stop)
    }

    @Test func plainAndGzipFilesGiveTheSameLayer() async throws {
        let (plain, packed) = (try StagedFirm(), try StagedFirm())
        let text = (1...2300).map { Line.contact($0) }.joined(separator: "\n")
        #expect(try await run(plain, plain.write(text, to: "in.ndjson")) == 2300)
        let file = packed.root + "/in.ndjson.gz"
        let bytes = try Array(text.utf8).withUnsafeBytes { try gzipCompress($0, level: 6) }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        #expect(try await run(packed, file) == 2300)
        #expect(try lines(plain) == lines(packed))
        #expect(try lines(plain) == (1...2300).map { Line.contact($0) })
    }

    @Test func spacesAreDroppedFromJSONAndNothingElseIsChanged() async throws {
        let firm = try StagedFirm()
        let text = """
            { "id" : 1, "name" : "a  b", "rate" : 1.50 }

              \t
            {"id": 1 2}
            not json at all
            { "id":2, "name":"\\u00e9" }\r
            {"id":18446744073709551616}
            """
        #expect(try await run(firm, firm.write(text, to: "in.ndjson")) == 5)
        #expect(
            try lines(firm) == [
                #"{"id":1,"name":"a  b","rate":1.50}"#, #"{"id": 1 2}"#, "not json at all",
                #"{"id":2,"name":"\u00e9"}"#, #"{"id":18446744073709551616}"#,
            ])
    }

    @Test func aStoppedImportGoesOnBehindItsLastPage() async throws {
        let firm = try StagedFirm()
        let file = try firm.write((1...2500).map { Line.contact($0) }.joined(separator: "\n"), to: "in.ndjson")
        let stop = StopSignal()
        stop.request()
        var rounds = 0
        var stopped = true
        while stopped, rounds < 5 {
            do {
                #expect(try await run(firm, file, stop: stop) == 2500)
                stopped = false
            } catch let error as StagingError {
                #expect(error.description.contains("run the same command again"))
                rounds += 1
            }
        }
        #expect(rounds == 2)
        #expect(try lines(firm) == (1...2500).map { Line.contact($0) })
    }

    @Test func whatIsStagedIsReplacedByForceOnly() async throws {
        let firm = try StagedFirm()
        let first = try firm.write(Line.contact(1), to: "first.ndjson")
        let second = try firm.write(Line.contact(2), to: "second.ndjson")
        #expect(try await run(firm, first) == 1)
        let error = await #expect(throws: ConfigurationError.self) { try await run(firm, second) }
        #expect(error?.description.contains("--force") == true)
        #expect(try lines(firm) == [Line.contact(1)])
        #expect(try await run(firm, second, force: true) == 1)
        #expect(try lines(firm) == [Line.contact(2)])
    }

    @Test func anEmptyFileIsAnEmptyList() async throws {
        let firm = try StagedFirm()
        #expect(try await run(firm, firm.write("", to: "in.ndjson")) == 0)
        let report = try await firm.run(entities: ["contacts"])
        #expect(report.exitCode == 0 && report.verify?.ok == true)
    }

    @Test func aFileThatIsNotThereIsNamed() async throws {
        let firm = try StagedFirm()
        let error = await #expect(throws: ConfigurationError.self) {
            try await run(firm, "\(firm.root)/nowhere.ndjson")
        }
        #expect(error?.description.contains("nowhere.ndjson") == true)
    }
}
