/// How often, and after which waits, a request to the store is tried again.
public struct StoreRetry: Sendable {
    /// Tries after the first.
    var maximumRetries = 6
    /// Seconds before the first retry, doubled with each.
    var base = 0.5
    /// The longest wait in seconds.
    var ceiling = 20.0

    /// The usual waits.
    public init() {}

    /// So many retries, from so many seconds on.
    public init(maximumRetries: Int, base: Double) {
        self.maximumRetries = maximumRetries
        self.base = base
    }

    /// The wait before a retry, half of it by chance; nil: it is time to give up.
    /// - Parameters:
    ///   - retry: 1 for the first one.
    ///   - random: a number in 0..<1.
    func delay(beforeRetry retry: Int, random: Double) -> Double? {
        guard (1...max(1, maximumRetries)).contains(retry), retry <= maximumRetries else { return nil }
        var full = base
        for _ in 1..<retry where full < ceiling { full *= 2 }
        full = min(full, ceiling)
        return full / 2 + full / 2 * random
    }
}
