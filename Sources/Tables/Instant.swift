internal import Staging

/// Instants of the clean layer.
package enum Instant {
    /// Milliseconds since 1970 of `YYYY-MM-DDTHH:MM:SS[.fff…]Z`; nil for any other text.
    package static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 20, text[text.count - 1] == UInt8(ascii: "Z") else { return nil }
        func number(_ start: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for index in start..<start + count {
                let digit = text[index] &- UInt8(ascii: "0")
                guard digit <= 9 else { return nil }
                value = value * 10 + Int64(digit)
            }
            return value
        }
        func has(_ byte: Unicode.Scalar, at index: Int) -> Bool { text[index] == UInt8(ascii: byte) }
        guard has("-", at: 4), has("-", at: 7), has("T", at: 10), has(":", at: 13), has(":", at: 16),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month)
        else { return nil }
        var fraction: Int64 = 0
        if text.count > 20 {
            guard has(".", at: 19), text.count > 21 else { return nil }
            // Digits after the third make no difference here.
            for place in 0..<3 {
                let digit = 20 + place < text.count - 1 ? number(20 + place, 1) : 0
                guard let digit else { return nil }
                fraction = fraction * 10 + digit
            }
        }
        let days = UTC.days(year: year, month: month, day: day)
        return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000 + fraction
    }
}
