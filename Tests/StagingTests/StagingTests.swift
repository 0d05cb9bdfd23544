import Bytes
import Foundation
import Staging
import TestSupport
import Testing

@Suite final class StagingTests {
    let folder: ConnectionFolder
    private let staging = NSTemporaryDirectory() + "/staging-\(UUID().uuidString)"

    init() throws {
        folder = try ConnectionFolder(staging: staging, connection: "firm")
        try folder.create()
    }

    deinit { try? FileManager.default.removeItem(atPath: staging) }

    private var matters: EntityFolder { folder.entity(phase: "core", name: "matters") }

    private func page(_ ids: ClosedRange<Int>, next: String?, stream: StreamKey = .list) -> RawPage {
        RawPage(
            stream: stream, lines: ids.flatMap { Array("{\"id\":\($0)}\n".utf8) }, records: ids.count,
            request: "/api/v4/matters.json?limit=200", next: next, reportedTotal: nil)
    }

    private func lines(_ file: PartFile) throws -> [String] {
        let reader = try NDJSONReader(file)
        var lines: [String] = []
        while let line = try reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    private func allLines() throws -> [String] {
        let manifest = try #require(try RawManifest.read(matters))
        return try manifest.parts.flatMap { try lines(manifest.file($0, in: matters)) }
    }

    @Test func pagesComeBackAsTheyWereCommitted() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        try await writer.commit(page(1...3, next: "https://x/2"))
        try await writer.commit(page(4...5, next: nil))
        try await writer.complete(expected: 5, status: .complete, message: nil)
        let manifest = try #require(try RawManifest.read(matters))
        #expect(manifest.records == 5)
        #expect(manifest.parts.map(\.sealed) == [true])
        #expect(manifest.pages.map(\.sequence)[1] == manifest.pages[0].sequence + 3)
        #expect(manifest.completion?.status == .complete)
        #expect(try allLines() == (1...5).map { "{\"id\":\($0)}" })
        // Other programs read the files.
        #expect(await shell("zcat '\(matters.raw)'/*.ndjson.gz | wc -l").trimmingCharacters(in: .whitespaces) == "5\n")
        #expect(await shell("stat -c %a '\(matters.raw)/00001.ndjson.gz' '\(matters.raw)'") == "600\n700\n")
    }

    @Test func whatWasNeverCommittedIsCutOff() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        try await writer.commit(page(1...3, next: "https://x/2"))
        let part = matters.raw + "/00001.ndjson.gz"
        let size = try #require(try Files.size(part))
        // A kill between the data and the manifest, in the middle of a manifest line, and a part nobody knows.
        await shell("printf 'half a member' >> '\(part)'; printf '{\"page\":2,\"str' >> '\(matters.rawManifest)'")
        await shell("printf x > '\(matters.raw)/00002.ndjson.gz'")
        let again = try await RawLayerWriter.open(matters, force: false)
        #expect(try Files.size(part) == size)
        #expect(try !Files.exists(matters.raw + "/00002.ndjson.gz"))
        #expect(again.manifest.streams[.list]?.next == "https://x/2")
        try await again.commit(page(4...5, next: nil))
        #expect(try allLines() == (1...5).map { "{\"id\":\($0)}" })
        #expect(try RawManifest.read(matters)?.parts.map(\.name) == ["00001", "00002"])
    }

    /// Streams side by side: the one with the lower part was killed before its first commit, the other after.
    @Test func whatWasNeverCommittedBelowWhatWasIsRemoved() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        try await writer.commit(page(1...3, next: "https://x/2", stream: StreamKey(.other("early"))))
        try await writer.commit(page(4...5, next: "https://y/2", stream: StreamKey(.other("late"))))
        await shell(
            "grep -v '\"part\":\"00001\"' '\(matters.rawManifest)' > '\(staging)/m'; cp '\(staging)/m' '\(matters.rawManifest)'"
        )
        let again = try await RawLayerWriter.open(matters, force: false)
        #expect(try !Files.exists(matters.raw + "/00001.ndjson.gz"))
        #expect(again.manifest.parts.map(\.name) == ["00002"])
        try await again.commit(page(1...3, next: nil, stream: StreamKey(.other("early"))))
        #expect(try RawManifest.read(matters)?.parts.map(\.name) == ["00002", "00003"])
    }

    @Test func aPartRollsOverAtTenThousandRecords() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        for start in stride(from: 1, to: 24_001, by: 2000) {
            try await writer.commit(page(start...start + 1999, next: start < 22_000 ? "https://x/\(start)" : nil))
        }
        #expect(try RawManifest.read(matters)?.parts.map(\.records) == [10_000, 10_000, 4000])
    }

    @Test func aForcedGenerationIsPutInPlaceAtItsEnd() async throws {
        let first = try await RawLayerWriter.open(matters, force: false)
        try await first.commit(page(1...3, next: nil))
        try await first.complete(expected: 3, status: .complete, message: nil)
        let second = try await RawLayerWriter.open(matters, force: true)
        try await second.commit(page(10...11, next: "https://x/2"))
        #expect(try allLines().count == 3)
        // Killed and started again, with or without --force, it goes on with the new generation.
        let third = try await RawLayerWriter.open(matters, force: true)
        #expect(third.manifest.records == 2)
        try await third.commit(page(12...15, next: nil))
        try await third.complete(expected: 6, status: .complete, message: nil)
        #expect(try allLines() == (10...15).map { "{\"id\":\($0)}" })
        #expect(try RawManifest.read(matters)?.header.generation == 2)
        #expect(try !Files.exists(folder.path + "/core/.next/raw/matters"))
    }

    @Test func sequenceNumbersGrowOverTheConnection() async throws {
        let one = try await RawLayerWriter.open(matters, force: false)
        try await one.commit(page(1...3, next: nil))
        let other = folder.entity(phase: "supporting", name: "contacts")
        let two = try await RawLayerWriter.open(other, force: false)
        try await two.commit(page(1...3, next: nil))
        let first = try #require(one.manifest.pages.first?.sequence)
        let second = try #require(two.manifest.pages.first?.sequence)
        #expect(second > first + 2)
        // The counter is lost: numbers go on behind the highest in any manifest.
        try Files.remove(folder.path + "/.sequence")
        let three = try await RawLayerWriter.open(folder.entity(phase: "core", name: "users"), force: false)
        try await three.commit(page(1...1, next: nil))
        #expect(try #require(three.manifest.pages.first?.sequence) > second + 2)
    }

    @Test func anUnknownFormatIsRefused() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        try await writer.commit(page(1...3, next: nil))
        await shell("sed -i 's/\"format\":1/\"format\":2/' '\(matters.rawManifest)'")
        let error = #expect(throws: StagingError.self) { try RawManifest.read(matters) }
        #expect(error?.code == .format)
    }

    @Test func aShortenedPartIsFoundOut() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false)
        try await writer.commit(page(1...300, next: nil))
        await shell("truncate -s -5 '\(matters.raw)/00001.ndjson.gz'")
        let error = #expect(throws: StagingError.self) { try allLines() }
        #expect(error?.code == .corrupt)
        #expect(error?.description.contains("00001.ndjson.gz") == true)
    }

    @Test func oneHolderLocksOutTheNext() throws {
        let path = folder.lock(phase: "core", layer: "raw")
        let lock = try FileLock.exclusive(path, holder: "extract core")
        let error = #expect(throws: StagingError.self) { try FileLock.exclusive(path, holder: "extract core") }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("extract core, process") == true)
        lock.release()
        let reader = try FileLock.shared(path)
        let other = try FileLock.shared(path)
        #expect(throws: StagingError.self) { try FileLock.exclusive(path, holder: "x") }
        reader.release()
        other.release()
        try FileLock.exclusive(path, holder: "x").release()
    }

    @Test(arguments: ["", "UPPER", "a b", "../x", "a/b", String(repeating: "a", count: 65), "é"])
    func badConnectionNamesAreRefused(_ name: String) {
        #expect(throws: StagingError.self) { try ConnectionFolder(staging: "staging", connection: name) }
    }

    @Test func bothResultLayersSwitchAtOnce() async throws {
        let layer = try await RawLayerWriter.open(matters, force: false)
        try await layer.commit(page(1...2, next: "https://x/2"))
        try await layer.commit(page(3...3, next: nil))
        let raw = layer.manifest
        let first = try #require(raw.pages.first).sequence
        func build(_ fingerprint: String, _ text: String) throws {
            let writer = try ResultLayerWriter(matters, for: raw, fingerprint: fingerprint, rebuild: false)
            let clean = try NDJSONWriter(path: writer.cleanPath("00001"))
            try Array("\(text)\n".utf8).withUnsafeBytes { try clean.write($0, lines: 1) }
            let file = try clean.finish()
            try writer.commit(
                ResultPart(
                    part: "00001", rawCRC: raw.parts[0].crc, records: 3, accepted: 1, rejected: 2, warned: 0,
                    clean: file,
                    flagged: nil,
                    pages: [PageSpan(records: 2, sequence: first), PageSpan(records: 1, sequence: first + 2)],
                    rejectedLines: [1, 2], rules: ["type": 2]))
            if text != "hidden" { try writer.finish() }
        }
        try build("a", "first")
        #expect(await shell("zcat '\(matters.clean)'/*.gz") == "first\n")
        try build("b", "hidden")
        #expect(await shell("zcat '\(matters.clean)'/*.gz") == "first\n")
        try build("c", "second")
        #expect(await shell("zcat '\(matters.clean)'/*.gz") == "second\n")
        let manifest = try #require(try ResultManifest.read(matters))
        #expect(manifest.header.fingerprint == "c")
        #expect(manifest.parts[0].cleanLines.map { $0.line } == [3])
        #expect(manifest.parts[0].cleanLines.map { $0.sequence } == [first + 2])
        #expect(manifest.parts[0].sequence(ofRawLine: 2) == first + 1)
        #expect(await shell("ls '\(matters.flagged)'") == "manifest.ndjson\n")
        #expect(await shell("ls -A '\(folder.path)/core/.generations' | wc -l") == "2\n")
    }

    /// The tests may run as root, whom no permission keeps out; a loop of links keeps everybody out.
    @Test func whatMayNotBeLookedAtIsNotAbsent() throws {
        let loop = folder.path + "/loop"
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
        let path = loop + "/file"
        #expect(throws: StagingError.self) { try Files.exists(path) }
        #expect(throws: StagingError.self) { try Files.isFolder(path) }
        #expect(throws: StagingError.self) { try Files.size(path) }
        #expect(throws: StagingError.self) { try Files.names(in: path) }
        #expect(throws: StagingError.self) { try Files.modified(path) }
        #expect(throws: StagingError.self) { try Files.totalSize(path) }
        #expect(throws: StagingError.self) { try Files.lastByte(path) }
        #expect(throws: StagingError.self) { try Files.read(path) }
        #expect(throws: StagingError.self) { try Files.remove(path) }
        // A folder of this kind is no entity that was never extracted.
        try Files.createFolder(Files.parent(of: matters.raw))
        try FileManager.default.createSymbolicLink(atPath: matters.raw, withDestinationPath: matters.raw)
        let error = #expect(throws: StagingError.self) { try RawManifest.read(matters) }
        #expect(error?.description.contains("cannot be read") == true && error?.code == .io)
        // There is nothing behind a file, nor behind a name that is not there.
        try Files.write([1], to: folder.path + "/plain")
        for path in ["plain/file", "gone", "gone/file"].map({ "\(folder.path)/\($0)" }) {
            #expect(try !Files.exists(path) && Files.size(path) == nil && Files.names(in: path) == [])
        }
    }

    @Test(arguments: [
        ("manifest.ndjson.tmp", true), ("manifest.ndjson.tmp4711", true), ("users.tmp4711", true),
        ("manifest.ndjson", false), ("part.tmpl", false), ("part.tmp4x", false), (".tmp", true), ("tmp", false),
        ("a.tmp.gz", false),
    ])
    func whatWasBeingWrittenIsKnownByItsName(_ name: String, _ expected: Bool) {
        #expect(Files.isTemporary(name) == expected)
    }

    @Test func whatKilledProcessesLeftBesideAFileIsFound() throws {
        for name in ["a.json", "a.json.tmp", "a.json.tmp12", "a.json.tmp12-journal", "a.json.tmpl", "b.json.tmp1"] {
            try Data().write(to: URL(fileURLWithPath: "\(folder.path)/\(name)"))
        }
        #expect(
            try Files.temporaries(of: folder.path + "/a.json")
                == [
                    "a.json.tmp", "a.json.tmp12", "a.json.tmp12-journal",
                ].map { "\(folder.path)/\($0)" })
        #expect(try Files.temporaries(of: folder.path + "/none/a.json").isEmpty)
    }

    @Test(arguments: [(0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z")])
    func instantsAreWrittenInUTC(_ seconds: Int64, _ text: String) {
        #expect(UTC.text(secondsSince1970: seconds) == text)
    }

    @discardableResult
    private func shell(_ command: String) async -> String {
        let ending = await Tool.run("sh", ["-c", command])
        #expect(ending.code == 0)
        return ending.text
    }
}
