#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The time as the stage sees it, so that tests can turn it.
public struct ExtractClock: Sendable {
    /// Seconds by a clock that never goes back; its zero has no meaning.
    public var now: @Sendable () -> Double
    /// Seconds since 1970 by this machine's clock.
    public var wall: @Sendable () -> Double
    /// Returns after so many seconds, or at once when the task is cancelled.
    public var sleep: @Sendable (Double) async -> Void
    /// A number in 0..<1, for jitter.
    public var random: @Sendable () -> Double

    /// A clock made of its four parts.
    public init(
        now: @escaping @Sendable () -> Double, wall: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (Double) async -> Void, random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.wall = wall
        self.sleep = sleep
        self.random = random
    }

    /// The real time.
    public static let system = ExtractClock(
        now: { seconds(of: CLOCK_MONOTONIC) }, wall: { seconds(of: CLOCK_REALTIME) },
        sleep: { seconds in
            // A cancelled task has no reason to sleep on; the caller looks at the cancellation itself.
            try? await Task.sleep(nanoseconds: UInt64(min(max(0, seconds), 1e6) * 1e9))
        },
        random: { Double.random(in: 0..<1) })

    /// Sleeps in slices, so that a stop takes effect at once.
    /// - Returns: false when it was stopped, or the task cancelled.
    func wait(_ seconds: Double, _ isStopping: () -> Bool) async -> Bool {
        let end = now() + seconds
        while true {
            if isStopping() || Task.isCancelled { return false }
            let left = end - now()
            if left <= 0 { return true }
            await sleep(min(left, 0.2))
        }
    }

    private static func seconds(of clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
