/// How far the clock that counts requests is from ours, as two bounds.
///
/// A request that was counted in a window had not yet met that window's end when it was sent; an answer out of a later
/// window shows that the end has passed. These two bounds hold whatever the Date header says. The Date header gives an
/// upper bound too, until an answer contradicts it: it is cut to whole seconds and is late by the way back.
///
/// Each bound is our time less the server's. It loosens slowly, as clocks drift.
struct CountingClock: Sendable {
    private struct Bound {
        var value: Double
        var at: Double
    }

    private var least: Bound?
    private var most: Bound?
    private var byDate: Bound?
    /// Whether an answer has shown that the Date header comes from another clock.
    private(set) var isDateRefuted = false

    /// Whether the end of a window was seen.
    var isProven: Bool { most != nil }

    /// Ends are told in whole seconds, cut or rounded.
    private static let rounding = 1.1
    private static let drift = 1e-4

    /// An answer told its date.
    mutating func note(date: Double, now: Double) {
        guard !isDateRefuted else { return }
        let sample = now - date
        if byDate.map({ sample < upper($0, now) }) ?? true { byDate = Bound(value: sample, at: now) }
    }

    /// A request sent at `sentAt` was counted in the window that ends at `reset`.
    mutating func isRunning(until reset: Double, sentAt: Double) {
        let sample = sentAt - reset
        guard least.map({ sample > lower($0, sentAt) }) ?? true else { return }
        least = Bound(value: sample, at: sentAt)
        if let date = byDate, sample > upper(date, sentAt) + 1 {
            byDate = nil
            isDateRefuted = true
        }
        // The server's clock was set.
        if let bound = most, sample > upper(bound, sentAt) + 1 { most = nil }
    }

    /// An answer came out of a later window than the one that ends at `reset`.
    mutating func hasEnded(_ reset: Double, now: Double) {
        let sample = now - reset
        guard most.map({ sample < upper($0, now) }) ?? true else { return }
        most = Bound(value: sample, at: now)
        if let bound = least, sample + 1 < lower(bound, now) { least = nil }
    }

    /// The end by our clock, never too early if the Date header is right; nil: not known.
    func latest(_ reset: Double) -> Double? {
        [most, byDate].compactMap { $0 }.map { latest(reset, $0) }.min()
    }

    /// Whether the end has passed, whatever the Date header says.
    func isCertainlyOver(_ reset: Double, now: Double) -> Bool { most.map { latest(reset, $0) <= now } ?? false }

    /// The end by our clock, never too late; nil: not known.
    func earliest(_ reset: Double, now: Double) -> Double? {
        least.map { reset + lower($0, now) - Self.rounding }
    }

    /// The server's time, as far as known.
    func server(_ now: Double) -> Double? {
        [most, byDate].compactMap { $0 }.map { upper($0, now) }.min().map { now - $0 }
    }

    private func latest(_ reset: Double, _ bound: Bound) -> Double {
        reset + upper(bound, reset + bound.value) + Self.rounding
    }

    private func upper(_ bound: Bound, _ now: Double) -> Double { bound.value + max(0, now - bound.at) * Self.drift }
    private func lower(_ bound: Bound, _ now: Double) -> Double { bound.value - max(0, now - bound.at) * Self.drift }
}
