/// A fixed window of requests of one access token.
///
/// The window begins with the full second of its first request, so that the end told in `X-RateLimit-Reset`, which has
/// no fractions, is the true one when the window has none either.
struct RateWindow: Sendable {
    /// What the answer says about the window.
    struct Verdict: Sendable {
        var allowed: Bool
        var limit: Int
        var remaining: Int
        /// Seconds since 1970.
        var reset: Int
        /// Whole seconds until the window ends, at least 1.
        var retryAfter: Int
    }

    private var end = 0.0
    private var used = 0

    mutating func count(at now: Double, limit: Int, window: Double) -> Verdict {
        if now >= end {
            end = now.rounded(.down) + window
            if end <= now { end = now + window }
            used = 0
        }
        let allowed = used < limit
        if allowed { used += 1 }
        return Verdict(
            allowed: allowed, limit: limit, remaining: max(0, limit - used), reset: Int(end.rounded(.up)),
            retryAfter: max(1, Int((end - now).rounded(.up))))
    }
}
