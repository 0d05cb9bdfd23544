/// A value on the parser's tape: two pointers and an index, valid until the parser's next parse.
///
/// The tape is simdjson's (https://github.com/simdjson/simdjson/blob/master/doc/tape.md) with two more tags for what
/// simdjson refuses: `B`, a number beyond 64 bits or beyond a double, as its text, and `X`, a string with bytes that
/// are no UTF-8, with half a surrogate pair or with a raw control character, repaired with U+FFFD.
public struct JSONValue {
    /// What a value is; the raw value is its tag on the tape.
    public enum Kind: UInt8, Sendable {
        case object = 0x7B
        case array = 0x5B
        case string = 0x22
        /// A number without fraction or exponent that fits Int64.
        case integer = 0x6C
        /// A number without fraction or exponent above Int64.max that fits UInt64.
        case unsigned = 0x75
        case double = 0x64
        case `true` = 0x74
        case `false` = 0x66
        case null = 0x6E
        /// A number that fits neither 64 bits nor a finite double.
        case bigNumber = 0x42
        /// A string that is no valid Unicode.
        case damagedString = 0x58
    }

    @usableFromInline internal let tape: UnsafePointer<UInt64>
    @usableFromInline internal let strings: UnsafePointer<UInt8>
    @usableFromInline internal let index: Int

    @inlinable internal init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: Int) {
        self.tape = tape
        self.strings = strings
        self.index = index
    }

    @inlinable internal var payload: Int { Int(truncatingIfNeeded: tape[index] & 0x00FF_FFFF_FFFF_FFFF) }

    /// The tag on the tape, which is the raw value of `kind`: quicker to compare on a hot path.
    @inlinable public var tag: UInt8 { UInt8(truncatingIfNeeded: tape[index] >> 56) }

    /// What the value is.
    @inlinable public var kind: Kind { Kind(rawValue: tag) ?? .null }

    /// The tape index after this value.
    @inlinable internal var following: Int {
        switch tag {
        case 0x7B, 0x5B: Int(truncatingIfNeeded: tape[index] & 0xFFFF_FFFF)
        case 0x6C, 0x75, 0x64: index + 2
        default: index + 1
        }
    }

    /// Whether it is `null`.
    @inlinable public var isNull: Bool { tag == 0x6E }

    /// An integer within Int64.
    @inlinable public var int64: Int64? {
        tag == 0x6C ? Int64(bitPattern: tape[index + 1]) : nil
    }

    /// Any number within a double.
    @inlinable public var double: Double? {
        switch tag {
        case 0x64: Double(bitPattern: tape[index + 1])
        case 0x6C: Double(Int64(bitPattern: tape[index + 1]))
        case 0x75: Double(tape[index + 1])
        default: nil
        }
    }

    /// `true` or `false`.
    @inlinable public var bool: Bool? {
        switch tag {
        case 0x74: true
        case 0x66: false
        default: nil
        }
    }

    /// The text of a string (decoded; it may hold NUL), of a big number, of a repaired string.
    @inlinable public var utf8: UnsafeRawBufferPointer? {
        switch tag {
        case 0x22, 0x42, 0x58: unsafeUTF8
        default: nil
        }
    }

    @inlinable internal var unsafeUTF8: UnsafeRawBufferPointer {
        let start = UnsafeRawPointer(strings + payload)
        return UnsafeRawBufferPointer(
            start: start + 4, count: Int(start.loadUnaligned(as: UInt32.self)))
    }

    /// A valid string.
    public var string: String? { kind == .string ? String(decoding: unsafeUTF8, as: UTF8.self) : nil }

    /// Elements of an array or members of an object.
    public var count: Int {
        var number = 0
        switch kind {
        case .array: forEachElement { _ in number += 1 }
        case .object: forEachMember { _, _ in number += 1 }
        default: break
        }
        return number
    }

    /// Calls `body` with each element of an array, in order; does nothing for anything else.
    @inlinable public func forEachElement<E>(_ body: (JSONValue) throws(E) -> Void) throws(E) {
        guard tag == 0x5B else { return }
        let end = following - 1
        var next = index + 1
        while next < end {
            let value = JSONValue(tape: tape, strings: strings, index: next)
            try body(value)
            next = value.following
        }
    }

    /// Calls `body` with each member of an object, in order; does nothing for anything else.
    @inlinable public func forEachMember<E>(
        _ body: (_ key: UnsafeRawBufferPointer, _ value: JSONValue) throws(E) -> Void
    ) throws(E) {
        guard tag == 0x7B else { return }
        let end = following - 1
        var next = index + 1
        while next < end {
            let key = JSONValue(tape: tape, strings: strings, index: next)
            let value = JSONValue(tape: tape, strings: strings, index: next + 1)
            try body(key.unsafeUTF8, value)
            next = value.following
        }
    }

    /// The value of an object's member; the last one if a key occurs twice.
    public subscript(key: String) -> JSONValue? {
        var found: JSONValue?
        var wanted = key
        wanted.withUTF8 { wanted in
            forEachMember { key, value in
                if key.count == wanted.count, key.elementsEqual(wanted) { found = value }
            }
        }
        return found
    }

    /// Whether this is a string with exactly this text.
    public func isString(_ text: String) -> Bool {
        guard kind == .string else { return false }
        var wanted = text
        return wanted.withUTF8 { unsafeUTF8.elementsEqual($0) }
    }
}
