/// How often, and after which waits, a request that failed for a passing reason is tried again.
public struct RetryPolicy: Sendable {
    /// Tries after the first.
    public var maximumRetries: Int
    /// Seconds before the first retry, doubled with each.
    public var base = 1.0
    /// The longest wait in seconds.
    public var ceiling = 60.0
    /// From this retry on each is logged as a warning.
    public var warnsFrom = 3

    /// So many retries, with the usual waits.
    public init(maximumRetries: Int = 5) { self.maximumRetries = maximumRetries }

    /// The wait before a retry, in seconds: half fixed, half by chance, so that many clients do not come back at once.
    /// - Parameters:
    ///   - retry: 1 for the first one.
    ///   - random: a number in 0..<1.
    /// - Returns: nil when it is time to give up.
    public func delay(beforeRetry retry: Int, random: Double) -> Double? {
        guard retry >= 1, retry <= maximumRetries else { return nil }
        var full = base
        for _ in 0..<(retry - 1) where full < ceiling { full *= 2 }
        full = min(full, ceiling)
        return full / 2 + full / 2 * random
    }
}
