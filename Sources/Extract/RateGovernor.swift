/// Decides when the next request may go, from nothing but the answers' headers and the time it is given.
///
/// Clio counts per token in fixed windows. What it has counted by now is at most the highest count that an answer of the
/// window showed plus everything that is still under way: every answered request is in that count, and others who
/// spend the same token are too. As long as this bound stays within `share` of the limit, no answer can be a 429.
///
/// A request under way when a window ends may be counted on either side, and is: it stays in the bound until it is
/// answered. After a window's end the first answer must confirm the new one; until then what the old window has left
/// is the bound as well. `WindowLength` learns how long a window lasts, `CountingClock` when it ends by our clock.
public struct RateGovernor: Sendable {
    /// What it keeps to.
    public struct Settings: Sendable {
        /// The part of the limit that is spent, 0-1.
        public var share: Double
        /// The user's own limit of requests in any 60 seconds, whatever Clio allows.
        public var requestsPerMinute: Int?
        /// Requests that may start at once.
        public var burst: Int
        /// Requests under way at a time.
        public var concurrency: Int
        /// Seconds in a window until the answers show its length.
        public var window = 60.0
        /// Clio's documented limit, for answers without headers.
        public var fallbackLimit = 50

        /// Settings with a window of 60 seconds.
        public init(share: Double = 0.9, requestsPerMinute: Int? = nil, burst: Int = 10, concurrency: Int = 50) {
            self.share = share
            self.requestsPerMinute = requestsPerMinute
            self.burst = burst
            self.concurrency = concurrency
        }
    }

    /// What to do with a request that is ready.
    public enum Decision: Sendable, Equatable {
        /// Send it now; it is counted.
        case go
        /// Ask again at this time, or after the next answer if that comes earlier; infinity: after the next answer only.
        case wait(until: Double, WaitReason)
    }

    /// The window that answers tell of.
    struct Window: Sendable {
        /// Its end by the server's clock, as an answer told it or as it is expected.
        var reset: Double
        /// The latest end that an answer told, by the server's clock.
        var told: Double
        /// Its end by ours, never too early.
        var end: Double
        /// The highest count that an answer showed.
        var used: Int
        /// Whether an answer has told of it; otherwise it is only thought to have begun.
        var isConfirmed: Bool
        /// What the window before it had used, as long as this one is not confirmed.
        var usedBefore = 0
        /// Sent since it began, together with what was under way then.
        var sent = 0
        /// When an answer first told this end.
        var since: Double
        /// How many answers told this end.
        var tells = 1
        /// When it was taken for begun without an answer that says so.
        var expectedAt: Double?
        /// How often it was wrongly taken for over.
        var mistakes = 0
        /// Whether its spare request was sent.
        var isCalibrated = false
    }

    let settings: Settings
    /// Requests sent and not answered.
    public internal(set) var underWay = 0
    /// Clio's limit per window, once known.
    public internal(set) var limit: Int?
    /// When the latest request that told the limit was sent.
    var limitToldAt = -Double.infinity
    var window: Window?
    /// When requests ended whose answer told no count: they may have been counted.
    var uncounted: [Double] = []
    var pausedUntil = -Double.infinity
    /// One request at a time until an answer shows the limit.
    var isProbing = true
    private var tokens: Double
    private var tokensAt = -Double.infinity
    var clock = CountingClock()
    var windowLength: WindowLength
    /// What is known of the window as long as no answer tells its end.
    var untold = UntoldWindow()
    var isDateMissing = false
    /// Whether the last window began when the clocks said so.
    var areClocksProven = false
    /// When requests of the last minute were sent; kept only for the user's own limit.
    private var lastMinute: [Double] = []

    /// A window's end and length are told in whole seconds.
    static let resetSlack = 1.1
    /// A window's end by our clock is not looked for any closer.
    private static let closeEnough = 4.0
    /// Ends that lie closer together than this mean the same window.
    static let sameWindow = 2.0

    /// A governor that knows nothing of the limit yet.
    public init(_ settings: Settings) {
        self.settings = settings
        tokens = Double(settings.burst)
        windowLength = WindowLength(fallback: settings.window)
    }

    /// Seconds in a window, as far as known.
    public var length: Double { windowLength.seconds }

    /// Whether answers showed how long a window is.
    public var isLengthKnown: Bool { windowLength.isLearned }

    /// The time by the clock that counts, as far as known.
    func serverTime(_ now: Double) -> Double? { clock.server(now) }

    /// A limit with its window, for people; a window that is not learned yet is a minute or as long as the answers show.
    public func text(limit: Int) -> String {
        let seconds = Int(length.rounded())
        if seconds == 60 { return "\(limit) requests a minute" }
        return isLengthKnown ? "\(limit) requests per \(seconds) s" : "\(limit) requests per \(seconds) s or longer"
    }

    /// A count per window as requests a minute.
    public func perMinute(_ count: Int) -> Int {
        length == 60 ? count : max(1, Int((Double(count) * 60 / length).rounded(.down)))
    }

    /// What may be spent per window.
    public var budget: Int {
        let share = shareBudget
        return min(share, ownPerWindow ?? share)
    }

    /// The user's own limit for one window.
    private var ownPerWindow: Int? {
        settings.requestsPerMinute.map { max(1, Int(Double($0) * length / 60)) }
    }

    var shareBudget: Int { settings.budget(of: limit ?? settings.fallbackLimit) }

    /// Asks for one request at `now`.
    public mutating func ask(now: Double) -> Decision {
        if now < pausedUntil { return .wait(until: pausedUntil, .limited) }
        if underWay >= max(1, settings.concurrency) { return .wait(until: .infinity, .concurrency) }
        if isProbing && underWay > 0 { return .wait(until: .infinity, .firstAnswer) }
        if let own = settings.requestsPerMinute {
            lastMinute.removeAll { $0 + 60 <= now }
            if lastMinute.count >= max(1, own), let oldest = lastMinute.first {
                return .wait(until: oldest + 60, .budget)
            }
        }
        roll(now)
        var left: Int
        let end: Double
        if let window {
            let bound = window.used + underWay + uncounted.count
            var free = shareBudget - bound
            if !window.isConfirmed, let limit {
                // Should the old window still run, this much is left of it.
                let old = limit - window.usedBefore - window.sent
                let first = underWay == 0 ? 1 : 0
                let isOver = areClocksProven && clock.isCertainlyOver(window.told, now: now)
                free = min(free, isOver ? max(old, first) : first)
            }
            if let ownPerWindow { free = min(free, ownPerWindow - window.sent) }
            left = free
            end = window.end
            if let spare = spareRequestTime(now), left > 0, underWay == 0, now >= spare {
                self.window?.isCalibrated = true
                tokens = max(tokens, 1)
            } else if let spare = spareRequestTime(now) {
                left -= 1
                if left <= 0 { return .wait(until: underWay == 0 ? max(spare, now + 0.001) : end, .budget) }
            }
            if left <= 0 {
                // Answers may show that what is under way is counted already.
                return .wait(until: end, .budget)
            }
        } else {
            switch untoldShare(now) {
            case .wait(let until): return .wait(until: until, .budget)
            case .share(let requests, let until): (left, end) = (requests, until)
            }
        }
        return pace(left: left, end: end, now: now)
    }

    /// When one request that is kept back is to go, so that its answer shows more closely when windows end: in the middle
    /// between the earliest and the latest time; nil: none is needed, as the Date header shows it.
    private func spareRequestTime(_ now: Double) -> Double? {
        guard let window, window.isConfirmed, !window.isCalibrated, shareBudget >= 5,
            isDateMissing || clock.isDateRefuted || windowLength.isDateDoubtful,
            let earliest = clock.earliest(window.told, now: now)
        else { return nil }
        let open = window.end - max(earliest, window.since)
        guard open > max(Self.closeEnough, length * 0.04) else { return nil }
        let middle = window.end - open / 2
        // Until a window was seen to end, its length is likely to be the documented one.
        return clock.isProven ? middle : min(middle, max(window.since, earliest) + settings.window + Self.resetSlack)
    }

    /// A bucket of `burst` tokens, filled so that the window's budget is gone a quarter before its end.
    private mutating func pace(left: Int, end: Double, now: Double) -> Decision {
        let rate = Double(left) / max(end - now - length * 0.25, 1)
        let burst = Double(max(1, settings.burst))
        if tokensAt.isFinite { tokens = min(burst, tokens + max(0, now - tokensAt) * rate) }
        tokensAt = now
        // A timer may fire a rounding error too early.
        guard tokens >= 1 - 1e-6 else {
            return .wait(until: min(end, now + max((1 - tokens) / rate, 0.001)), .pace)
        }
        tokens -= 1
        underWay += 1
        window?.sent += 1
        if settings.requestsPerMinute != nil { lastMinute.append(now) }
        return .go
    }

    /// Expects the next window when the present one is over.
    mutating func roll(_ now: Double) {
        guard var current = window else {
            let whole = length + Self.resetSlack
            uncounted.removeAll { $0 + whole <= now }
            return
        }
        guard now >= current.end else { return }
        let whole = max(1, ((now - current.end) / length).rounded(.down) + 1)
        // A window that is not known to be over may last longer than thought.
        let isOver = whole > 1 && windowLength.isLearned && clock.isProven
        current.usedBefore =
            isOver ? 0 : current.isConfirmed ? current.used : max(current.used, current.usedBefore)
        current.expectedAt = current.end + (whole - 1) * length
        current.reset += whole * length
        current.end += whole * length
        current.used = 0
        current.isConfirmed = isOver
        current.sent = underWay
        window = current
        uncounted = []
        tokens = Double(max(1, settings.burst))
    }

    /// The present window's end by the server's clock and by ours, and what was sent in it; for a budget shared with
    /// other processes.
    var windowReset: Double? {
        window.flatMap { $0.isConfirmed && ($0.expectedAt == nil || windowLength.isLearned) ? $0.reset : nil }
    }
    var windowEnd: Double? { window?.end }
    var sentInWindow: Int { window?.sent ?? 0 }

    /// The request that the last `ask` let go was not sent after all.
    mutating func takeBack() {
        underWay = max(0, underWay - 1)
        window?.sent -= 1
        tokens += 1
        if !lastMinute.isEmpty { lastMinute.removeLast() }
    }
}

/// Why a request waits.
public enum WaitReason: String, Sendable {
    /// Clio answered 429.
    case limited
    /// As many requests are under way as allowed.
    case concurrency
    /// The first answer must show the limit.
    case firstAnswer
    /// The window's budget is spent.
    case budget
    /// Requests are spread over the window.
    case pace
    /// The user's own hours for requests have not begun.
    case hours
}
