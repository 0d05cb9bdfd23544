/// A growable run of bytes with one owner, whose capacity is kept when it is emptied.
///
/// After the last byte there are always `padding` readable ones, so that simdjson can parse in place.
public struct ByteBuffer: ~Copyable {
    /// Readable bytes after the content.
    public static let padding = 64

    @usableFromInline internal var base: UnsafeMutableRawPointer
    @usableFromInline internal var size: Int
    @usableFromInline internal var room: Int

    /// An empty buffer with room for `capacity` bytes.
    public init(capacity: Int = 4096) {
        room = max(capacity, 64)
        size = 0
        base = .allocate(byteCount: room + Self.padding, alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: room + Self.padding)
    }

    deinit { base.deallocate() }

    /// Bytes in use.
    @inlinable public var count: Int { size }

    /// Whether there are none.
    @inlinable public var isEmpty: Bool { size == 0 }

    /// The content; valid until the next change.
    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: size) }

    /// Where the next byte goes; at least the bytes asked for in `reserve` may be written there before `advance`.
    @inlinable public var end: UnsafeMutableRawPointer { base + size }

    /// Forgets the content, keeps the memory.
    @inlinable public mutating func removeAll() { size = 0 }

    /// Removes everything after the first `count` bytes.
    @inlinable public mutating func truncate(to count: Int) { size = min(size, max(0, count)) }

    /// Drops the first `count` bytes and moves the rest to the front.
    public mutating func removeFirst(_ count: Int) {
        let left = size - count
        // copyMemory allows overlap.
        if left > 0 { base.copyMemory(from: base + count, byteCount: left) }
        size = max(0, left)
    }

    /// Makes sure that `count` bytes can be written at `end`.
    @inlinable public mutating func reserve(_ count: Int) {
        if room - size < count { grow(count) }
    }

    /// Counts bytes that were written at `end`.
    @inlinable public mutating func advance(_ count: Int) { size += count }

    /// Appends one byte.
    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        end.storeBytes(of: byte, as: UInt8.self)
        size += 1
    }

    /// Overwrites a byte of the content.
    public mutating func store(_ value: UInt8, at position: Int) {
        precondition(position >= 0 && position < size, "outside of the buffer")
        base.storeBytes(of: value, toByteOffset: position, as: UInt8.self)
    }

    /// Overwrites four bytes of the content.
    public mutating func store(_ value: UInt32, at position: Int) {
        precondition(position >= 0 && position + 4 <= size, "outside of the buffer")
        base.storeBytes(of: value, toByteOffset: position, as: UInt32.self)
    }

    /// Appends bytes.
    @inlinable public mutating func append(_ other: UnsafeRawBufferPointer) {
        guard let start = other.baseAddress, other.count > 0 else { return }
        reserve(other.count)
        end.copyMemory(from: start, byteCount: other.count)
        size += other.count
    }

    /// Appends a literal's UTF-8.
    @inlinable public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a text's UTF-8.
    public mutating func append(_ text: String) {
        var copy = text
        copy.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends the decimal digits of an integer.
    public mutating func appendDecimal(_ value: Int64) {
        reserve(20)
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var digits = 1
        var limit: UInt64 = 10
        while digits < 20 && rest >= limit {
            digits += 1
            if digits == 20 { break }
            limit &*= 10
        }
        let start = end
        var position = digits
        repeat {
            let (quotient, remainder) = rest.quotientAndRemainder(dividingBy: 10)
            position -= 1
            (start + position).storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: remainder), as: UInt8.self)
            rest = quotient
        } while position > 0
        size += digits
    }

    /// The content as an array.
    public func array() -> [UInt8] { Array(bytes) }

    /// The content as text; what is no UTF-8 becomes U+FFFD.
    public func text() -> String { String(decoding: bytes, as: UTF8.self) }

    @usableFromInline internal mutating func grow(_ count: Int) {
        let wanted = max(room * 2, size + count)
        let bigger = UnsafeMutableRawPointer.allocate(byteCount: wanted + Self.padding, alignment: 64)
        bigger.copyMemory(from: base, byteCount: size)
        (bigger + size).initializeMemory(as: UInt8.self, repeating: 0, count: wanted - size + Self.padding)
        base.deallocate()
        base = bigger
        room = wanted
    }
}

// The pointer has one owner, and moves with it.
extension ByteBuffer: @unchecked Sendable {}
