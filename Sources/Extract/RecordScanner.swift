internal import Bytes

/// Finds the records in a page's minified text, which is known to be valid JSON.
struct RecordScanner: ~Copyable {
    private let start: UnsafeRawPointer
    private let count: Int
    private var position = 0
    /// Whether the value being skipped has a raw line feed in a string: no JSON, but seen; it would break the line in two.
    private var hasRawNewline = false

    init(_ bytes: UnsafeRawBufferPointer) {
        start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
        count = bytes.count
    }

    /// Appends each element of the top object's `data`, ended by a line feed; an object there is the only element.
    /// - Returns: how many; nil when the text is not what it should be.
    mutating func cutRecords(into lines: inout ByteBuffer) -> Int? {
        guard peek == UInt8(ascii: "{") else { return nil }
        position += 1
        var records: Int?
        while peek == UInt8(ascii: "\"") {
            let key = position
            skipString()
            let isData = isKey("\"data\"", from: key)
            guard peek == UInt8(ascii: ":") else { return nil }
            position += 1
            if isData, peek == UInt8(ascii: "[") {
                // The last of two counts, as in the parsed page.
                lines.removeAll()
                records = cutArray(into: &lines)
                if records == nil { return nil }
            } else if isData, peek == UInt8(ascii: "{") {
                lines.removeAll()
                cutValue(into: &lines)
                records = 1
            } else {
                skipValue()
            }
            guard peek == UInt8(ascii: ",") else { break }
            position += 1
        }
        return peek == UInt8(ascii: "}") ? records : nil
    }

    private var peek: UInt8? {
        position < count ? start.load(fromByteOffset: position, as: UInt8.self) : nil
    }

    private func isKey(_ text: StaticString, from begin: Int) -> Bool {
        position - begin == text.utf8CodeUnitCount
            && UnsafeRawBufferPointer(start: start + begin, count: position - begin)
                .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func cutArray(into lines: inout ByteBuffer) -> Int? {
        position += 1
        if peek == UInt8(ascii: "]") {
            position += 1
            return 0
        }
        var records = 0
        while position < count {
            cutValue(into: &lines)
            records += 1
            switch peek {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return records
            default: return nil
            }
        }
        return nil
    }

    private mutating func cutValue(into lines: inout ByteBuffer) {
        let begin = position
        hasRawNewline = false
        skipValue()
        append(UnsafeRawBufferPointer(start: start + begin, count: position - begin), to: &lines)
    }

    private func append(_ record: UnsafeRawBufferPointer, to lines: inout ByteBuffer) {
        if hasRawNewline {
            for byte in record {
                if byte == UInt8(ascii: "\n") { lines.append("\\n" as StaticString) } else { lines.append(byte) }
            }
        } else {
            lines.append(record)
        }
        lines.append(UInt8(ascii: "\n"))
    }

    /// The position is after the value then.
    private mutating func skipValue() {
        var depth = 0
        while position < count {
            switch start.load(fromByteOffset: position, as: UInt8.self) {
            case UInt8(ascii: "\""):
                skipString()
                if depth == 0 { return }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 it closes what is around a number or a literal.
                if depth == 0 { return }
                depth &-= 1
                if depth == 0 {
                    position &+= 1
                    return
                }
            case UInt8(ascii: ",") where depth == 0: return
            default: break
            }
            position &+= 1
        }
    }

    /// The position is after the closing quote then.
    private mutating func skipString() {
        position &+= 1
        while position < count {
            // Eight bytes at a time up to the first of the three that matter.
            while position &+ 8 <= count {
                let word = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: position, as: UInt64.self))
                let found =
                    Self.zeroes(word ^ Self.quotes) | Self.zeroes(word ^ Self.backslashes)
                    | Self.zeroes(word ^ Self.newlines)
                guard found == 0 else {
                    position &+= found.trailingZeroBitCount / 8
                    break
                }
                position &+= 8
            }
            guard position < count else { return }
            switch start.load(fromByteOffset: position, as: UInt8.self) {
            case UInt8(ascii: "\""):
                position &+= 1
                return
            case UInt8(ascii: "\\"): position &+= 2
            case 0x0A:
                hasRawNewline = true
                position &+= 1
            default: position &+= 1
            }
        }
    }

    private static let quotes = 0x0101_0101_0101_0101 &* UInt64(UInt8(ascii: "\""))
    private static let backslashes = 0x0101_0101_0101_0101 &* UInt64(UInt8(ascii: "\\"))
    private static let newlines: UInt64 = 0x0A0A_0A0A_0A0A_0A0A

    /// The top bit of each byte that is zero; above the first such byte there may be false ones, which is no harm to
    /// a search for the first.
    @inline(__always)
    private static func zeroes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }
}
