/// Requests of a run.
public struct RequestSummary: Encodable, Sendable, Equatable {
    /// Requests sent.
    public var made = 0
    /// Requests tried again.
    public var retried = 0
    /// Requests that Clio refused for the rate (429).
    public var throttled = 0
    /// Requests a minute that may be made.
    public var budgetPerMinute: Double?
    /// Requests made per requests allowed, 0 to 1.
    public var utilisation: Double?

    private enum CodingKeys: String, CodingKey {
        case made, retried
        case throttled = "throttled_429"
        case budgetPerMinute, utilisation
    }

    /// No request was made.
    public init() {}
}
