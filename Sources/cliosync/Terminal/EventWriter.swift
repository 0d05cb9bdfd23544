import Foundation
import JSON
import Staging
import Synchronization
import SyncManager

/// Writes events as NDJSON, each line in one piece. A run continues when they can no longer be written.
final class EventWriter: Sendable {
    private let output: OutputWriter
    private let isBroken = Mutex(false)

    /// Appends to a file, which only its owner can read; `-` is stdout.
    /// - Throws: `StagingError` when the file cannot be opened.
    init(path: String) throws {
        if path == "-" {
            output = .results
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StagingError(.io, "\(path): cannot be opened for events (\(String(cString: strerror(errno))))")
        }
        output = OutputWriter(descriptor: descriptor)
        if Self.endsInsideALine(path) { try? output.write("\n".utf8) }
    }

    /// Whether a machine that lost its power, or a disk that was full, left half a line: what follows it must not become
    /// part of it.
    private static func endsInsideALine(_ path: String) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size > 0 else { return false }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var last: UInt8 = 0
        return pread(file, &last, 1, off_t(facts.st_size - 1)) == 1 && last != UInt8(ascii: "\n")
    }

    func write(_ event: SyncEvent) {
        let line = event.json + "\n"
        isBroken.withLock { isBroken in
            guard !isBroken else { return }
            do throws(OutputWriter.Failure) {
                try output.write(line.utf8)
            } catch {
                isBroken = true
                if !error.isClosedPipe { Terminal.warning("events can no longer be written (\(error.description))") }
            }
        }
    }
}
