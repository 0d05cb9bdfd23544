/// HMAC-SHA256 (RFC 2104) with one key.
public struct KeyedHash: Sendable {
    private let inner: SHA256
    private let outer: SHA256

    /// A hash with this key, of any length.
    public init(key: [UInt8]) {
        var block = key
        if block.count > 64 { block = Self.hash(block) }
        block += [UInt8](repeating: 0, count: 64 - block.count)
        inner = Self.begun(block, 0x36)
        outer = Self.begun(block, 0x5C)
    }

    /// The 32 bytes for a message.
    public func authenticate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = inner
        hash.update(message)
        let digest = hash.finalize()
        hash = outer
        digest.withUnsafeBytes { hash.update($0) }
        return hash.finalize()
    }

    /// The 32 bytes for a text.
    public func authenticate(_ text: String) -> [UInt8] {
        var copy = text
        return copy.withUTF8 { authenticate(UnsafeRawBufferPointer($0)) }
    }

    /// The same as 64 hexadecimal digits.
    public func hex(_ text: String) -> String { SHA256.hex(authenticate(text)) }

    private static func begun(_ block: [UInt8], _ pad: UInt8) -> SHA256 {
        var hash = SHA256()
        block.map { $0 ^ pad }.withUnsafeBytes { hash.update($0) }
        return hash
    }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.finalize()
    }
}
