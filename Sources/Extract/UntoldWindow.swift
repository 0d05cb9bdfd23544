/// Learns how long a rate window lasts whose end no answer tells: from counts that start again, and from refusals.
///
/// A count that is no higher than one that was seen before its request was sent is of a later window. The time from the last
/// request of the window before the last one to that answer is a window or more; the shortest such time counts
/// (`WindowLength`). A refusal of requests that kept to the limit shows that the window is longer than thought, and
/// `Retry-After` when it ends.
struct UntoldWindow: Sendable {
    /// The window of the latest counts.
    struct Count: Sendable {
        /// The highest count that an answer showed.
        var used: Int
        /// When that was.
        var seenAt: Double
        /// When the first answer of the window came, and when its request was sent.
        let first: Double
        let firstSent: Double
        /// When the latest request that is known to be of the window was sent.
        var lastSent: Double
        /// The same of the window before; nil: it was not seen.
        let before: Double?
    }

    private(set) var count: Count?
    /// When the latest answered requests were sent, as many as one window may hold and one more.
    private var sent: [Double] = []
    /// The window's end that a refusal told.
    private var lastEnd: Double?

    /// Times are told in whole seconds.
    private static let slack = 2.0

    /// An answer told a count without the window's end.
    mutating func note(limit: Int, remaining: Int, sentAt: Double, now: Double, length: inout WindowLength) {
        let used = limit - remaining
        guard var current = count else {
            count = Count(used: used, seenAt: now, first: now, firstSent: sentAt, lastSent: sentAt, before: nil)
            return
        }
        if used > current.used {
            // An answer out of the window before may be late.
            guard sentAt >= current.firstSent else { return }
            current.used = used
            current.seenAt = now
        } else if sentAt >= current.seenAt {
            // Most requests became free; in a sliding window some do with each second.
            if let before = current.before, used <= current.used / 2, current.used - used >= 5 {
                length.note(difference: now - before)
            }
            count = Count(
                used: used, seenAt: now, first: now, firstSent: sentAt, lastSent: sentAt, before: current.lastSent)
            return
        }
        current.lastSent = max(current.lastSent, sentAt)
        length.note(running: current.lastSent - current.first)
        count = current
    }

    /// An answer came; its request counts.
    mutating func answered(sentAt: Double, keeping limit: Int) {
        sent.append(sentAt)
        if sent.count > 2 * limit + 2 { sent.removeFirst(sent.count - limit - 1) }
    }

    /// Clio refused a request for the rate; it was reported as answered before.
    mutating func refused(retryAfter: Double?, limit: Int, now: Double, length: inout WindowLength) {
        let end = retryAfter.map { now + $0 }
        if let end {
            if let lastEnd, end > lastEnd + Self.slack { length.note(difference: end - lastEnd) }
            length.note(rest: end - now)
            lastEnd = end
        }
        // The window holds at least as many requests as the limit: it began before the first of them.
        guard sent.count > limit else { return }
        let began = sent[sent.count - 1 - limit]
        // Requests that were far between do not explain a refusal: others spend the same token.
        guard now - began > length.seconds, now - began <= 2 * length.seconds else { return }
        length.note(running: now - began)
        if let end { length.note(difference: end - began + Self.slack) }
    }
}
