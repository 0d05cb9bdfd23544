internal import CSimdjson
public import Bytes

/// Appends minified JSON to its own buffer, and adds commas and colons.
public struct JSONWriter: ~Copyable {
    /// What was written so far.
    public var buffer: ByteBuffer
    @usableFromInline internal var needsComma = false

    /// An empty writer.
    public init(capacity: Int = 4096) { buffer = ByteBuffer(capacity: capacity) }

    /// The text so far.
    public var text: String { buffer.text() }

    /// Forgets what was written.
    @inlinable public mutating func removeAll() {
        buffer.removeAll()
        needsComma = false
    }

    @inlinable internal mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// Opens an object.
    @inlinable public mutating func beginObject() {
        separate()
        buffer.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// Closes an object.
    @inlinable public mutating func endObject() {
        buffer.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// Opens a list.
    @inlinable public mutating func beginArray() {
        separate()
        buffer.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// Closes a list.
    @inlinable public mutating func endArray() {
        buffer.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// A member's key; its value must follow.
    public mutating func key(_ name: String) {
        string(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A key with its quotes, colon and, unless it is the first, its comma ready made: `,"name":`.
    @inlinable public mutating func preparedKey(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(bytes)
        needsComma = false
    }

    /// Whole members ready made, `,"a":null,"b":null`, with a comma before the first unless it is the object's first.
    @inlinable public mutating func preparedValues(_ bytes: UnsafeRawBufferPointer) {
        buffer.append(bytes)
        needsComma = true
    }

    /// A string whose text needs no escaping: `body` appends it.
    @inlinable public mutating func quoted(_ body: (inout ByteBuffer) -> Void) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        body(&buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    /// A string.
    public mutating func string(_ text: String) {
        var copy = text
        copy.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// A string from UTF-8, which may hold NUL.
    public mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
        separate()
        buffer.reserve(bytes.count &* 6 &+ 2)
        let start = buffer.end
        var out = start
        out.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        out += 1
        if let source = bytes.baseAddress {
            let count = bytes.count
            var clean = 0
            var position = 0
            while position < count {
                let byte = source.load(fromByteOffset: position, as: UInt8.self)
                if byte >= 0x20 && byte != 0x22 && byte != 0x5C {
                    position &+= 1
                    continue
                }
                out.copyMemory(from: source + clean, byteCount: position - clean)
                out += position - clean
                out = Self.escape(byte, at: out)
                position &+= 1
                clean = position
            }
            out.copyMemory(from: source + clean, byteCount: count - clean)
            out += count - clean
        }
        out.storeBytes(of: UInt8(ascii: "\""), as: UInt8.self)
        out += 1
        buffer.advance(out - start)
    }

    private static func escape(_ byte: UInt8, at out: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        func put(_ text: StaticString) -> UnsafeMutableRawPointer {
            out.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
            return out + text.utf8CodeUnitCount
        }
        switch byte {
        case 0x22: return put("\\\"")
        case 0x5C: return put("\\\\")
        case 0x0A: return put("\\n")
        case 0x0D: return put("\\r")
        case 0x09: return put("\\t")
        default:
            let hex: StaticString = "0123456789abcdef"
            let end = put("\\u00")
            end.storeBytes(of: hex.utf8Start[Int(byte >> 4)], as: UInt8.self)
            (end + 1).storeBytes(of: hex.utf8Start[Int(byte & 15)], as: UInt8.self)
            return end + 2
        }
    }

    /// An integer.
    public mutating func integer(_ value: Int64) {
        separate()
        buffer.appendDecimal(value)
    }

    /// An integer.
    public mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// The shortest text that reads back as the same double; `null` when it is not finite.
    public mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        buffer.reserve(32)
        buffer.advance(csj_format_double(value, buffer.end.assumingMemoryBound(to: CChar.self)))
    }

    /// `true` or `false`.
    @inlinable public mutating func bool(_ value: Bool) {
        separate()
        if value { buffer.append("true" as StaticString) } else { buffer.append("false" as StaticString) }
    }

    /// `null`.
    @inlinable public mutating func null() {
        separate()
        buffer.append("null" as StaticString)
    }

    /// Text that is JSON already.
    public mutating func raw(_ json: String) {
        separate()
        buffer.append(json)
    }

    /// Bytes that are JSON already.
    @inlinable public mutating func raw(_ json: UnsafeRawBufferPointer) {
        separate()
        buffer.append(json)
    }

    /// A parsed value, minified. What its parser marked as beyond 64 bits is written as its digits, a repaired string
    /// as repaired.
    public mutating func value(_ value: JSONValue) {
        switch value.kind {
        case .object:
            beginObject()
            value.forEachMember { key, member in
                string(utf8: key)
                buffer.append(UInt8(ascii: ":"))
                needsComma = false
                self.value(member)
            }
            endObject()
        case .array:
            beginArray()
            value.forEachElement { self.value($0) }
            endArray()
        case .string, .damagedString: string(utf8: value.unsafeUTF8)
        case .bigNumber: raw(value.unsafeUTF8)
        case .integer: integer(Int64(bitPattern: value.tape[value.index + 1]))
        case .unsigned: raw(String(value.tape[value.index + 1]))
        case .double: double(Double(bitPattern: value.tape[value.index + 1]))
        case .true: bool(true)
        case .false: bool(false)
        case .null: null()
        }
    }

    /// Ends a line; the next value needs no comma.
    @inlinable public mutating func newline() {
        buffer.append(UInt8(ascii: "\n"))
        needsComma = false
    }
}
