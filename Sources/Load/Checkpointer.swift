internal import Dispatch
internal import SQLite
internal import Synchronization

/// Moves committed pages from the write-ahead log into the database on its own thread, while the writer continues:
/// what the disk takes its time for is mostly done when the last part is written.
final class Checkpointer: Sendable {
    private let connection: Mutex<SQLiteConnection>
    private let queue = DispatchQueue(label: "cliosync.load.checkpoint")
    private let isBusy = Atomic<Bool>(false)
    /// Bytes of rows since the last checkpoint began.
    private let bytes = Atomic<Int>(0)

    /// A checkpoint is due after this many bytes of rows.
    private static let dueBytes = 24 << 20

    init(path: String) throws(SQLiteError) {
        let connection = try SQLiteConnection(path: path, mode: .readWrite)
        try connection.setPragma("synchronous", to: "NORMAL")
        self.connection = Mutex(connection)
    }

    /// Learns how many bytes of rows were written.
    func wrote(_ count: Int) { bytes.add(count, ordering: .relaxed) }

    /// Begins a checkpoint when enough was written since the last one.
    func beginIfDue() {
        if bytes.load(ordering: .relaxed) >= Self.dueBytes { begin() }
    }

    /// Begins a checkpoint unless one is under way; does not wait for it.
    func begin() {
        bytes.store(0, ordering: .relaxed)
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
