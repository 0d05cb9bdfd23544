/// A server that counts requests in fixed windows and says in every answer what is left, as Clio does.
struct VirtualServer: Sendable {
    /// Seconds in a window.
    private let length: Double
    /// The server's clock less ours.
    private let offset: Double
    private var windowEnd: Double
    private var used: Int

    /// The server as its answers have shown it so far.
    init(_ governor: RateGovernor, _ conditions: ExtractForecast.Conditions) {
        length = governor.length
        offset = (governor.serverTime(conditions.now) ?? conditions.wall) - conditions.now
        windowEnd = governor.window.map { $0.isConfirmed ? $0.reset : 0 } ?? 0
        used = governor.window?.used ?? 0
    }

    /// The headers of the answer to a request.
    /// - Parameters:
    ///   - now: the governor's clock.
    ///   - limit: requests per window.
    ///   - latency: seconds until the answer.
    mutating func answer(now: Double, limit: Int, latency: Double) -> RateHeaders {
        let time = now + offset
        if time >= windowEnd {
            windowEnd = time.rounded(.down) + length
            used = 0
        }
        used += 1
        return RateHeaders(
            limit: limit, remaining: max(0, limit - used), reset: windowEnd.rounded(.up),
            date: (time + latency).rounded(.down))
    }
}
