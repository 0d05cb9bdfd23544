/// The calendar as arithmetic: a day is its distance from 1970-01-01.
enum CivilDate {
    /// Year, month and day of `day`.
    @inline(__always)
    static func parts(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }

    /// The day of a date; no check of its parts.
    static func day(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Reads `YYYY-MM-DD`; nil when it is not that or no such day exists.
    static func parseDay(_ text: some StringProtocol) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let dayOfMonth = Int(parts[2]),
            (1...12).contains(month), (1...31).contains(dayOfMonth)
        else { return nil }
        let result = day(year: year, month: month, day: dayOfMonth)
        return CivilDate.parts(result) == (year, month, dayOfMonth) ? result : nil
    }

    /// Reads an ISO 8601 instant, or a plain date as its midnight in UTC, as seconds since 1970; nil when it is neither.
    static func parseInstant(_ text: String) -> Int? {
        if text.utf8.count == 10 { return parseDay(text).map { $0 * 86_400 } }
        guard text.utf8.count >= 16 else { return nil }
        let separator = text.index(text.startIndex, offsetBy: 10)
        guard let day = parseDay(text[..<separator]), text[separator] == "T" || text[separator] == " " else {
            return nil
        }
        var clock = text[text.index(after: separator)...]
        var offset = 0
        if clock.last == "Z" || clock.last == "z" {
            clock = clock.dropLast()
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let digits = clock[clock.index(after: sign)...].filter { $0 != ":" }
            guard digits.count == 4, let value = Int(digits) else { return nil }
            offset = (value / 100 * 3600 + value % 100 * 60) * (clock[sign] == "-" ? -1 : 1)
            clock = clock[..<sign]
        }
        let parts = clock.split(separator: ".", maxSplits: 1)[0].split(separator: ":").map { Int($0) }
        guard parts.count >= 2, parts.count <= 3, let hour = parts[0], let minute = parts[1],
            let second = parts.count == 3 ? parts[2] : 0,
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        return day * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// An instant as HTTP's `Date` header wants it.
    static func httpDate(_ seconds: Int) -> String {
        let day = Int((Double(seconds) / 86_400).rounded(.down))
        let rest = seconds - day * 86_400
        let (year, month, dayOfMonth) = parts(day)
        let weekday = weekdays[((day % 7) + 7) % 7]
        return "\(weekday), \(two(dayOfMonth)) \(months[month - 1]) \(year) "
            + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
    }

    private static func two(_ value: Int) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
