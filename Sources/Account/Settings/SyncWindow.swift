public import Bytes
internal import Foundation

/// The hours in which requests may be made (`SYNC_WINDOW`), by the wall clock of one time zone.
///
/// A window belongs to the day on which it opens; it may close on the next one. Where summer time makes the clocks jump
/// over an end, the jump is the end; where they show it twice, the first time counts.
public struct SyncWindow: Sendable, Equatable, CustomStringConvertible {
    /// Seconds after midnight at which it opens.
    public let opens: Int
    /// Seconds after midnight at which it closes; not above `opens`: on the next day.
    public let closes: Int
    let clock: ZoneClock
    /// As it was written: Foundation calls UTC by another name.
    let zoneName: String

    /// Reads `19:00-04:00 America/Los_Angeles`; seconds are allowed (`19:00:30`).
    /// - Throws: what is wrong with the text, without a variable's name.
    public init(_ text: String) throws(ConfigurationError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        let ends = words.first.map { $0.split(separator: "-", omittingEmptySubsequences: false) } ?? []
        guard words.count == 2, ends.count == 2 else {
            throw ConfigurationError("expected FROM-TO ZONE, for example 19:00-04:00 America/Los_Angeles")
        }
        guard let opens = Self.seconds(ends[0]), let closes = Self.seconds(ends[1]) else {
            throw ConfigurationError("expected two times of day from 00:00 to 24:00, for example 19:00-04:00")
        }
        guard opens != closes else {
            throw ConfigurationError("the window begins and ends at the same time; leave it empty for the whole day")
        }
        let zone = try ZoneClock.zone(named: String(words[1]))
        self.opens = opens
        self.closes = closes
        clock = ZoneClock(zone: zone)
        zoneName = String(words[1])
    }

    private static func seconds(_ text: Substring) -> Int? { ZoneClock.second(of: text).map { $0 % 86_400 } }

    /// When the window that is open at an instant (seconds since 1970) closes; nil: none is open.
    public func closing(at instant: Double) -> Double? {
        let today = clock.day(instant)
        for day in [today - 1, today] {
            let (from, to) = interval(day)
            if from <= instant && instant < to { return to }
        }
        return nil
    }

    /// When it opens next; the instant itself while it is open.
    public func opening(from instant: Double) -> Double {
        if closing(at: instant) != nil { return instant }
        let today = clock.day(instant)
        for day in today - 1...today + 2 where interval(day).from > instant { return interval(day).from }
        return instant
    }

    private func interval(_ day: Int) -> (from: Double, to: Double) {
        (clock.instant(day: day, second: opens), clock.instant(day: closes > opens ? day : day + 1, second: closes))
    }

    /// `19:00-04:00 America/Los_Angeles`.
    public var description: String {
        "\(ZoneClock.text(second: opens))-\(ZoneClock.text(second: closes)) \(zoneName)"
    }

    /// When it opens, for people: `19:00 America/Los_Angeles`.
    public var openingText: String { "\(ZoneClock.text(second: opens)) \(zoneName)" }
}
