import Foundation
import Hashing
import Staging
import Testing

/// Masked values reach no byte of a raw layer, and every other byte stays.
@Suite final class LayerMaskTests {
    private let staging = FileManager.default.temporaryDirectory.appending(path: "mask-\(UUID().uuidString)").path
    private let key = MaskKey("a key for tests only")

    deinit { try? FileManager.default.removeItem(atPath: staging) }

    private func place() throws -> EntityFolder {
        try ConnectionFolder(staging: staging, connection: "firm").entity(phase: "core", name: "contacts")
    }

    private func mask(_ fields: (String, LayerMask.Replacement)..., key: MaskKey? = nil) -> LayerMask? {
        LayerMask(
            fields.map { ($0.0.split(separator: ".").map(String.init), $0.1, "\($0.0) \($0.1)") }, key: key ?? self.key)
    }

    private func commit(_ lines: [String], _ mask: LayerMask?, force: Bool = false, isDone: Bool = true) async throws {
        let writer = try await RawLayerWriter.open(try place(), force: force, mask: mask)
        try await writer.commit(
            RawPage(
                stream: .list, lines: Array(lines.map { $0 + "\n" }.joined().utf8), records: lines.count, request: "/x",
                next: isDone ? nil : "more", reportedTotal: nil))
        if isDone {
            try await writer.complete(expected: nil, status: .complete, message: nil)
        } else {
            try await writer.seal()
        }
    }

    private func lines() throws -> [String] {
        let place = try place()
        let manifest = try #require(try RawManifest.read(place))
        return try manifest.parts.flatMap { part -> [String] in
            let reader = try NDJSONReader(manifest.file(part, in: place))
            var lines: [String] = []
            while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
            return lines
        }
    }

    private func hash(_ text: String) -> String { KeyedHash(key: Array("a key for tests only".utf8)).hex(text) }

    @Test func valuesAreReplacedInNestedRecordsAndInEveryElement() async throws {
        let mask = mask(
            ("tax", .hash), ("born", .null), ("phones.number", .hash), ("boss.born", .null), ("tags", .hash))
        try await commit(
            [
                #"{"id":1,"tax":"AB-1","rate":1.10,"born":"1970-01-01","phones":[{"number":"5","x":1},{"number":"6"}],"boss":{"born":"1960-01-01","name":"tax"}}"#,
                #"{"id":2,"tax":null,"born":null,"phones":[],"boss":null,"tags":["a","b",null]}"#,
                #"{"tax":{"deep":[1]},"phones":{"number":7.50},"born":[],"id":12345678901234567890}"#,
            ], mask)
        #expect(
            try lines() == [
                #"{"id":1,"tax":"\#(hash("AB-1"))","rate":1.10,"born":null,"phones":[{"number":"\#(hash("5"))","x":1},{"number":"\#(hash("6"))"}],"boss":{"born":null,"name":"tax"}}"#,
                #"{"id":2,"tax":null,"born":null,"phones":[],"boss":null,"tags":["\#(hash("a"))","\#(hash("b"))",null]}"#,
                #"{"tax":"\#(hash(#"{"deep":[1]}"#))","phones":{"number":"\#(hash("7.50"))"},"born":[],"id":12345678901234567890}"#,
            ])
    }

    /// A value and its key may be escaped in many ways, and a key may stand twice.
    @Test func aValueIsTheSameHoweverItIsWritten() async throws {
        try await commit(
            [#"{"t\u0061x":"M\u00fcller \"x\"","tax":"Müller \"x\"","other":"}]\\\","}"#], mask(("tax", .hash)))
        let value = hash("Müller \"x\"")
        #expect(try lines() == [#"{"t\u0061x":"\#(value)","tax":"\#(value)","other":"}]\\\","}"#])
    }

    @Test func whatIsNoJsonIsLeftOut() async throws {
        try await commit([#"{"tax":"AB-1""#, "tax AB-1"], mask(("tax", .hash)))
        #expect(try lines().allSatisfy { $0.hasPrefix("\"left out") })
    }

    @Test func theManifestSaysWhatIsMaskedAndTheChecksumsAreOfWhatIsWritten() async throws {
        try await commit([#"{"id":1,"tax":"AB-1"}"#], mask(("tax", .hash)))
        let place = try place()
        let manifest = try #require(try RawManifest.read(place))
        #expect(manifest.masks == ["tax hash"])
        let text = try String(contentsOfFile: place.rawManifest, encoding: .utf8)
        #expect(!text.contains("AB-1") && !text.contains("a key for tests only"))
    }

    @Test func aLayerThatWasBegunWithoutTheMaskIsNotContinuedButBegunAgain() async throws {
        try await commit([#"{"id":1,"tax":"AB-1"}"#], nil, isDone: false)
        await #expect {
            try await self.commit([#"{"id":2,"tax":"AB-2"}"#], self.mask(("tax", .hash)))
        } throws: { "\($0)".contains("run `cliosync extract --phase core --entity contacts --force`") }
        try await commit([#"{"id":2,"tax":"AB-2"}"#], mask(("tax", .hash)), force: true)
        #expect(try lines() == [#"{"id":2,"tax":"\#(hash("AB-2"))"}"#])
    }

    @Test func anotherKeyDoesNotContinueALayer() async throws {
        try await commit([#"{"id":1,"tax":"AB-1"}"#], mask(("tax", .hash)), isDone: false)
        await #expect(throws: StagingError.self) {
            try await self.commit(
                [#"{"id":2,"tax":"AB-1"}"#], self.mask(("tax", .hash), key: MaskKey("quite another key")))
        }
    }

    @Test func theKeyFileIsMadeOnceForItsOwner() async throws {
        let folder = try ConnectionFolder(staging: staging, connection: "firm")
        let masks = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (try? MaskKey.load(folder, setting: nil)).flatMap {
                        LayerMask([(["a"], .hash, "a")], key: $0)?.text
                    }
                }
            }
            var texts: Set<String?> = []
            for await text in group { texts.insert(text) }
            return texts
        }
        #expect(masks.count == 1 && masks.first != .some(nil))
        let mode = try FileManager.default.attributesOfItem(atPath: folder.maskKey)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        try "short".write(toFile: folder.maskKey, atomically: false, encoding: .utf8)
        #expect(throws: StagingError.self) { try MaskKey.load(folder, setting: nil) }
    }
}
