/// Learns how many seconds Clio's rate window lasts.
///
/// Two facts bound the length. The time from one window's end to the next one's is at least a window: idle time and skipped
/// windows only make it longer, so the shortest counts. The time from an answer to its window's end is at most a window. It
/// can show a length above the fallback before the first window has ended.
struct WindowLength: Sendable {
    /// The length so far.
    private(set) var seconds: Double
    /// Whether answers showed it.
    var isLearned: Bool { changes > 0 }

    private let fallback: Double
    /// Changes of window that agree with the length.
    private var changes = 0
    /// Whether the Date header comes from another clock than the one that counts.
    private var isDateOff = false

    /// No window is longer: what lies farther ahead is a mistake.
    private static let longest = 3600.0
    /// Header times are whole seconds, cut or rounded.
    private static let slack = 2.0

    init(fallback: Double) {
        self.fallback = fallback
        seconds = fallback
    }

    /// An answer told a later end than the answers before.
    ///
    /// A server may count in a sliding window and tell a later end each time. So the old window must be over: the answer's
    /// own date says so, or requests became free again.
    mutating func note(from old: Double, to headers: RateHeaders, used: Int, usedBefore: Int) {
        let difference = headers.reset - old
        let isOver = headers.hasDate && headers.date >= old - Self.slack && headers.date < headers.reset
        let isFreed = used <= usedBefore / 2 && usedBefore - used >= 5
        if isOver || isFreed { isDateOff = !isOver }
        guard difference > Self.slack, difference <= Self.longest, isOver || isFreed else { return }
        // A pause makes the difference longer than a window: above the fallback, the rest of this window must say so too.
        let isSupported = headers.hasDate && headers.reset - headers.date >= difference - 2 * Self.slack
        guard difference <= max(fallback, seconds) + Self.slack || isSupported else { return }
        if changes == 0 || difference < seconds - Self.slack {
            seconds = (difference - fallback).magnitude <= Self.slack ? fallback : difference
            changes = 1
        } else if difference <= seconds + Self.slack {
            changes += 1
        }
    }

    /// An answer told the time left in its window, for the second time or later.
    mutating func note(rest headers: RateHeaders, tells: Int) {
        guard let rest = rest(headers, tells: tells), rest > seconds + Self.slack else { return }
        seconds = rest
        changes = 0
    }

    /// A window still runs so many seconds after an answer first told its end, though it was taken for over.
    mutating func note(running elapsed: Double) {
        guard elapsed > seconds / 2 else { return }
        seconds = min(Self.longest, 2 * elapsed)
        changes = 0
    }

    /// The farthest that a window's end can be away.
    func longest(_ headers: RateHeaders, tells: Int) -> Double {
        // A length that one change showed may be wrong.
        let known = changes > 1 ? seconds : max(seconds, fallback)
        return max(known, rest(headers, tells: tells) ?? 0)
    }

    /// Seconds left in the window; nil when the answer did not say so twice, as one header may be wrong.
    private func rest(_ headers: RateHeaders, tells: Int) -> Double? {
        let rest = headers.reset - headers.date
        return tells > 1 && headers.hasDate && !isDateOff && rest <= Self.longest ? rest : nil
    }
}
