public import Bytes
public import SQLite

/// Appending packed values.
extension ByteBuffer {
    /// A packed integer, or null.
    @inlinable package mutating func append(integer value: Int64?) {
        guard let value else { return append(PackedTag.null) }
        reserve(9)
        end.storeBytes(of: PackedTag.integer, as: UInt8.self)
        (end + 1).storeBytes(of: value, as: Int64.self)
        advance(9)
    }

    /// A packed real number.
    @inlinable package mutating func append(real value: Double) {
        reserve(9)
        end.storeBytes(of: PackedTag.real, as: UInt8.self)
        (end + 1).storeBytes(of: value, as: Double.self)
        advance(9)
    }

    /// A packed text.
    @inlinable package mutating func append(text: UnsafeRawBufferPointer) {
        reserve(5 + text.count)
        end.storeBytes(of: PackedTag.text, as: UInt8.self)
        (end + 1).storeBytes(of: Int32(truncatingIfNeeded: text.count), as: Int32.self)
        if let start = text.baseAddress { (end + 5).copyMemory(from: start, byteCount: text.count) }
        advance(5 + text.count)
    }
}
