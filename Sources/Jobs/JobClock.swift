internal import Foundation

/// Where the record's times come from: UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct JobClock: Sendable {
    /// The present time.
    public let now: @Sendable () -> String

    /// Makes a clock, for example one that a test can turn.
    public init(now: @escaping @Sendable () -> String) { self.now = now }

    /// The machine's clock.
    public static let system = JobClock {
        Date().formatted(.iso8601)
    }
}
