/// What a process waits for.
public enum JobWait: Sendable, Equatable {
    /// The share of the rate limit that may be used is used up.
    case rateLimit
    /// Clio refused a request for the rate.
    case enforcedRateLimit
    /// As many requests are under way as allowed.
    case requestsUnderWay
    /// The first answer, which shows the limit.
    case firstAnswer
    /// The hours in which requests may be made; says when they begin, for people.
    case window(opening: String)
    /// What another version wrote.
    case other(String)

    private static let names: [(JobWait, String)] = [
        (.rateLimit, "rate limit"), (.enforcedRateLimit, "rate limit that Clio enforced"),
        (.requestsUnderWay, "requests under way"), (.firstAnswer, "first answer"),
    ]
    private static let window = "window, "

    /// Reads what the job record keeps.
    public init(text: String) {
        if text.hasPrefix(Self.window) {
            self = .window(opening: String(text.dropFirst(Self.window.count)))
        } else {
            self = Self.names.first { $0.1 == text }?.0 ?? .other(text)
        }
    }

    /// For people and for the job record: `rate limit`, `window, 19:00 America/Los_Angeles`.
    public var text: String {
        switch self {
        case .window(let opening): Self.window + opening
        case .other(let text): text
        default: Self.names.first { $0.0 == self }?.1 ?? ""
        }
    }

    /// Whether it is the hours that are waited for.
    public var isWindow: Bool {
        if case .window = self { true } else { false }
    }
}
