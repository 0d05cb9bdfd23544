/// How far a run was at one moment: a row of `run_samples`. All counters start at 0 with the run.
public struct RunSample: Sendable, Equatable {
    /// Seconds since 1970.
    public var time: Double
    /// Requests that Clio answered.
    public var requests: Int
    /// Records that were fetched.
    public var records: Int
    /// Seconds in which the run waited for the rate limit or for its window.
    public var waitedSeconds: Double
    /// Requests a minute that were permitted; nil: not known yet.
    public var budgetPerMinute: Int?

    /// A sample from its values.
    public init(
        time: Double, requests: Int = 0, records: Int = 0, waitedSeconds: Double = 0, budgetPerMinute: Int? = nil
    ) {
        self.time = time
        self.requests = requests
        self.records = records
        self.waitedSeconds = waitedSeconds
        self.budgetPerMinute = budgetPerMinute
    }
}

/// Decides which samples of a run are kept: one every five seconds, and each time there are too many, every second one of
/// them is deleted and the interval doubles. A run of an hour and one of a week have about as many samples.
public struct RunSampler: Sendable {
    /// The most samples of a run.
    public static let most = 240

    /// What to do with a sample.
    public enum Step: Sendable, Equatable {
        /// It comes too early.
        case skip
        /// Keep it.
        case keep
        /// Keep it, then delete every second sample, the newest of all stays.
        case keepAndThin
    }

    private var interval = 5.0
    private var count = 0
    private var last: Double?

    /// A sampler of a run that has no samples.
    public init() {}

    /// Offers a sample.
    /// - Parameter isLast: the run ends: the sample is kept, however early it comes.
    public mutating func offer(at time: Double, isLast: Bool = false) -> Step {
        if let last, time - last < interval, !isLast { return .skip }
        last = time
        count += 1
        guard count > Self.most else { return .keep }
        count = (count + 1) / 2
        interval *= 2
        return .keepAndThin
    }
}
