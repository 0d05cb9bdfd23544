#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Bytes

/// Parses what simdjson refuses, on to a tape of the same form, with `B` and `X` for the values at fault.
struct LenientParser: ~Copyable {
    private var words: UnsafeMutablePointer<UInt64>
    private var room: Int
    private var used = 0
    private var strings = ByteBuffer(capacity: 1 << 12)

    /// As simdjson: deeper documents are refused, so that no input can exhaust a stack.
    static let maximumDepth = 1024

    init() {
        room = 1024
        words = .allocate(capacity: room)
    }

    deinit { words.deallocate() }

    mutating func parse(_ json: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        used = 0
        strings.removeAll()
        push(tag: UInt8(ascii: "r"), 0)
        var cursor = Cursor(json)
        try document(&cursor)
        push(tag: UInt8(ascii: "r"), 0)
        // The strings may have moved while they grew; the tape holds offsets.
        guard let base = strings.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            throw JSONError(offset: 0, message: "out of memory")
        }
        return JSONValue(tape: UnsafePointer(words), strings: base, index: 1)
    }

    private mutating func push(tag: UInt8, _ payload: Int) {
        push(word: UInt64(tag) << 56 | UInt64(payload))
    }

    private mutating func push(word: UInt64) {
        if used == room {
            let bigger = UnsafeMutablePointer<UInt64>.allocate(capacity: room * 2)
            bigger.update(from: words, count: used)
            words.deallocate()
            words = bigger
            room *= 2
        }
        words[used] = word
        used += 1
    }

    /// One open object or array.
    private struct Scope {
        let start: Int
        let isObject: Bool
        var count = 0
    }

    private mutating func document(_ cursor: inout Cursor) throws(JSONError) {
        var scopes: [Scope] = []
        scan: while true {
            // A value is due here.
            cursor.skipWhitespace()
            switch cursor.peek {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard scopes.count < Self.maximumDepth else { throw cursor.error("nested deeper than 1024 levels") }
                let isObject = cursor.peek == UInt8(ascii: "{")
                cursor.position += 1
                cursor.skipWhitespace()
                scopes.append(Scope(start: used, isObject: isObject))
                push(word: 0)
                if cursor.peek == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
                    cursor.position += 1
                    close(&scopes)
                } else {
                    if isObject { try key(&cursor) }
                    continue scan
                }
            case UInt8(ascii: "\""): try string(&cursor, isKey: false)
            case UInt8(ascii: "t"): try literal(&cursor, "true")
            case UInt8(ascii: "f"): try literal(&cursor, "false")
            case UInt8(ascii: "n"): try literal(&cursor, "null")
            case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): try number(&cursor)
            case nil: throw cursor.error("the text ends where a value should be")
            default: throw cursor.error("no JSON value begins with this byte")
            }
            // A value is done: a comma, or the end of one scope or more.
            while true {
                guard let scope = scopes.last else {
                    cursor.skipWhitespace()
                    guard cursor.peek == nil else { throw cursor.error("more text after the end of the value") }
                    return
                }
                scopes[scopes.count - 1].count += 1
                cursor.skipWhitespace()
                switch cursor.peek {
                case UInt8(ascii: ","):
                    cursor.position += 1
                    if scope.isObject {
                        cursor.skipWhitespace()
                        try key(&cursor)
                    }
                    continue scan
                case UInt8(ascii: "}") where scope.isObject, UInt8(ascii: "]") where !scope.isObject:
                    cursor.position += 1
                    close(&scopes)
                case nil: throw cursor.error("the text ends inside an object or array")
                default: throw cursor.error("a comma or a closing bracket should be here")
                }
            }
        }
    }

    private mutating func close(_ scopes: inout [Scope]) {
        guard let scope = scopes.popLast() else { return }
        let count = UInt64(min(scope.count, 0xFF_FFFF))
        let (opening, closing) = scope.isObject ? ("{", "}") as (Unicode.Scalar, Unicode.Scalar) : ("[", "]")
        push(tag: UInt8(ascii: closing), scope.start)
        words[scope.start] = UInt64(UInt8(ascii: opening)) << 56 | count << 32 | UInt64(used)
    }

    private mutating func key(_ cursor: inout Cursor) throws(JSONError) {
        guard cursor.peek == UInt8(ascii: "\"") else { throw cursor.error("a key in quotes should be here") }
        try string(&cursor, isKey: true)
        cursor.skipWhitespace()
        guard cursor.peek == UInt8(ascii: ":") else { throw cursor.error("a colon should be here") }
        cursor.position += 1
    }

    private mutating func literal(_ cursor: inout Cursor, _ text: StaticString) throws(JSONError) {
        guard cursor.take(text) else { throw cursor.error("no JSON value begins like this") }
        push(tag: text.utf8Start.pointee, 0)
    }

    private mutating func number(_ cursor: inout Cursor) throws(JSONError) {
        let start = cursor.position
        if cursor.peek == UInt8(ascii: "-") { cursor.position += 1 }
        let leading = cursor.peek
        let whole = cursor.skipDigits()
        guard whole > 0, !(leading == UInt8(ascii: "0") && whole > 1) else { throw cursor.error("not a number") }
        var isInteger = true
        if cursor.peek == UInt8(ascii: ".") {
            isInteger = false
            cursor.position += 1
            guard cursor.skipDigits() > 0 else { throw cursor.error("digits should follow the point") }
        }
        if cursor.peek == UInt8(ascii: "e") || cursor.peek == UInt8(ascii: "E") {
            isInteger = false
            cursor.position += 1
            if cursor.peek == UInt8(ascii: "+") || cursor.peek == UInt8(ascii: "-") { cursor.position += 1 }
            guard cursor.skipDigits() > 0 else { throw cursor.error("digits should follow the exponent") }
        }
        let text = String(decoding: cursor.bytes[start..<cursor.position], as: UTF8.self)
        if isInteger, let value = Int64(text) {
            push(tag: JSONValue.Kind.integer.rawValue, 0)
            push(word: UInt64(bitPattern: value))
        } else if isInteger, let value = UInt64(text) {
            push(tag: JSONValue.Kind.unsigned.rawValue, 0)
            push(word: value)
        } else if !isInteger, let value = Double(text), value.isFinite {
            push(tag: JSONValue.Kind.double.rawValue, 0)
            push(word: value.bitPattern)
        } else {
            let offset = beginString()
            strings.append(text)
            endString(offset, tag: JSONValue.Kind.bigNumber.rawValue)
        }
    }

    private mutating func beginString() -> Int {
        let offset = strings.count
        strings.reserve(4)
        strings.advance(4)
        return offset
    }

    private mutating func endString(_ offset: Int, tag: UInt8) {
        let length = UInt32(strings.count - offset - 4)
        UnsafeMutableRawPointer(mutating: strings.bytes.baseAddress.unsafelyUnwrapped).storeBytes(
            of: length, toByteOffset: offset, as: UInt32.self)
        strings.append(0)
        push(tag: tag, offset)
    }

    private mutating func string(_ cursor: inout Cursor, isKey: Bool) throws(JSONError) {
        cursor.position += 1
        let offset = beginString()
        var damaged = false
        while let byte = cursor.peek {
            switch byte {
            case UInt8(ascii: "\""):
                cursor.position += 1
                endString(
                    offset, tag: (damaged && !isKey ? JSONValue.Kind.damagedString : JSONValue.Kind.string).rawValue)
                return
            case UInt8(ascii: "\\"):
                cursor.position += 1
                if try !escape(&cursor) { damaged = true }
            case 0..<0x20:
                damaged = true
                strings.append(byte)
                cursor.position += 1
            case 0x20..<0x80:
                strings.append(byte)
                cursor.position += 1
            default:
                let length = cursor.utf8Length()
                if length == 0 {
                    damaged = true
                    strings.append("\u{FFFD}" as StaticString)
                    cursor.position += 1
                } else {
                    strings.append(
                        UnsafeRawBufferPointer(rebasing: cursor.bytes[cursor.position..<cursor.position + length]))
                    cursor.position += length
                }
            }
        }
        throw cursor.error("the text ends inside a string")
    }

    /// Reads what follows a backslash; false when it is half a surrogate pair.
    private mutating func escape(_ cursor: inout Cursor) throws(JSONError) -> Bool {
        guard let byte = cursor.peek else { throw cursor.error("the text ends inside a string") }
        cursor.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): strings.append(byte)
        case UInt8(ascii: "b"): strings.append(8)
        case UInt8(ascii: "f"): strings.append(12)
        case UInt8(ascii: "n"): strings.append(10)
        case UInt8(ascii: "r"): strings.append(13)
        case UInt8(ascii: "t"): strings.append(9)
        case UInt8(ascii: "u"):
            let unit = try cursor.hexUnit()
            if UTF16.isLeadSurrogate(unit) {
                let mark = cursor.position
                if cursor.take("\\u") {
                    let second = try cursor.hexUnit()
                    if UTF16.isTrailSurrogate(second) {
                        let pair = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
                        append(scalar: pair)
                        return true
                    }
                    cursor.position = mark
                }
            }
            guard let scalar = Unicode.Scalar(unit) else {
                strings.append("\u{FFFD}" as StaticString)
                return false
            }
            append(scalar: scalar.value)
        default: throw cursor.error("no such escape in a string")
        }
        return true
    }

    private mutating func append(scalar value: UInt32) {
        guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else { return }
        for byte in encoded { strings.append(byte) }
    }
}

/// A place in the text.
private struct Cursor {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    func error(_ message: String) -> JSONError { JSONError(offset: position, message: message) }

    mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func skipDigits() -> Int {
        let start = position
        while let byte = peek, byte >= 0x30, byte <= 0x39 { position += 1 }
        return position - start
    }

    mutating func take(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes.count - position >= wanted.count,
            bytes[position..<position + wanted.count].elementsEqual(wanted)
        else { return false }
        position += wanted.count
        return true
    }

    mutating func hexUnit() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("four hexadecimal digits should follow \\u")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    /// Bytes of the well-formed UTF-8 sequence here, 0 for a malformed one (Unicode 15, table 3-7).
    func utf8Length() -> Int {
        let first = bytes[position]
        func continues(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            position + offset < bytes.count && range.contains(bytes[position + offset])
        }
        switch first {
        case 0xC2...0xDF: return continues(1) ? 2 : 0
        case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
        case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
        case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
        case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
        case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
        case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
        default: return 0
        }
    }
}
