/// The Date header's form, `Tue, 24 Nov 2026 10:00:00 GMT`.
package enum HTTPDate {
    /// Seconds since 1970; nil for any other form.
    package static func seconds(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(words[2])), let year = Int64(words[3]), (1...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").map { Double($0) ?? .nan }
        guard clock.count == 3 else { return nil }
        let seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
        guard seconds.isFinite else { return nil }
        return Double(UTC.days(year: year, month: Int64(month) + 1, day: day)) * 86_400 + seconds
    }
}
