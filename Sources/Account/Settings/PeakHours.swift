internal import Foundation

/// When Clio's lower limit holds in a region, as Clio documents it. Outside of these hours more
/// is allowed; how much, only the answers' headers say.
public struct PeakHours: Sendable, Equatable {
    /// Requests a minute and token that Clio documents for peak hours.
    public static let documentedLimit = 50

    /// Seconds after midnight.
    public let from: Int
    /// Seconds after midnight, the same day.
    public let to: Int
    /// Whether Saturday and Sunday have none.
    public let weekdaysOnly: Bool
    let clock: ZoneClock

    init?(_ from: Int, _ to: Int, _ zone: String, weekdaysOnly: Bool) {
        guard let zone = TimeZone(identifier: zone) else { return nil }
        self.from = from * 3600
        self.to = to * 3600
        self.weekdaysOnly = weekdaysOnly
        clock = ZoneClock(zone: zone)
    }

    /// Those of `us`, `ca`, `eu` or `au`; nil for anything else.
    public static func of(region: String) -> PeakHours? {
        switch region {
        case "us", "ca": PeakHours(4, 19, "America/Los_Angeles", weekdaysOnly: true)
        case "eu": PeakHours(7, 22, "GMT", weekdaysOnly: false)
        case "au": PeakHours(6, 21, "Australia/Sydney", weekdaysOnly: false)
        default: nil
        }
    }

    private func hasPeak(_ day: Int) -> Bool { !weekdaysOnly || (1...5).contains(ZoneClock.weekday(day: day)) }

    /// The time zone of these hours.
    public var zone: String { clock.zone.identifier }

    /// Whether the lower limit holds at an instant, seconds since 1970.
    public func isPeak(at instant: Double) -> Bool {
        let day = clock.day(instant)
        return hasPeak(day) && clock.instant(day: day, second: from) <= instant
            && instant < clock.instant(day: day, second: to)
    }

    /// When that changes next.
    public func change(after instant: Double) -> Double {
        let today = clock.day(instant)
        for day in today...today + 7 where hasPeak(day) {
            for second in [from, to] {
                let moment = clock.instant(day: day, second: second)
                if moment > instant { return moment }
            }
        }
        return .infinity
    }

    /// `04:00-19:00 America/Los_Angeles, Monday to Friday`.
    public var text: String {
        "\(ZoneClock.text(second: from))-\(ZoneClock.text(second: to)) \(zone)"
            + (weekdaysOnly ? ", Monday to Friday" : "")
    }

    /// An instant in the region's own time, for people.
    public func localText(_ instant: Double) -> String { clock.text(instant) }
}
