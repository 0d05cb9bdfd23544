internal import CCrypto

/// HMAC-SHA256 (RFC 2104) with one key, by OpenSSL's libcrypto.
public struct KeyedHash: Sendable {
    private let key: [UInt8]

    /// A hash with this key, of any length.
    public init(key: [UInt8]) { self.key = key }

    /// The 32 bytes for a message.
    public func authenticate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: SHA256.length) { output, count in
            let bytes = message.assumingMemoryBound(to: UInt8.self)
            let done = key.withUnsafeBytes {
                HMAC(
                    EVP_sha256(), $0.baseAddress, Int32($0.count), bytes.baseAddress, bytes.count, output.baseAddress,
                    nil)
            }
            precondition(done != nil, "libcrypto refused HMAC-SHA256")
            count = SHA256.length
        }
    }

    /// The 32 bytes for a text.
    public func authenticate(_ text: String) -> [UInt8] {
        var copy = text
        return copy.withUTF8 { authenticate(UnsafeRawBufferPointer($0)) }
    }

    /// The same as 64 hexadecimal digits.
    public func hex(_ text: String) -> String { SHA256.hex(authenticate(text)) }
}
