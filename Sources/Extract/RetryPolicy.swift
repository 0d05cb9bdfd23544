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
    /// A wait of so many seconds is logged as a warning, whichever retry it is.
    public var longWait = 10.0

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

    /// An hour: what a server asks for beyond it is left to the next run.
    private static let longestDemand = 3600.0

    /// The same wait, but no shorter than a server asked for.
    /// - Parameter seconds: what it asked for; nil: nothing.
    public func delay(beforeRetry retry: Int, atLeast seconds: Double?, random: Double) -> Double? {
        guard let own = delay(beforeRetry: retry, random: random) else { return nil }
        // Maintenance takes longer than our own waits; not every client comes back at the same moment.
        return seconds.map { max(own, min($0, Self.longestDemand) + random) } ?? own
    }
}
