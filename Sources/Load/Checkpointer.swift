internal import Dispatch
internal import SQLite
internal import Synchronization

/// Moves committed pages from the write-ahead log into the database on its own thread, while the writer continues:
/// what the disk takes its time for is mostly done when the last part is written.
final class Checkpointer: Sendable {
    private let connection: Mutex<SQLiteConnection>
    private let queue = DispatchQueue(label: "cliosync.load.checkpoint")
    private let isBusy = Atomic<Bool>(false)

    init(path: String) throws(SQLiteError) {
        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        try connection.setPragma("synchronous", to: "NORMAL")
        self.connection = Mutex(connection)
    }

    /// Begins a checkpoint unless one is under way; does not wait for it.
    func begin() {
        guard !isBusy.exchange(true, ordering: .acquiring) else { return }
        queue.async { [self] in
            // A failure (a full disk) is the writer's to report: its own checkpoint meets it, too.
            connection.withLock { try? $0.execute("PRAGMA wal_checkpoint(PASSIVE)") }
            isBusy.store(false, ordering: .releasing)
        }
    }

    /// Waits for the checkpoint that is under way.
    func finish() { queue.sync {} }
}
