import Bytes
import Foundation
import JSON
import Pipelines
import Tables
import TestSupport
import Testing

@testable import Load

/// The scanner of clean lines says the same as the parser, or nothing.
@Suite struct CleanScannerTests {
    static let table = Table(
        name: "things", title: "", description: nil,
        columns: [
            Fixture.column("id", .integer), Fixture.column("name", .text), Fixture.column("updated_at", .timestamp),
            Fixture.column("rate", .decimal), Fixture.column("open", .boolean), Fixture.column("day", .date),
            Fixture.column("more", .json), Fixture.column("last", .text),
        ],
        children: [
            ChildTable(
                name: "parts", title: "", description: nil, path: ["parts"], parentColumn: "thing_id",
                columns: [Fixture.column("number", .integer), Fixture.column("label", .text)], indexes: []),
            ChildTable(
                name: "tags", title: "", description: nil, path: ["tags"], parentColumn: "thing_id",
                columns: [Fixture.column("tag", .text)], indexes: []),
        ], rules: [], indexes: [])

    private let plan = LinePlan(Self.table)

    /// What the scanner made of a line; nil: it left it to the parser.
    private func scan(_ line: String) -> [UInt8]? {
        var text = ByteBuffer()
        text.append(line)
        text.append("\n" as StaticString)
        var bytes = ByteBuffer()
        bytes.append("before" as StaticString)
        let start = bytes.count
        let whole = UnsafeRawBufferPointer(rebasing: text.bytes.dropLast())
        guard CleanScanner(plan: plan).scan(whole, sequence: 77, into: &bytes) else {
            let count = bytes.count
            #expect(count == start)
            return nil
        }
        return Array(bytes.bytes.dropFirst(start))
    }

    /// What parser and encoder make of it; nil: an error.
    private func encode(_ line: String) -> [UInt8]? {
        var bytes = ByteBuffer()
        let parser = JSONParser()
        do {
            try LineEncoder(plan: plan).encode(clean: try parser.parse(line), sequence: 77, into: &bytes)
            return bytes.array()
        } catch {
            return nil
        }
    }

    static let canonical = [
        #"{"id":1,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
        #"{"id":-5,"name":"a","updated_at":"2026-01-01T00:00:00Z","rate":1.25,"open":true,"day":"2026-02-03","more":null,"last":"z"}"#,
        #"{"id":123456789012345678,"name":"","updated_at":null,"rate":-17,"open":false,"day":null,"more":"[1,{\"a\":\"b\\n\"}]","last":null}"#,
        #"{"id":7,"name":"Zoë 日本 \"quoted\" \\ \n\t\r\u0000\u001f end of a longer text","updated_at":null,"rate":0.1,"open":1,"day":null,"more":null,"last":"x","parts":[{"number":1,"label":null},{"number":null,"label":"two"}],"tags":[{"tag":"t"}]}"#,
        #"{"id":8,"name":null,"updated_at":"2026-01-01T00:00:00.123Z","rate":100,"open":0,"day":null,"more":null,"last":null,"tags":[{"tag":null}]}"#,
    ]

    @Test("Lines as transform writes them are read without the parser", arguments: canonical)
    func same(line: String) {
        let scanned = scan(line)
        #expect(scanned != nil)
        #expect(scanned == encode(line))
    }

    @Test(
        "Anything else is left to the parser",
        arguments: [
            #"{"name":null,"id":1,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id": 1,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":"\ud83d\ude00","updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":null,"updated_at":null,"rate":0.30000000000000004,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":null,"updated_at":null,"rate":1e3,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1234567890123456789,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":"1","name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":null,"updated_at":"yesterday","rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":5,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#,
            #"{"id":1,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null,"parts":[]}"#,
            #"{"id":1,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null}"#,
            #"{"id":1,"name":null,"updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null"#,
            #"{"id":1,"name":"open"#, "{}", "", "{",
        ])
    func other(line: String) {
        #expect(scan(line) == nil)
    }

    @Test("A line that was damaged anywhere is never read as something else")
    func damaged() {
        var random = TestSeed.numbers()
        let characters = Array("\"\\,:{}[]0x19-.entrufalsn \u{1}é")
        var read = 0
        for _ in 0..<20_000 {
            var line = Array(Self.canonical.randomElement(using: &random) ?? "")
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let position = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line.remove(at: position)
                case 1: line.insert(characters.randomElement(using: &random) ?? "0", at: position)
                default: line[position] = characters.randomElement(using: &random) ?? "0"
                }
            }
            let text = String(line)
            guard let scanned = scan(text) else { continue }
            read += 1
            #expect(scanned == encode(text), "\(text)")
        }
        // A changed letter of a text is as good as the one before.
        #expect(read > 500)
    }

    @Test("Bytes that are no UTF-8 are left to the parser")
    func notUTF8() {
        var line = ByteBuffer()
        line.append(#"{"id":1,"name":"caf"#)
        line.append(0xE9 as UInt8)
        line.append(#"","updated_at":null,"rate":null,"open":null,"day":null,"more":null,"last":null}"#)
        var bytes = ByteBuffer()
        let isRead = CleanScanner(plan: plan).scan(line.bytes, sequence: 1, into: &bytes)
        #expect(!isRead)
        let count = bytes.count
        #expect(count == 0)
    }
}
