import Bytes
import Foundation
import Gzip
import TestSupport
import Testing

@Suite final class GzipTests {
    private let path = NSTemporaryDirectory() + "/gzip-\(UUID().uuidString).gz"

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private func temporaryFile() -> String { path }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func inflate(
        _ path: String, limit: Int? = nil, room: Int = 1000, engine: GzipEngine = .fastest
    ) throws -> [UInt8] {
        let reader = try GzipReader(path: path, limit: limit, engine: engine)
        var output = ByteBuffer()
        while try reader.read(into: &output, room: room) > 0 {}
        return output.array()
    }

    @Test func membersAreReadOneAfterTheOther() throws {
        let path = temporaryFile()
        let first = [UInt8]((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        let second = Array("the end\n".utf8)
        let packed =
            try first.withUnsafeBytes { try gzipCompress($0) } + second.withUnsafeBytes { try gzipCompress($0) }
        try write(packed, to: path)
        for room in [1, 7, 1 << 16] where room > 1 || packed.count < 200_000 {
            #expect(try inflate(path, room: room) == first + second)
        }
        // Other programs read it too.
        #expect(Tool.run("gzip", ["-t", path]).code == 0)
    }

    /// Bytes that hardly shrink, or that shrink a lot.
    private func content(_ count: Int, dense: Bool) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { index in
            guard dense else { return UInt8(truncatingIfNeeded: index / 1000) }
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    private func pack(_ bytes: [UInt8], _ engine: GzipEngine) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try gzipCompress($0, engine: engine) }
    }

    @Test("Each engine reads what each wrote: empty members, members beyond every buffer, one after the other")
    func engines() throws {
        let path = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        // 9 MB inflate to more than a member may have in memory; 5 MB that do not shrink are larger than the window.
        let pieces = [
            [], content(300, dense: true), content(9 << 20, dense: false), [], content(5 << 20, dense: true),
            content(100_000, dense: false), [],
        ]
        for writer in GzipEngine.available {
            try write(try pieces.flatMap { try pack($0, writer) }, to: path)
            for reader in GzipEngine.available {
                #expect(
                    try inflate(path, room: 1 << 18, engine: reader) == pieces.flatMap { $0 }, "\(writer) \(reader)")
            }
            #expect(gunzip(path) == pieces.flatMap { $0 })
        }
        #expect(GzipEngine.available.contains(GzipEngine.fastest))
    }

    /// What Debian's gzip makes of a file.
    private func gunzip(_ path: String) -> [UInt8] {
        let (code, bytes) = Tool.run("gzip", ["-dc", path])
        #expect(code == 0)
        return [UInt8](bytes)
    }

    @Test(
        "What is damaged or cut is told apart, by each engine, also behind good members",
        arguments: GzipEngine.available)
    func damage(engine: GzipEngine) throws {
        let path = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let good = try pack(content(50_000, dense: false), engine)
        let last = try pack(content(200_000, dense: true), engine)
        for cut in [1, 8, last.count / 2, last.count - 5] {
            try write(good + last.dropLast(cut), to: path)
            let error = #expect(throws: GzipError.self) { try inflate(path, engine: engine) }
            #expect(error?.code == .truncated, "\(cut)")
        }
        for position in [0, 2, last.count - 3, last.count - 7] {
            var bad = last
            bad[position] ^= 0x40
            try write(good + bad + good, to: path)
            let error = #expect(throws: GzipError.self) { try inflate(path, engine: engine) }
            #expect(error?.code == .corrupt, "\(position)")
        }
    }

    @Test func bytesBehindTheLimitDoNotExist() throws {
        let path = temporaryFile()
        let first = try Array("a\n".utf8).withUnsafeBytes { try gzipCompress($0) }
        try write(first + [1, 2, 3], to: path)
        #expect(try inflate(path, limit: first.count) == Array("a\n".utf8))
        #expect(throws: GzipError.self) { try inflate(path) }
    }

    @Test func aCutMemberIsTruncatedNotShort() throws {
        let path = temporaryFile()
        let whole = try [UInt8](repeating: 65, count: 100_000).withUnsafeBytes { try gzipCompress($0) }
        for cut in [whole.count - 1, whole.count - 8, whole.count / 2, 3] {
            try write(Array(whole[..<cut]), to: path)
            let error = #expect(throws: GzipError.self) { try inflate(path) }
            #expect(error?.code == .truncated)
        }
    }

    @Test func aFlippedBitIsCorrupt() throws {
        let path = temporaryFile()
        var whole = try [UInt8]("clients' secrets, many of them".utf8).withUnsafeBytes { try gzipCompress($0) }
        whole[whole.count - 6] ^= 1
        try write(whole, to: path)
        let error = #expect(throws: GzipError.self) { try inflate(path) }
        #expect(error?.code == .corrupt)
    }

    @Test func crcIsThatOfZlib() {
        #expect(Array("123456789".utf8).withUnsafeBytes { crc32($0) } == 0xCBF4_3926)
        let seed = Array("1234".utf8).withUnsafeBytes { crc32($0) }
        #expect(Array("56789".utf8).withUnsafeBytes { crc32($0, seed: seed) } == 0xCBF4_3926)
    }
}
