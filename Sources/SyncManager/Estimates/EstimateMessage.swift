internal import Foundation

extension SyncEstimate {
    /// One sentence for the firm: what will be copied, what is usable when, and by when all of it is there.
    public var message: String {
        let days = EstimateClock(zone: timeZone, today: startsAt)
        let range = range
        var text = "We will copy your Clio account (\(records.grouped) records) from \(days.text(startsAt)) on"
        let steps = timeline.dropLast().map { milestone in
            let what = milestone.features.isEmpty ? [milestone.title] : milestone.features
            return "from about \(days.text(milestone.usableAt ?? endsAt)) "
                + what.map(Self.lowercased).joined(separator: ", ")
        }
        // Titles have commas and an "and" of their own.
        if !steps.isEmpty { text += ", and you can use it step by step: \(steps.joined(separator: "; "))" }
        text += "; everything will be there by about \(days.text(endsAt))"
        let earliest = startsAt + range.lowSeconds
        let latest = startsAt + range.highSeconds
        if days.text(earliest) != days.text(latest) {
            text += ", between \(days.text(earliest)) and \(days.text(latest))"
        }
        return text + " (times in \(days.zoneName))."
    }

    /// In the middle of a sentence; an abbreviation stays as it is.
    private static func lowercased(_ title: String) -> String {
        guard title.count > 1, title.dropFirst().first?.isLowercase == true else { return title }
        return title.prefix(1).lowercased() + title.dropFirst()
    }
}

/// Moments by the clock of a zone: only the time on the first day.
public struct EstimateClock: Sendable {
    private let zone: TimeZone
    private let today: Double

    /// - Parameters:
    ///   - zone: the name of a time zone; this machine's where there is none of that name.
    ///   - today: seconds since 1970: a moment of the day that goes without saying.
    public init(zone: String, today: Double) {
        self.zone = TimeZone(identifier: zone) ?? .current
        self.today = today
    }

    /// The zone's name, for people.
    public var zoneName: String { ["Etc/UTC", "GMT"].contains(zone.identifier) ? "UTC" : zone.identifier }

    /// `Mon 30 Nov 19:05`; `23:40` on the day of the beginning, which itself has its day.
    public func text(_ moment: Double) -> String {
        let hasDay = moment == today || day(moment) != day(today)
        return format(moment, hasDay ? "EEE d MMM HH:mm" : "HH:mm")
    }

    private func day(_ moment: Double) -> String { format(moment, "yyyy-MM-dd") }

    private func format(_ moment: Double, _ pattern: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = zone
        formatter.dateFormat = pattern
        return formatter.string(from: Date(timeIntervalSince1970: moment))
    }
}
