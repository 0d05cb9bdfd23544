import Dispatch
import Foundation
import Staging
import Synchronization
import Testing

/// Small files that several threads of a process write at once, as the phases of a run do.
@Suite final class SmallFileTests: Sendable {
    private let folder = NSTemporaryDirectory() + "/small-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func content(_ number: Int) -> [UInt8] { Array(String(repeating: "\(number),", count: 2_000).utf8) }

    /// Runs on eight threads, and returns how they ended.
    private func atOnce<T: Sendable>(_ body: @escaping @Sendable (Int) throws -> T) throws -> [T] {
        let results = Mutex<[Result<T, any Error>]>([])
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            let result = Result { try body(number) }
            results.withLock { $0.append(result) }
        }
        return try results.withLock { $0 }.map { try $0.get() }
    }

    @Test func aFileThatIsReplacedByManyIsThatOfOneOfThem() throws {
        let path = folder + "/replaced"
        for _ in 0..<20 {
            _ = try atOnce { try Files.write(self.content($0), to: path) }
            let found = try #require(try Files.read(path))
            #expect((0..<8).contains { content($0) == found })
            #expect(try Files.names(in: folder) == ["replaced"])
        }
    }

    @Test func aFileThatManyMakeIsMadeByOne() throws {
        for round in 0..<20 {
            let path = "\(folder)/made-\(round)"
            let made = try atOnce { try Files.create(self.content($0), at: path) ? $0 : nil }.compactMap(\.self)
            #expect(made.count == 1)
            #expect(try Files.read(path) == made.first.map(content))
            #expect(try !Files.create([1], at: path))
        }
        #expect(try Files.names(in: folder).count == 20)
    }
}
