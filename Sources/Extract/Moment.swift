internal import Staging

/// Instants and dates as Clio writes them, as far as windows need them.
enum Moment {
    /// Seconds since 1970 of `2025-08-14T00:15:35-04:00`, with `Z`, or of a plain date (its midnight in UTC).
    static func seconds(_ text: String) -> Double? {
        var bytes = Array(text.utf8)[...]
        func number(_ digits: Int) -> Int64? {
            guard bytes.count >= digits else { return nil }
            var value: Int64 = 0
            for byte in bytes.prefix(digits) {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            bytes = bytes.dropFirst(digits)
            return value
        }
        func take(_ allowed: String) -> UInt8? {
            guard let byte = bytes.first, allowed.utf8.contains(byte) else { return nil }
            bytes = bytes.dropFirst()
            return byte
        }
        guard let year = number(4), take("-") != nil, let month = number(2), take("-") != nil, let day = number(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let midnight = Double(UTC.days(year: year, month: month, day: day) * 86_400)
        if bytes.isEmpty { return midnight }
        guard take("Tt ") != nil, let hour = number(2), take(":") != nil, let minute = number(2) else { return nil }
        var seconds = midnight + Double(hour * 3600 + minute * 60)
        if take(":") != nil {
            guard let second = number(2) else { return nil }
            seconds += Double(second)
            if take(".") != nil { bytes = bytes.drop { (0x30...0x39).contains($0) } }
        }
        if take("Zz") != nil { return bytes.isEmpty ? seconds : nil }
        guard let sign = take("+-"), let hours = number(2) else { return nil }
        _ = take(":")
        guard let minutes = number(2), bytes.isEmpty else { return nil }
        let offset = Double(hours * 3600 + minutes * 60)
        return seconds + (sign == UInt8(ascii: "-") ? offset : -offset)
    }

    /// A timestamp, `2026-11-24T10:00:00Z`.
    static func timestamp(_ seconds: Double) -> String { UTC.text(secondsSince1970: Int64(seconds)) }
}
