/// Learns how many seconds Clio's rate window lasts.
///
/// The time from one window's end to the next one's is at least a window: idle time and skipped windows only make it
/// longer, so the shortest counts. The time during which answers tell the same end is less than a window, and so is, by the
/// Date header, the time from an answer to its window's end: without one of these, a longer time between two ends than the
/// fallback may be a pause.
struct WindowLength: Sendable {
    private let fallback: Double
    /// The shortest time between two ends; nil: none was seen.
    private var most: Double?
    /// Changes of window that agree with it.
    private var changes = 0
    /// The longest time during which requests were counted in one window.
    private var least = 0.0
    /// The farthest end by the Date header.
    private var rest = 0.0

    /// No window is longer: what lies farther ahead is a mistake.
    static let limit = 3600.0
    /// Header times are whole seconds, cut or rounded.
    private static let slack = 2.0

    init(fallback: Double) { self.fallback = fallback }

    /// Whether answers showed it.
    var isLearned: Bool { most != nil }

    /// The length so far.
    var seconds: Double {
        guard let most else {
            return max(least > fallback ? 2 * least : fallback, rest > fallback + Self.slack ? rest : 0)
        }
        if most < fallback - Self.slack { return most }
        return most > fallback + Self.slack && max(least, min(rest, most)) > fallback ? most : fallback
    }

    /// The farthest that a window's end can be away from an answer that tells it.
    var longest: Double {
        guard let most else { return max(seconds, rest) }
        // A length that one change showed may be wrong.
        return changes > 1 ? most : max(most, fallback)
    }

    /// An answer told a later end than the answers before.
    ///
    /// A server may count in a sliding window and tell a later end each time, and one answer may be wrong. So the old window
    /// must be over: the answer's own date says so, or requests became free again.
    /// - Returns: whether it is.
    mutating func note(from old: Double, to headers: RateHeaders, used: Int, usedBefore: Int, trustsDate: Bool) -> Bool
    {
        let isOver = trustsDate && headers.date >= old - Self.slack && headers.date < headers.reset
        let isFreed = used <= usedBefore / 2 && usedBefore - used >= 5
        guard isOver || isFreed else { return false }
        note(difference: headers.reset - old)
        return true
    }

    /// So many seconds lie between two ends, or between an earlier moment and one: a window or more.
    mutating func note(difference: Double) {
        guard difference > Self.slack, difference <= Self.limit else { return }
        if let most, difference >= most - Self.slack {
            if difference <= most + Self.slack { changes += 1 }
        } else {
            most = difference
            changes = 1
            if least > difference + Self.slack { least = 0 }
        }
    }

    /// Whether the Date header shows more time left in a window than a window has, as far as known.
    var isDateDoubtful: Bool { rest > (most ?? fallback) + Self.slack }

    /// The Date header is from another clock than the one that counts.
    mutating func forgetDates() { rest = 0 }

    /// An answer told the time left in its window, for the second time or later: one header may be wrong.
    mutating func note(rest seconds: Double) {
        if seconds <= Self.limit { rest = max(rest, seconds) }
    }

    /// Requests were counted in the same window for so many seconds.
    mutating func note(running elapsed: Double) {
        guard elapsed <= Self.limit else { return }
        least = max(least, elapsed)
        if let most, least > most + Self.slack {
            self.most = nil
            changes = 0
        }
    }
}
