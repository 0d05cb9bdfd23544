import Bytes
import Foundation
import Gzip
import Testing

@Suite struct GzipTests {
    private func temporaryFile() -> String { NSTemporaryDirectory() + "/gzip-\(UUID().uuidString).gz" }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func inflate(_ path: String, limit: Int? = nil, room: Int = 1000) throws -> [UInt8] {
        let reader = try GzipReader(path: path, limit: limit)
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
        let gunzip = Process()
        gunzip.executableURL = URL(fileURLWithPath: "/bin/gzip")
        gunzip.arguments = ["-t", path]
        try gunzip.run()
        gunzip.waitUntilExit()
        #expect(gunzip.terminationStatus == 0)
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
