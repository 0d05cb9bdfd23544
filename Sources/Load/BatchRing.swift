internal import Bytes
internal import Dispatch
internal import Synchronization
internal import Tables

/// Packed rows of one part on their way from the thread that reads to the thread that writes.
struct Batch: ~Copyable {
    var bytes = ByteBuffer(capacity: Batch.size + Batch.size / 4)
    /// Index into the list of parts.
    var part = 0
    /// Whether it is the last batch of its part.
    var endsPart = false
    /// What stopped the reader; no batch follows this one.
    var failure: LoadError?

    /// Bytes after which a batch is handed over.
    static let size = 1 << 19
}

/// A few batches that circulate between one reader and one writer; each waits for the other, so that memory
/// stays flat.
final class BatchRing: Sendable {
    private final class Slot: Sendable { let batch = Mutex(Batch()) }

    private let slots: [Slot]
    private let free: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)
    private let closed = Atomic<Bool>(false)

    init(count: Int = 6) {
        slots = (0..<count).map { _ in Slot() }
        // Signalled, not given as the initial value: libdispatch traps when a semaphore dies below that.
        free = DispatchSemaphore(value: 0)
        for _ in slots { free.signal() }
    }

    /// Runs the reader: calls `fill` with one empty batch after another until it returns false (that batch still
    /// counts) or the ring is closed.
    func read(_ fill: (inout Batch) -> Bool) {
        var next = 0
        var more = true
        while more {
            free.wait()
            if closed.load(ordering: .acquiring) { return }
            more = slots[next].batch.withLock { batch in
                batch.bytes.removeAll()
                batch.endsPart = false
                batch.failure = nil
                return fill(&batch)
            }
            filled.signal()
            next = (next + 1) % slots.count
        }
    }

    /// Runs the writer: calls `drain` with one full batch after another until it returns false.
    func write(_ drain: (borrowing Batch) throws -> Bool) throws {
        var next = 0
        var more = true
        while more {
            filled.wait()
            more = try slots[next].batch.withLock { batch in try drain(batch) }
            free.signal()
            next = (next + 1) % slots.count
        }
    }

    /// Ends the reader at its next batch; for a writer that has had enough.
    func close() {
        closed.store(true, ordering: .releasing)
        free.signal()
    }
}
