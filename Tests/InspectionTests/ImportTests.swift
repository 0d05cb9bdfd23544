import Bytes
import Foundation
import Inspection
import Pipelines
import StagedFirm
import Staging
import TestSupport
import Testing

/// `staged import` of files from elsewhere: read as what they are, or refused with the command that converts them.
@Suite(.timeLimit(.minutes(5))) final class ImportTests {
    private let catalog: Catalog
    private let folder: String

    init() throws {
        catalog = try ShippedPipelines.catalog()
        folder = NSTemporaryDirectory() + "/import-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func entity(_ name: String, _ phase: String = "core") throws -> Entity {
        try #require(catalog.phase(named: phase)?.entity(named: name))
    }

    private func place(_ entity: Entity) throws -> EntityFolder {
        try ConnectionFolder(staging: folder + "/staging", connection: "firm").entity(
            phase: entity.phase, name: entity.name)
    }

    @discardableResult
    private func run(_ bytes: [UInt8], _ entity: Entity, force: Bool = false, name: String = "file") async throws -> Int
    {
        let file = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return try await StagedImport(staging: folder + "/staging", connection: "firm").run(
            entity, file: file, force: force, among: catalog.entities, stop: StopSignal())
    }

    private func lines(_ entity: Entity) throws -> [String] {
        let place = try place(entity)
        guard let raw = try RawManifest.read(place) else { return [] }
        var lines: [String] = []
        for part in raw.parts {
            let reader = try NDJSONReader(raw.file(part, in: place))
            while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        }
        return lines
    }

    private static let records = [#"{"id":1,"name":"A"}"#, #"{"id":2,"name":"B, \"b\" [{"}"#]
    private static let mark = "\u{FEFF}"
    private static let forms: [(String, String)] = [
        ("one a line", records.joined(separator: "\n") + "\n"),
        ("without a last line feed", records.joined(separator: "\n")),
        ("with a mark and CRLF", mark + records.joined(separator: "\r\n") + "\r\n"),
        ("a list", "[\(records.joined(separator: ","))]"),
        ("a list with a mark", mark + " [ \(records.joined(separator: " ,\n "))\n]\n"),
        ("lists, one a line", "[\(records[0])]\n[\(records[1])]\n"),
        ("a list of lists", "[[\(records[0])],[\(records[1])],[]]"),
        ("a page", #"{"data":[\#(records.joined(separator: ","))],"meta":{"records":2,"paging":{"next":"x]}"}}}"#),
        ("pages", #"{"meta":{"a":[1]},"data":[\#(records[0])]}\#n{"data":[\#(records[1])]}\#n"#),
        ("one record of a page", #"{"data":\#(records[0]),"etag":"x"}{"data":\#(records[1])}"#),
        ("one behind the other", records.joined()),
        ("over lines", "{\n  \"id\": 1,\n  \"name\": \"A\"\n}\n{\n  \"id\": 2,\n  \"name\": \"B, \\\"b\\\" [{\"\n}\n"),
        ("a record, then a list", "\(records[0])\n[\(records[1])]\n"),
        ("a record, then a list over lines", "\(records[0])\n[\n\(records[1])\n]\n"),
        ("a record, then a page", "\(records[0])\n{\"data\":[\(records[1])]}"),
        ("a record, then one over lines", "\(records[0])\n{\n\"id\":2,\"name\":\"B, \\\"b\\\" [{\"\n}\n"),
        ("lists, each with a mark", "\(mark)[\(records[0])]\n\(mark)[\(records[1])]"),
        ("a text sequence", "\u{1E}\(records[0])\n\u{1E}\(records[1])\n"),
    ]

    @Test(arguments: forms.indices)
    func recordsAreReadWhateverTheirForm(_ index: Int) async throws {
        let areas = try entity("practice_areas")
        #expect(try await run(Array(Self.forms[index].1.utf8), areas) == 2)
        #expect(try lines(areas).map { $0.replacing("\r", with: "") } == Self.records, "\(Self.forms[index].0)")
    }

    @Test(arguments: ["", " ", ",", ", \t"]) func severalRecordsOnALaterLineAreRead(_ separator: String) async throws {
        let areas = try entity("practice_areas")
        let ids = (1...5).map { #"{"id":\#($0),"name":"\#($0)"}"# }
        let text = "\(ids[0])\n\(ids[1])\(separator)\(ids[2])\n\(ids[3])\n\(ids[4])\n"
        #expect(try await run(Array(text.utf8), areas) == 5)
        #expect(try lines(areas) == ids)
    }

    /// A damaged line is one record, which is rejected later, and takes no other line with it.
    @Test(arguments: [#"{"id":2,"name":"cut"#, #"{"id":2}} {"id":7}"#, "[1,2]", "]", #"{"id":2} x"#])
    func aDamagedLineStaysAlone(_ damaged: String) async throws {
        let areas = try entity("practice_areas")
        let text = "\(Self.records[0])\n\(damaged)\n\(Self.records[1])\n"
        #expect(try await run(Array(text.utf8), areas) == 3)
        #expect(try lines(areas) == [Self.records[0], damaged, Self.records[1]])
    }

    @Test func aTableThatIsNotUTF8IsNamedWithTheCommandThatConvertsIt() async throws {
        let areas = try entity("practice_areas")
        let bytes = Array("id,name\n1,A\n2,Jos".utf8) + [0xE9] + Array("\n".utf8)
        let error = await #expect(throws: ConfigurationError.self) { try await run(bytes, areas) }
        #expect(error?.description.contains("row 3 is not UTF-8") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("iconv -f WINDOWS-1252 -t UTF-8 <'") == true)
        #expect(try lines(areas) == [])
    }

    @Test func aTableWithTheColumnsOfTheEntityIsRead() async throws {
        let matters = try entity("matters")
        let text =
            "\u{FEFF}id;display_number;description;client_id;open_date\r\n"
            + "1;00001;\"two\r\nlines; \"\"quoted\"\"\";7;2024-01-02\r\n2;00002;;;\r\n"
        #expect(try await run(Array(text.utf8), matters) == 2)
        #expect(
            try lines(matters) == [
                #"{"id":1,"display_number":"00001","description":"two\r\nlines; \"quoted\"","client":{"id":7},"open_date":"2024-01-02"}"#,
                #"{"id":2,"display_number":"00002"}"#,
            ])
    }

    /// As Excel and other programs write it.
    @Test(arguments: [
        "Id,Name\n1,A\n2,\"B, \"\"b\"\" [{\"\n", "sep=;\r\nID;NAME\r\n1;A\r\n2;\"B, \"\"b\"\" [{\"\r\n",
        "\u{FEFF}\"sep=\t\"\nid\tname\n1\tA\n2\tB, \"b\" [{\n", "SEP=|\rname|id\rA|1\r\"B, \"\"b\"\" [{\"|2",
        "id|name\n1|A\n2|B, \"b\" [{\n", " \"Id\" ; Name \n1;A\n2;B, \"b\" [{", "sep=^\nid^name\n1^A\n2^B, \"b\" [{",
    ])
    func aHeaderIsReadWhateverItsCaseAndSeparator(_ text: String) async throws {
        let areas = try entity("practice_areas")
        #expect(try await run(Array(text.utf8), areas) == 2)
        #expect(
            try lines(areas).map { $0.contains(#""name":"A","id":1"#) ? Self.records[0] : $0 }.first == Self.records[0])
        #expect(try lines(areas)[1].contains(#""name":"B, \"b\" [{""#))
    }

    @Test(arguments: [
        ("sep=;\nid,display_number\n1,2\n", "names none of the columns"),
        ("id,ID,status\n1,2,Open\n", "\"id\" is there twice"),
        ("id,display_number\n1,2,3\n", "row 2 has 3 cells"), ("id,display_number,wrong\n1,2,3\n", "\"wrong\""),
        ("id,display_number\n1,\"open\n", "quote is not closed"), ("ID,Name\n1,a\n", "a line such as id,"),
        ("Number;Client\n1;a\n", "names none of the columns of matters"),
    ])
    func aTableThatDoesNotFitIsRefused(_ text: String, _ words: String) async throws {
        let matters = try entity("matters")
        let error = await #expect(throws: ConfigurationError.self) { try await run(Array(text.utf8), matters) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    private static let foreign: [([UInt8], String)] = [
        ([0x28, 0xB5, 0x2F, 0xFD, 1, 2, 3], "zstdcat <'"), (Array("BZh91AY".utf8), "bzcat <'"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "xzcat <'"), ([0x50, 0x4B, 3, 4, 20, 0], "unzip -p '"),
        ([0xFF, 0xFE, 0x7B, 0, 0x22, 0], "iconv -f UTF-16 -t UTF-8 <'"), ([0x7B, 0, 0x22, 0], "iconv -f UTF-16LE"),
        ([0xFE, 0xFF, 0, 0x7B], "iconv -f UTF-16 "), ([4, 0x22, 0x4D, 0x18, 0], "lz4cat"),
        ([0xFF, 0xFE, 0, 0, 0x7B, 0, 0, 0], "iconv -f UTF-32 "),
        ([0, 0, 0xFE, 0xFF, 0, 0, 0, 0x7B], "iconv -f UTF-32 "),
        ([0x7B, 0, 0, 0, 0x22, 0, 0, 0], "iconv -f UTF-32LE"), ([0, 0, 0, 0x7B, 0, 0, 0, 0x22], "iconv -f UTF-32BE"),
        (Array("\u{FEFF}\r\n <!DOCTYPE html><title>Sign in</title>".utf8), "is a web page or XML"),
        (Array("<?xml version=\"1.0\"?><matters/>".utf8), "is a web page or XML"),
        (Array("SQLite format 3\0".utf8), "export the records"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0], "save the sheet as CSV"),
        (
            [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array("[Content_Types].xml".utf8),
            "save the sheet as CSV"
        ),
        (Array("a.ndjson".utf8) + [UInt8](repeating: 0, count: 249) + Array("ustar\u{0}00{}".utf8), "tar xOf - <'"),
    ]

    @Test(arguments: foreign.indices)
    func anotherFormatIsNamedWithTheCommandThatConvertsIt(_ index: Int) async throws {
        let (bytes, words) = Self.foreign[index]
        let areas = try entity("practice_areas")
        let error = await #expect(throws: ConfigurationError.self) { try await run(bytes, areas) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(try !Files.exists(folder + "/staging"))
    }

    /// The advice is a command that works, for another firm than the default, too.
    @Test func theAdviceForACompressedFileImportsItIntoTheSameFirm() async throws {
        let areas = try entity("practice_areas")
        let file = folder + "/it's packed twice"
        let packed = try await gzip(gzip(Array(Self.records.joined(separator: "\n").utf8)))
        try Data(packed).write(to: URL(fileURLWithPath: file))
        let error = await #expect(throws: ConfigurationError.self) {
            try await StagedImport(staging: folder + "/staging", connection: "firm").run(
                areas, file: file, force: false, stop: StopSignal())
        }
        let advice = try #require(error?.description.components(separatedBy: "convert it: ").last)
        #expect(advice.hasSuffix("| cliosync staged import --phase core --entity practice_areas --connection firm -"))
        let unpacked = await Tool.run("sh", ["-c", advice.components(separatedBy: "cliosync")[0] + "zcat"])
        #expect(unpacked.text == Self.records.joined(separator: "\n"))
    }

    private func gzip(_ bytes: [UInt8]) async throws -> [UInt8] {
        let file = folder + "/packed"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        #expect(await Tool.run("gzip", ["-f", file]).code == 0)
        return Array(try Data(contentsOf: URL(fileURLWithPath: file + ".gz")))
    }

    @Test func gzipInGzipAndCutGzipAreNamed() async throws {
        let areas = try entity("practice_areas")
        let once = try await gzip(Array("[\(Self.records.joined(separator: ","))]".utf8))
        #expect(try await run(once, areas, name: "once.gz") == 2)
        let twice = try await gzip(once)
        let error = await #expect(throws: ConfigurationError.self) {
            try await run(twice, areas, force: true, name: "twice.gz")
        }
        #expect(error?.description.contains("zcat '\(folder)/twice.gz' | zcat | cliosync staged import") == true)
        let cut = await #expect(throws: ConfigurationError.self) {
            try await run(Array(once.dropLast(12)), areas, force: true, name: "cut.gz")
        }
        #expect(cut?.description.contains("is cut off") == true && cut?.description.contains("staged check") == false)
        #expect(try lines(areas) == Self.records)
    }

    @Test(arguments: [
        "no json\nat all\n", "[]", "", "{\"data\":[]}", #"[{"id":1,"name":"A"},"#, #"{"name":"no id"}"#, "[1,2]",
        #"{"id":5,"display_number":"00005","description":"x","status":"Open","client":{"id":1}}"#, "{\"error\":\"x\"}",
    ])
    func nothingReplacesAGoodLayerUnlessItIsBetter(_ text: String) async throws {
        let areas = try entity("practice_areas")
        try await run(Array(Self.records.joined(separator: "\n").utf8), areas)
        await #expect(throws: ConfigurationError.self) { try await run(Array(text.utf8), areas, force: true) }
        #expect(try lines(areas) == Self.records)
        // And what is better does.
        #expect(try await run(Array(Self.records[1].utf8), areas, force: true) == 1)
        #expect(try lines(areas) == [Self.records[1]])
    }

    @Test func recordsOfAnotherKindAreNamed() async throws {
        let areas = try entity("practice_areas")
        let matters = (1...4).map {
            #"{"id":\#($0),"etag":"x","display_number":"0000\#($0)","description":"d","status":"Open","client":{"id":1},"created_at":"2024-01-01T00:00:00Z","updated_at":"2024-01-01T00:00:00Z"}"#
        }
        let error = await #expect(throws: ConfigurationError.self) {
            try await run(Array(matters.joined(separator: "\n").utf8), areas)
        }
        #expect(error?.description.contains("look like matters") == true, "\(error?.description ?? "")")
        #expect(try RawManifest.read(place(areas)) == nil)
        #expect(try await run(Array(matters.joined(separator: "\n").utf8), try entity("matters")) == 4)
    }

    @Test(arguments: [
        ("stauts = 'Open'", "\"stauts\"; did you mean \"status\"?"), ("client.nmae = 'A'", "\"nmae\""),
        ("id > 1 or nothing is null", "\"nothing\""), ("not billible", "\"billible\"; did you mean \"billable\"?"),
    ])
    func aConditionOnAFieldThatNoLineHasIsRefused(_ condition: String, _ words: String) async throws {
        let matters = try entity("matters")
        let record = #"{"id":1,"display_number":"1","status":"Open","client":{"id":7,"name":"A"},"outside":1}"#
        try await run(Array(record.utf8), matters)
        let layers = try StagedLayers(
            staging: folder + "/staging", connection: "firm",
            selection: Selection(catalog, phases: ["core"], entities: ["matters"]))
        func count(_ condition: String) throws -> Int {
            var count = 0
            try layers.forEachLine(.raw, LineSelection(filter: try RecordFilter(condition))) { _, _ in
                count += 1
                return true
            }
            return count
        }
        let error = #expect(throws: ConfigurationError.self) { try count(condition) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        // One that the pipeline names but no line has, one that only a line has, one in an object.
        #expect(try count("close_date is null and outside = 1 and client.name = 'A'") == 1)
    }

    /// A list larger than any window; records come one by one.
    @Test func aLongListIsRead() async throws {
        let areas = try entity("practice_areas")
        let text = "[" + (1...60_000).map { #"{"id":\#($0),"name":"Area \#($0)"}"# }.joined(separator: ",\n") + "]"
        #expect(try await run(Array(text.utf8), areas) == 60_000)
        #expect(try lines(areas).count == 60_000)
    }
}
