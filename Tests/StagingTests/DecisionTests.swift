import Foundation
import Staging
import Testing

/// `decisions.ndjson`.
@Suite struct DecisionTests {
    private final class Place {
        let folder: ConnectionFolder
        let root: String

        init() throws {
            root = NSTemporaryDirectory() + "/decisions-\(UUID().uuidString)"
            folder = try ConnectionFolder(staging: root, connection: "firm")
            try folder.create()
        }

        deinit { try? FileManager.default.removeItem(atPath: root) }

        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: folder.decisions)) }
    }

    private func decision(
        _ id: String, _ verdict: Decision.Verdict = .accept, hash: String = "ab", entity: String = "matters",
        at: String = "2026-11-24T10:00:00Z"
    ) -> Decision {
        Decision(
            entity: entity, key: .init(id: id, rule: "type", path: "client.id", hash: hash), verdict: verdict,
            by: "ann", at: at, note: "a \"note\"\nof two lines")
    }

    @Test func decisionsComeBackAsTheyWereWritten() throws {
        let place = try Place()
        let file = DecisionFile(place.folder)
        #expect(try file.read().isEmpty)
        let first = [decision("7"), decision("abc", .reject)]
        try file.append(first)
        try file.append([decision("7", .reject)])
        #expect(try file.read() == first + [decision("7", .reject)])
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(text.split(separator: "\n").count == 3)
        #expect(text.contains("\"id\":7,"))
    }

    @Test func aLineThatAKillCutOffDoesNotExist() throws {
        let place = try Place()
        let file = DecisionFile(place.folder)
        try file.append([decision("7")])
        let whole = try String(contentsOfFile: file.path, encoding: .utf8)
        try place.write(whole + #"{"entity":"matters","id"#)
        #expect(try file.read().count == 1)
        try file.append([decision("8")])
        #expect(try file.read().map(\.key.id) == ["7", "8"])
        // By hand, without a last line feed.
        try place.write(String(whole.dropLast()))
        try file.append([decision("9")])
        #expect(try file.read().map(\.key.id) == ["7", "9"])
    }

    /// Whatever editor saved it, it is read, and what is added later fits.
    @Test(arguments: ["mark", "crlf", "cr", "utf16le", "utf16be"])
    func aFileThatAnEditorSavedIsReadAndWrittenOn(_ form: String) throws {
        let place = try Place()
        let file = DecisionFile(place.folder)
        try file.append([decision("7"), decision("8")])
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        let units = ("\u{FEFF}" + text.replacing("\n", with: "\r\n")).utf16
        let bytes: [UInt8] =
            switch form {
            case "mark": Array(("\u{FEFF}" + text).utf8)
            case "crlf": Array(text.replacing("\n", with: "\r\n").utf8)
            case "cr": Array(text.replacing("\n", with: "\r").utf8)
            case "utf16le": units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            default: units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            }
        try Data(bytes).write(to: URL(fileURLWithPath: file.path))
        #expect(try file.read().map(\.key.id) == ["7", "8"])
        try file.append([decision("9")])
        #expect(try file.read().map(\.key.id) == ["7", "8", "9"])
        let written = try String(contentsOfFile: file.path, encoding: .utf8)
        #expect(written.hasPrefix(text))
    }

    @Test(arguments: [
        "junk", "[]", "{}",
        #"{"entity":"m","id":1,"rule":"r","path":"p","hash":"h","decision":"maybe","by":"b","at":"t"}"#,
        #"{"entity":"m","id":1.5,"rule":"r","path":"p","hash":"h","decision":"accept","by":"b","at":"t"}"#,
    ])
    func aLineThatIsNoneIsNamed(_ line: String) throws {
        let place = try Place()
        let file = DecisionFile(place.folder)
        try file.append([decision("7")])
        let whole = try String(contentsOfFile: file.path, encoding: .utf8)
        try place.write(whole + "\n" + line + "\n" + whole)
        let error = #expect(throws: StagingError.self) { try file.read() }
        #expect(error?.description.contains("line 3 ") == true)
        #expect(error?.code == .corrupt)
    }

    @Test func theLastWordCountsAndOtherEntitiesDoNotMatter() {
        let all = [decision("7"), decision("8", hash: "cd"), decision("7", .reject), decision("7", entity: "contacts")]
        let set = DecisionSet(all, entity: "matters")
        #expect(set[decision("7").key]?.verdict == .reject)
        #expect(set.contains(id: "8"))
        #expect(!set.contains(id: "9"))
        #expect(set.fingerprintText == DecisionSet(all.dropLast(), entity: "matters").fingerprintText)
        #expect(set.fingerprintText != DecisionSet([all[0]], entity: "matters").fingerprintText)
        #expect(DecisionSet([], entity: "matters").fingerprintText.isEmpty)
        let moved = decision("8", .reject, hash: "ef", at: "2026-11-25T10:00:00Z")
        let latest = DecisionSet(all + [moved], entity: "matters").latest
        #expect(latest[.init(id: "8", rule: "type", path: "client.id")] == moved)
    }
}
