package import JSON

/// Instants and dates as Clio and the journals write them.
package enum Moment {
    /// Seconds since 1970 of `2025-08-14T00:15:35-04:00`, with `Z`, or of a plain date (its midnight in UTC).
    package static func seconds(_ text: String) -> Double? {
        var text = text
        return text.withUTF8 { seconds(UnsafeRawBufferPointer($0)) }
    }

    /// The same of a text's UTF-8: a page has hundreds, so that it makes no copy.
    package static func seconds(_ text: UnsafeRawBufferPointer) -> Double? {
        var scan = Scan(text)
        guard let year = scan.number(4), scan.take("-"), let month = scan.number(2), scan.take("-"),
            let day = scan.number(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let midnight = Double(UTC.days(year: year, month: month, day: day) * 86_400)
        if scan.isAtEnd { return midnight }
        guard scan.take("T") || scan.take("t") || scan.take(" "), let hour = scan.number(2), scan.take(":"),
            let minute = scan.number(2)
        else { return nil }
        var seconds = midnight + Double(hour * 3600 + minute * 60)
        if scan.take(":") {
            guard let second = scan.number(2) else { return nil }
            seconds += Double(second)
            if scan.take(".") { scan.skipDigits() }
        }
        if scan.take("Z") || scan.take("z") { return scan.isAtEnd ? seconds : nil }
        let isBehind = scan.take("-")
        guard isBehind || scan.take("+"), let hours = scan.number(2) else { return nil }
        _ = scan.take(":")
        guard let minutes = scan.number(2), scan.isAtEnd else { return nil }
        let offset = Double(hours * 3600 + minutes * 60)
        return seconds + (isBehind ? offset : -offset)
    }

    /// A place in the text.
    private struct Scan {
        private let bytes: UnsafeRawBufferPointer
        private var position = 0

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func number(_ digits: Int) -> Int64? {
            guard bytes.count - position >= digits else { return nil }
            var value: Int64 = 0
            for byte in bytes[position..<position + digits] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            position += digits
            return value
        }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
            position += 1
            return true
        }

        mutating func skipDigits() {
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        }
    }

    /// A timestamp, `2026-11-24T10:00:00Z`.
    package static func timestamp(_ seconds: Double) -> String { UTC.text(secondsSince1970: Int64(seconds)) }
}

extension JSONValue {
    /// The instant that a valid string says.
    package var moment: Double? { kind == .string ? utf8.flatMap { Moment.seconds($0) } : nil }
}
