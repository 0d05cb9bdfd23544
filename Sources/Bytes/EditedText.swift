/// Text files that people edit, whatever their editor saved.
public enum EditedText {
    /// The text of a file with `\n` at the end of each line: without a byte order mark, with Windows' and old Macs' ends of lines
    /// turned into it, and from UTF-16 or UTF-32 where the bytes are that.
    /// - Returns: nil when the bytes are no text of these.
    public static func decode(_ bytes: [UInt8]) -> String? {
        guard let text = characters(bytes) else { return nil }
        guard text.utf8.contains(13) else { return text }
        // Not by Character: "\r\n" is one.
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            if scalar == "\r" {
                result.append("\n")
            } else if !(scalar == "\n" && previous == "\r") {
                result.append(scalar)
            }
            previous = scalar
        }
        return String(result)
    }

    /// The line, from 1, in which bytes stop being UTF-8.
    public static func firstWrongLine(_ bytes: [UInt8]) -> Int { validPrefix(bytes).count { $0 == 10 } + 1 }

    /// What comes before the first byte that is no UTF-8.
    public static func validPrefix(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var length = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { length += UTF8.width(scalar) }
        return bytes.prefix(length)
    }

    /// How text is written as UTF-16 or UTF-32.
    public enum ByteOrder: Sendable { case little, big }

    /// Whether bytes look like UTF-16: by the mark at the beginning, or by a NUL beside each of the first letters.
    public static func utf16Order(_ bytes: some Collection<UInt8>) -> ByteOrder? {
        let start = Array(bytes.prefix(4))
        guard start.count >= 2 else { return nil }
        switch (start[0], start[1]) {
        case (0xFF, 0xFE): return .little
        case (0xFE, 0xFF): return .big
        case (0, 1...), (1..., 0):
            // A second letter of the same kind: a NUL alone may be damage.
            guard start.count == 4 else { return nil }
            if start[0] == 0, start[2] == 0, start[3] != 0 { return .big }
            if start[1] == 0, start[3] == 0, start[2] != 0 { return .little }
            return nil
        default: return nil
        }
    }

    /// Whether bytes look like UTF-32: by the mark at the beginning, or by three NULs beside each of the first letters.
    public static func utf32Order(_ bytes: some Collection<UInt8>) -> ByteOrder? {
        let start = Array(bytes.prefix(8))
        if start.starts(with: [0xFF, 0xFE, 0, 0]) { return .little }
        if start.starts(with: [0, 0, 0xFE, 0xFF]) { return .big }
        guard start.count == 8 else { return nil }
        let isLetter = start.map { $0 != 0 }
        if isLetter == [true, false, false, false, true, false, false, false] { return .little }
        return isLetter == [false, false, false, true, false, false, false, true] ? .big : nil
    }

    private static func characters(_ bytes: [UInt8]) -> String? {
        if let order = utf32Order(bytes) { return utf32(bytes, order) }
        if let order = utf16Order(bytes) { return utf16(bytes, order) }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return String(validating: bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...], as: UTF8.self)
    }

    private static func utf16(_ bytes: [UInt8], _ order: ByteOrder) -> String? {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        var units = stride(from: 0, to: bytes.count, by: 2).map { at in
            let (first, second) = (UInt16(bytes[at]), UInt16(bytes[at + 1]))
            return order == .little ? second << 8 | first : first << 8 | second
        }
        if units.first == 0xFEFF { units.removeFirst() }
        return String(validating: units, as: UTF16.self)
    }

    private static func utf32(_ bytes: [UInt8], _ order: ByteOrder) -> String? {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        var result = String.UnicodeScalarView()
        for at in stride(from: 0, to: bytes.count, by: 4) {
            let four = order == .little ? bytes[at..<at + 4].reversed() : Array(bytes[at..<at + 4])
            guard let scalar = Unicode.Scalar(four.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }) else { return nil }
            if at > 0 || scalar != "\u{FEFF}" { result.append(scalar) }
        }
        return String(result)
    }
}
