internal import Bytes
internal import Foundation

/// Wall-clock times of one time zone as instants, summer time both ways included.
struct ZoneClock: Sendable, Equatable {
    let zone: TimeZone

    /// Seconds that the zone is ahead of UTC at an instant.
    private func offset(_ instant: Double) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: instant))
    }

    /// Days since 1970-01-01 on the zone's calendar.
    func day(_ instant: Double) -> Int {
        let local = Int(instant.rounded(.down)) + offset(instant)
        return local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    }

    /// 0 is Sunday.
    static func weekday(day: Int) -> Int { ((day + 4) % 7 + 7) % 7 }

    /// The first instant at which the zone's clocks show this time of this day, or, where they jump over it, a later one.
    func instant(day: Int, second: Int) -> Double {
        let local = day * 86_400 + second
        // A change of the offset lies between these two, if there is one near.
        let offsets = [offset(Double(local) - 86_400), offset(Double(local) + 86_400)]
        let fitting = offsets.map { Double(local - $0) }.filter { Int($0) + offset($0) == local }
        if let first = fitting.min() { return first }
        // The clocks jump over it: the moment of the jump, to the second.
        var low = Double(local - (offsets.max() ?? 0)) - 7200
        var high = low + 5 * 3600
        while high - low > 0.5 {
            let middle = ((low + high) / 2).rounded(.down)
            if middle <= low { break }
            if Int(middle) + offset(middle) >= local { high = middle } else { low = middle }
        }
        return high
    }

    /// The seconds after midnight of `19:00` or `19:00:30`; 24:00 is one too.
    static func second(of text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isASCII) }) else {
            return nil
        }
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count, (0...24).contains(numbers[0]), (0...59).contains(numbers[1]),
            (0...59).contains(numbers.dropFirst(2).first ?? 0)
        else { return nil }
        let total = numbers[0] * 3600 + numbers[1] * 60 + (numbers.dropFirst(2).first ?? 0)
        return total <= 86_400 ? total : nil
    }

    /// The zone of this name. `TimeZone(identifier:)` takes much more than names of zones.
    static func zone(named name: String) throws(ConfigurationError) -> TimeZone {
        guard let zone = TimeZone(identifier: name), name.contains("/") || name == "UTC" else {
            throw ConfigurationError(
                "there is no time zone of that name; expected one such as America/Los_Angeles or UTC")
        }
        return zone
    }

    /// `19:00`, or `19:00:30` when there are seconds.
    static func text(second: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let tail = second % 60 == 0 ? "" : ":" + two(second % 60)
        return two(second / 3600) + ":" + two(second / 60 % 60) + tail
    }

    /// Day and time in this zone, for people: `Tue 24 Nov 19:00`.
    func text(_ instant: Double) -> String {
        let local = Int(instant.rounded()) + offset(instant)
        let day = self.day(instant.rounded())
        let date = Date(timeIntervalSince1970: Double(day) * 86_400)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .current
        let parts = calendar.dateComponents([.day, .month], from: date)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return "\(days[Self.weekday(day: day)]) \(parts.day ?? 1) \(months[((parts.month ?? 1) - 1) % 12]) "
            + Self.text(second: (local - day * 86_400) / 60 * 60)
    }
}
