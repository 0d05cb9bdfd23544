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
        _ path: String, limit: Int? = nil, room: Int = 1000
    ) throws -> [UInt8] {
        let reader = try GzipReader(path: path, limit: limit)
        var output = ByteBuffer()
        while try reader.read(into: &output, room: room) > 0 {}
        return output.array()
    }

    @Test func membersAreReadOneAfterTheOther() async throws {
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
        #expect(await Tool.run("gzip", ["-t", path]).code == 0)
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

    private func pack(_ bytes: [UInt8]) throws -> [UInt8] { try bytes.withUnsafeBytes { try gzipCompress($0) } }

    /// What Debian's gzip, which has an implementation of its own, makes of bytes.
    private func packByGzip(_ bytes: [UInt8]) async throws -> [UInt8] {
        try write(bytes, to: path + ".plain")
        defer { try? FileManager.default.removeItem(atPath: path + ".plain") }
        let gzip = await Tool.run("gzip", ["-1nc", path + ".plain"])
        #expect(gzip.code == 0)
        return [UInt8](gzip.output)
    }

    /// The largest member is inflated by zlib in pieces, the others whole by libdeflate.
    @Test func membersOfAnySizeAndOfOtherProgramsAreRead() async throws {
        let path = temporaryFile()
        // 9 MB inflate to more than a member may have in memory; 5 MB that do not shrink are larger than the window.
        let pieces = [
            [], content(300, dense: true), content(9 << 20, dense: false), [], content(5 << 20, dense: true),
            content(100_000, dense: false), [],
        ]
        var packedByGzip: [UInt8] = []
        for piece in pieces { packedByGzip += try await packByGzip(piece) }
        for packed in [try pieces.flatMap(pack), packedByGzip] {
            try write(packed, to: path)
            #expect(try inflate(path, room: 1 << 18) == pieces.flatMap { $0 })
            #expect(await gunzip(path) == pieces.flatMap { $0 })
        }
    }

    /// What Debian's gzip makes of a file.
    private func gunzip(_ path: String) async -> [UInt8] {
        let gzip = await Tool.run("gzip", ["-dc", path])
        #expect(gzip.code == 0)
        return [UInt8](gzip.output)
    }

    /// Members that libdeflate inflates, and one that goes to zlib.
    @Test(arguments: [200_000, 9 << 20])
    func damagedAndCutMembersAreToldApart(size: Int) throws {
        let path = temporaryFile()
        let good = try pack(content(50_000, dense: false))
        let last = try pack(content(size, dense: true))
        for cut in [1, 8, last.count / 2, last.count - 5] {
            try write(good + last.dropLast(cut), to: path)
            let error = #expect(throws: GzipError.self) { try inflate(path) }
            #expect(error?.code == .truncated, "\(cut)")
        }
        for position in [0, 2, last.count - 3, last.count - 7] {
            var bad = last
            bad[position] ^= 0x40
            try write(good + bad + good, to: path)
            let error = #expect(throws: GzipError.self) { try inflate(path) }
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
