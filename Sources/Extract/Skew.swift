internal import Staging

/// How far ids and creations of a list are out of step, as far as its pages have shown.
struct Skew: Sendable, Equatable {
    /// The most that a record was created before one with a lower id, seconds.
    private(set) var seconds: Double

    /// How much farther than seen before they may be out of step.
    static let margin = 1.2
    /// A century: a list is never out of step by more.
    static let mostHours = 876_600

    init(hours: Int) { seconds = Double(hours) * 3600 }

    /// Seconds after which no earlier record can follow.
    var reach: Double { seconds * Self.margin }

    /// For the journal: rounded up to hours, so that it has few of these.
    var event: ListEvent { .skew(hours: min(Int((seconds / 3600).rounded(.up)), Self.mostHours)) }

    /// Learns from a page.
    mutating func note(_ page: CutPage) { seconds = max(seconds, page.displacement) }
}
