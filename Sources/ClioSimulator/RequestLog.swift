internal import Foundation
internal import Synchronization

/// The requests so far: the newest in memory, all of them in a file if one is named.
final class RequestLog: Sendable {
    private struct State {
        var records: [RequestRecord] = []
        var dropped = 0
        var file: FileHandle?
    }

    private static let kept = 100_000
    private let state: Mutex<State>

    init(path: String?) throws(SimulatorError) {
        var file: FileHandle?
        if let path {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
            file = FileHandle(forWritingAtPath: path)
            if file == nil { throw SimulatorError.unwritable(path) }
        }
        state = Mutex(State(file: file))
    }

    func append(_ record: RequestRecord) {
        state.withLock { state in
            state.records.append(record)
            if state.records.count > RequestLog.kept {
                state.records.removeFirst(RequestLog.kept / 2)
                state.dropped += RequestLog.kept / 2
            }
            // A full disk must not stop the simulator: the log ends there.
            try? state.file?.write(contentsOf: Data(record.line + [0x0A]))
        }
    }

    var count: Int {
        state.withLock { $0.records.count + $0.dropped }
    }

    var records: [RequestRecord] {
        state.withLock { $0.records }
    }
}
