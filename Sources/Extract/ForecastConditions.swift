extension ExtractForecast {
    /// The world that the extract runs in.
    public struct Conditions: Sendable {
        /// The state of the budget now.
        public var governor: RateGovernor
        /// What it keeps to.
        public var settings: RateGovernor.Settings
        /// The governor's clock.
        public var now: Double
        /// Seconds since 1970.
        public var wall: Double
        /// Seconds from sending a request to its answer.
        public var latency: Double
        /// Seconds until a page is durable and the next one is asked for.
        public var pageWork = 0.02
        /// Clio's limit per window at a moment, seconds since 1970.
        public var limit: @Sendable (Double) -> Int
        /// Until when no request may go at a moment; nil: they may.
        public var heldUntil: @Sendable (Double) -> Double? = { _ in nil }
        /// Rows after which a list without an order ends, and the most that a time window is planned for.
        public var offsetLimit = 10_000
        /// The most rows that a time window is planned for.
        public var windowSize = 9_000

        /// Conditions as the budget's settings make them.
        public init(
            governor: RateGovernor, settings: RateGovernor.Settings, now: Double, wall: Double, latency: Double,
            limit: @escaping @Sendable (Double) -> Int
        ) {
            self.governor = governor
            self.settings = settings
            self.now = now
            self.wall = wall
            self.latency = latency
            self.limit = limit
        }
    }

    /// What comes of it.
    public struct Outcome: Sendable, Equatable {
        /// Requests of each list, in the order given.
        public var requests: [Int]
        /// Seconds until each list is there.
        public var seconds: [Double]
        /// Seconds until all of them are.
        public var total: Double
        /// Seconds of that outside of the hours for requests.
        public var held: Double
    }
}
