/// JSON as it is written: bytes, and the few ways in which values are put into them.
struct Output {
    var bytes: [UInt8] = []

    @inline(__always)
    mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    @inline(__always)
    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    mutating func raw(_ fragment: [UInt8]) {
        bytes.append(contentsOf: fragment)
    }

    mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    @inline(__always)
    mutating func quote() {
        bytes.append(0x22)
    }

    mutating func null() {
        raw("null")
    }

    mutating func bool(_ value: Bool) {
        if value { raw("true") } else { raw("false") }
    }

    mutating func int(_ value: Int) {
        if value < 0 {
            byte(0x2D)
            return unsigned(value.magnitude)
        }
        unsigned(UInt(value))
    }

    private mutating func unsigned(_ value: UInt) {
        var rest = value
        let start = bytes.count
        repeat {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// A decimal of `value` / 10^`places`, as Ruby prints a float: at least one digit after the point.
    mutating func decimal(_ value: Int, places: Int) {
        var scale = 1
        for _ in 0..<places { scale *= 10 }
        if value < 0 { byte(0x2D) }
        let magnitude = Int(value.magnitude)
        int(magnitude / scale)
        byte(0x2E)
        var rest = magnitude % scale
        repeat {
            scale /= 10
            byte(0x30 + UInt8(scale > 0 ? rest / scale : 0))
            rest = scale > 0 ? rest % scale : 0
        } while rest > 0
    }

    @inline(__always)
    private mutating func two(_ value: Int) {
        byte(0x30 + UInt8(value / 10))
        byte(0x30 + UInt8(value % 10))
    }

    /// `YYYY-MM-DD`, without quotes.
    mutating func plainDate(_ day: Int) {
        let (year, month, dayOfMonth) = CivilDate.parts(day)
        two(year / 100)
        two(year % 100)
        byte(0x2D)
        two(month)
        byte(0x2D)
        two(dayOfMonth)
    }

    mutating func date(_ day: Int?) {
        guard let day else { return null() }
        quote()
        plainDate(day)
        quote()
    }

    /// `HH:MM:SS`, without quotes, of a second of the day.
    mutating func plainClock(_ second: Int) {
        two(second / 3600)
        byte(0x3A)
        two(second / 60 % 60)
        byte(0x3A)
        two(second % 60)
    }

    /// An instant as the clock of one of several places shows it: Clio sends the offset of the user who wrote the record.
    mutating func instant(_ seconds: Int, draw: UInt64) {
        let zone = Output.zones[Int(draw & 7)]
        let local = seconds + zone.offset
        let day = (local >= 0 ? local : local - 86_399) / 86_400
        quote()
        plainDate(day)
        byte(0x54)
        plainClock(local - day * 86_400)
        raw(zone.suffix)
        quote()
    }

    private static let zones: [(offset: Int, suffix: StaticString)] = [
        (-28_800, "-08:00"), (-25_200, "-07:00"), (0, "+00:00"), (0, "Z"),
        (-18_000, "-05:00"), (-14_400, "-04:00"), (19_800, "+05:30"), (36_000, "+10:00"),
    ]

    /// Any text, escaped and quoted.
    mutating func string(_ text: some StringProtocol) {
        quote()
        for byte in text.utf8 {
            switch byte {
            case 0x22: raw(#"\""#)
            case 0x5C: raw(#"\\"#)
            case 0x0A: raw(#"\n"#)
            case 0x0D: raw(#"\r"#)
            case 0x09: raw(#"\t"#)
            case 0..<0x20:
                raw(#"\u00"#)
                hex(byte)
            default: bytes.append(byte)
            }
        }
        quote()
    }

    @inline(__always)
    mutating func hex(_ value: UInt8) {
        byte(Output.digit(value >> 4))
        byte(Output.digit(value & 15))
    }

    /// 16 hexadecimal digits.
    mutating func hex(_ value: UInt64) {
        var shift = 56
        while shift >= 0 {
            hex(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
            shift -= 8
        }
    }

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }

    /// The value of a piece of JSON given as text, for envelopes and errors.
    static func build(_ body: (inout Output) -> Void) -> [UInt8] {
        var output = Output()
        body(&output)
        return output.bytes
    }
}
