internal import Synchronization

/// A clock that can be moved forward, for what takes days.
final class ShiftedClock: Sendable {
    private let base: @Sendable () -> Double
    private let ahead = Mutex(0.0)

    init(_ base: @escaping @Sendable () -> Double) { self.base = base }

    /// Seconds since 1970.
    var now: Double { base() + ahead.withLock { $0 } }

    /// Moves it by so many seconds.
    func advance(by seconds: Double) { ahead.withLock { $0 += max(0, seconds) } }
}
