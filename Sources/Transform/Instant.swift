internal import Bytes
internal import Staging

/// Reads and writes Clio's dates and times; a pure function of the text.
enum Instant {
    /// A date `YYYY-MM-DD`, also when a time of day follows it, as days since 1970.
    @inline(__always)
    static func date(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 10, let days = days(text) else { return nil }
        if text.count == 10 { return days }
        // Clio's documents show some date fields with a time; the date is the one that is written.
        guard text[10] == UInt8(ascii: "T"), timestamp(text) != nil else { return nil }
        return days
    }

    /// `YYYY-MM-DDTHH:MM:SS`, a fraction if any, and `Z` or an offset, as seconds since 1970.
    static func timestamp(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard text.count >= 20, let days = days(text), text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
            let hour = two(text, 11), hour < 24, text[13] == UInt8(ascii: ":"),
            let minute = two(text, 14), minute < 60, text[16] == UInt8(ascii: ":"),
            let second = two(text, 17), second <= 60
        else { return nil }
        var position = 19
        if text[position] == UInt8(ascii: ".") {
            position += 1
            let start = position
            while position < text.count, digit(text[position]) != nil { position += 1 }
            guard position > start else { return nil }
        }
        guard position < text.count else { return nil }
        let local = days * 86_400 + hour * 3600 + minute * 60 + second
        let sign: Int64
        switch text[position] {
        case UInt8(ascii: "Z"): return position + 1 == text.count ? local : nil
        case UInt8(ascii: "+"): sign = 1
        case UInt8(ascii: "-"): sign = -1
        default: return nil
        }
        let rest = text.count - position - 1
        let minutePosition = rest == 5 ? position + 4 : position + 3
        guard rest == 4 || (rest == 5 && text[position + 3] == UInt8(ascii: ":")),
            let hours = two(text, position + 1), hours <= 23, let minutes = two(text, minutePosition), minutes < 60
        else { return nil }
        return local - sign * (hours * 3600 + minutes * 60)
    }

    /// `HH:MM` or `HH:MM:SS`.
    static func isTime(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count == 5 || text.count == 8, let hour = two(text, 0), hour < 24, text[2] == UInt8(ascii: ":"),
            let minute = two(text, 3), minute < 60
        else { return false }
        guard text.count == 8 else { return true }
        guard text[5] == UInt8(ascii: ":"), let second = two(text, 6) else { return false }
        return second <= 60
    }

    /// Years that can be written with four digits, which an offset may leave.
    static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// Appends `YYYY-MM-DD`.
    static func write(days: Int64, to buffer: inout ByteBuffer) {
        let date = UTC.civil(daysSince1970: days)
        buffer.reserve(10)
        let out = buffer.end
        put(date.year / 100, at: out)
        put(date.year % 100, at: out + 2)
        out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 4, as: UInt8.self)
        put(date.month, at: out + 5)
        out.storeBytes(of: UInt8(ascii: "-"), toByteOffset: 7, as: UInt8.self)
        put(date.day, at: out + 8)
        buffer.advance(10)
    }

    /// Appends `YYYY-MM-DDTHH:MM:SSZ`.
    static func write(seconds: Int64, to buffer: inout ByteBuffer) {
        let (days, second) = UTC.floorDivide(seconds, 86_400)
        write(days: days, to: &buffer)
        buffer.reserve(10)
        let out = buffer.end
        out.storeBytes(of: UInt8(ascii: "T"), as: UInt8.self)
        put(second / 3600, at: out + 1)
        out.storeBytes(of: UInt8(ascii: ":"), toByteOffset: 3, as: UInt8.self)
        put(second / 60 % 60, at: out + 4)
        out.storeBytes(of: UInt8(ascii: ":"), toByteOffset: 6, as: UInt8.self)
        put(second % 60, at: out + 7)
        out.storeBytes(of: UInt8(ascii: "Z"), toByteOffset: 9, as: UInt8.self)
        buffer.advance(10)
    }

    @inline(__always)
    private static func put(_ value: Int64, at out: UnsafeMutableRawPointer) {
        out.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ value / 10), as: UInt8.self)
        out.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ value % 10), toByteOffset: 1, as: UInt8.self)
    }

    @inline(__always)
    private static func days(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard let century = two(text, 0), let years = two(text, 2), text[4] == UInt8(ascii: "-"),
            let month = two(text, 5), (1...12).contains(month), text[7] == UInt8(ascii: "-"), let day = two(text, 8)
        else { return nil }
        let year = century * 100 + years
        guard day >= 1, day <= UTC.daysIn(month: month, year: year) else { return nil }
        return UTC.days(year: year, month: month, day: day)
    }

    @inline(__always)
    private static func two(_ text: UnsafeRawBufferPointer, _ position: Int) -> Int64? {
        guard let tens = digit(text[position]), let ones = digit(text[position + 1]) else { return nil }
        return tens * 10 + ones
    }

    @inline(__always)
    private static func digit(_ byte: UInt8) -> Int64? {
        let value = byte &- 48
        return value < 10 ? Int64(value) : nil
    }
}
