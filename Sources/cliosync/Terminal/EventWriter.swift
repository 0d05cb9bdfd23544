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
