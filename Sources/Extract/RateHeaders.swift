internal import HTTP
internal import Staging

/// What an answer says about the token's budget.
public struct RateHeaders: Sendable, Equatable {
    /// Requests per window.
    public let limit: Int
    /// Requests left in the window, this one taken off.
    public let remaining: Int
    /// The window's end, seconds since 1970 by the server's clock.
    public let reset: Double
    /// The server's clock when it answered, in whole seconds; this machine's when it did not say.
    public let date: Double
    /// Whether the answer told its date.
    public let hasDate: Bool

    /// Headers made up, for tests and tools.
    public init(limit: Int, remaining: Int, reset: Double, date: Double, hasDate: Bool = true) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
        self.date = date
        self.hasDate = hasDate
    }

    /// Reads them; nil when one of the three is missing or makes no sense.
    init?(_ headers: HTTPHeaders, wall: Double) {
        guard let (limit, remaining) = Self.count(headers), var reset = Self.number("X-RateLimit-Reset", headers),
            reset >= 0
        else { return nil }
        // Milliseconds, as others count: seconds would lie thousands of years ahead.
        if reset >= 100_000_000_000 { reset /= 1000 }
        guard reset < 100_000_000_000 else { return nil }
        self.limit = limit
        self.remaining = remaining
        let told = headers["Date"].flatMap(HTTPDate.seconds)
        date = told ?? wall.rounded(.down)
        hasDate = told != nil
        // Documented as an epoch; a small number can only be seconds from now.
        self.reset = reset < 1_000_000 ? date + Double(reset) : Double(reset)
    }

    /// Requests per window and those left in it; nil when one is missing or makes no sense.
    static func count(_ headers: HTTPHeaders) -> (limit: Int, remaining: Int)? {
        guard let limit = number("X-RateLimit-Limit", headers), limit > 0, limit <= 1_000_000_000,
            let remaining = number("X-RateLimit-Remaining", headers)
        else { return nil }
        return (limit, max(0, min(remaining, limit)))
    }

    private static func number(_ name: String, _ headers: HTTPHeaders) -> Int? {
        // Whole numbers by the documents; a fraction says no less.
        guard let value = headers[name].flatMap({ Double($0) }), value.magnitude < 1e15 else { return nil }
        return Int(value.rounded(.down))
    }
}
