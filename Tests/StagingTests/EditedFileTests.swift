import Bytes
import Foundation
import Testing

/// Whatever lies where a file that people edit is expected: it is read, or there is one reason why not, and no wait without end.
@Suite final class EditedFileTests {
    private let folder = NSTemporaryDirectory() + "/edited-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func path(_ name: String) -> String { folder + "/" + name }

    private func problem(_ path: String) -> EditedFile.Problem? {
        do throws(EditedFile.Problem) {
            _ = try EditedFile.read(path, limit: 1000, patience: 0.01)
            return nil
        } catch { return error }
    }

    @Test func aFileIsReadUpToItsLimit() throws {
        try Data(repeating: 65, count: 1000).write(to: URL(fileURLWithPath: path("a")))
        #expect(try EditedFile.read(path("a"), limit: 1000) == [UInt8](repeating: 65, count: 1000))
        try Data(repeating: 65, count: 1001).write(to: URL(fileURLWithPath: path("b")))
        #expect(problem(path("b")) == .tooLarge)
        #expect(problem("/dev/zero") == .tooLarge)
        #expect(try EditedFile.read("/dev/null", limit: 1000).isEmpty)
    }

    @Test func whatIsNoFileIsNamed() throws {
        #expect(problem(path("gone")) == .absent)
        #expect(problem(path("gone/below")) == .absent)
        #expect(problem(folder) == .system(EISDIR))
        try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: path("gone"))
        #expect(problem(path("link")) == .brokenLink)
        try FileManager.default.createSymbolicLink(atPath: path("loop"), withDestinationPath: path("loop"))
        #expect(problem(path("loop")) == .system(ELOOP))
    }

    /// Programs that keep secrets hand them over through a pipe.
    @Test func aPipeIsReadWhenAProgramWritesToIt() throws {
        #expect(mkfifo(path("pipe"), 0o600) == 0)
        #expect(problem(path("pipe")) == .silentPipe)
        let pipe = path("pipe")
        Thread.detachNewThread {
            // Waits until it is read.
            let writer = open(pipe, O_WRONLY)
            for piece in ["CLIO_REGION", "=eu\n"] { _ = piece.withCString { write(writer, $0, strlen($0)) } }
            close(writer)
        }
        #expect(try EditedFile.read(pipe, limit: 1000, patience: 60) == Array("CLIO_REGION=eu\n".utf8))
    }
}
