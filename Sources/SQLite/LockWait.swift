#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The wait of one connection for locks that others hold. SQLite calls it again and again, on the connection's thread.
///
/// SQLite's own `busy_timeout` cannot be cut short by a stop.
public final class LockWait {
    /// Milliseconds that a statement waits unless something else is asked for.
    public static let usual: Int32 = 5_000

    /// The first waits are short, as most locks are.
    private static let steps: [Int32] = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50]

    var milliseconds: Int32
    private var isWanted: (@Sendable () -> Bool)?
    private var patience: Int32 = 0
    /// What the statement waited, by the pauses asked for: a slow machine gets as many attempts.
    private var waited: Int32 = 0

    init(milliseconds: Int32) { self.milliseconds = milliseconds }

    func stop(patience: Int32, when isWanted: @escaping @Sendable () -> Bool) {
        self.patience = patience
        self.isWanted = isWanted
    }

    var isStopped: Bool { isWanted?() == true }

    /// Pauses before another attempt; false: no further one.
    private func pause(before attempt: Int) -> Bool {
        if attempt == 0 { waited = 0 }
        let step = Self.steps[min(attempt, Self.steps.count - 1)]
        if isStopped {
            guard patience > 0 else { return false }
            patience -= step
        } else {
            guard waited < milliseconds else { return false }
            waited += step
        }
        usleep(UInt32(step) * 1_000)
        return true
    }

    static let handler: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Int32 = { context, attempt in
        guard let context else { return 0 }
        return Unmanaged<LockWait>.fromOpaque(context).takeUnretainedValue().pause(before: Int(attempt)) ? 1 : 0
    }
}
