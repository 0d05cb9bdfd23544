public import Bytes
internal import Foundation

/// When a digest of the week is sent (`SYNC_NOTIFY_DIGEST`): a day and a time of day by the clock of one zone.
public struct DigestSchedule: Sendable, Equatable, CustomStringConvertible {
    /// 0 is Sunday.
    private let weekday: Int
    private let second: Int
    private let clock: ZoneClock
    private let zoneName: String
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// Reads `Mon 08:00 America/Los_Angeles`.
    /// - Throws: what is wrong with the text, without a variable's name.
    public init(_ text: String) throws(ConfigurationError) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 3, let weekday = Self.days.firstIndex(where: { $0.lowercased() == words[0].lowercased() })
        else { throw ConfigurationError("expected DAY TIME ZONE, for example Mon 08:00 America/Los_Angeles") }
        guard let second = ZoneClock.second(of: words[1][...]), second < 86_400 else {
            throw ConfigurationError("expected a time of day from 00:00 to 23:59, for example 08:00")
        }
        self.weekday = weekday
        self.second = second
        clock = ZoneClock(zone: try ZoneClock.zone(named: words[2]))
        zoneName = words[2]
    }

    /// The last time at or before a moment, both in seconds since 1970.
    package func last(before now: Double) -> Double {
        let today = clock.day(now)
        for day in stride(from: today + 1, through: today - 8, by: -1) where ZoneClock.weekday(day: day) == weekday {
            let moment = clock.instant(day: day, second: second)
            if moment <= now { return moment }
        }
        return now - 7 * 86_400
    }

    /// A moment by its clock, for people.
    package func text(_ moment: Double) -> String { "\(clock.text(moment)) \(zoneName)" }

    /// `Mon 08:00 America/Los_Angeles`.
    public var description: String { "\(Self.days[weekday]) \(ZoneClock.text(second: second)) \(zoneName)" }
}
