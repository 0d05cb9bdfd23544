/// Every knob of the extract stage.
public struct ExtractSettings: Sendable {
    /// Scheme and host (and port), for example `https://app.clio.com`; the API is below `/api/v4`.
    public var baseURL = "https://app.clio.com"

    /// Seconds for a whole exchange (`SYNC_REQUEST_TIMEOUT_MS`).
    public var requestTimeout = 30.0
    /// Seconds to establish a connection.
    public var connectTimeout = 10.0
    /// Seconds without a byte after which a transfer counts as stalled.
    public var stallTimeout = 25.0
    /// The largest page, inflated.
    public var maximumBodyBytes = 256 << 20
    /// Trusted certificates instead of this machine's own, a PEM file.
    public var certificateFile: String?

    /// The part of Clio's limit that is used, 0-1 (`SYNC_QUOTA_SHARE`).
    public var share = RateGovernor.Settings().share
    /// A limit of our own beside it (`SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE`).
    public var requestsPerMinute: Int?
    /// Requests that may start at once (`SYNC_RATE_LIMIT_BURST`).
    public var burst = RateGovernor.Settings().burst
    /// Requests under way at a time (`SYNC_MAX_CONCURRENT_REQUESTS`).
    public var concurrency = RateGovernor.Settings().concurrency
    /// Where the budget that all processes of this user share lies, one file per token; nil: not shared.
    public var budgetFolder: String?

    /// Until when (seconds since 1970) no request may go at the time that is given; nil: requests may go.
    public var heldUntil: (@Sendable (Double) -> Double?)?

    /// Is told of each wait, until when (seconds since 1970) nothing is sent; of short ones only where a request is tried
    /// again.
    public var onWait: (@Sendable (Double) -> Void)?
    /// The key of masks (`SYNC_MASK_KEY`); nil: that in the firm's folder.
    public var maskKey: String?
    /// Whether a person asked for a stop: every wait of the client ends then.
    public var isStopping: @Sendable () -> Bool = { false }
    /// Seconds that a request under way has for its answer after a stop.
    public var stopPatience = 0.5

    /// Tries after the first one of a request that failed for a passing reason.
    public var maximumRetries = 5
    /// Records per page by entity name, instead of the pipeline's.
    public var batchSizes: [String: Int] = [:]
    /// Rows after which a list without an order ends.
    public var offsetLimit = 10_000
    /// The most rows that a time window is planned for.
    public var windowSize = 9_000
    /// Windows of one entity that are fetched at once.
    public var parallelWindows = 4

    /// The defaults.
    public init() {}
}
