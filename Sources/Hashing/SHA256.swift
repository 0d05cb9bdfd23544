internal import CCrypto

/// SHA-256 by OpenSSL's libcrypto.
public enum SHA256 {
    /// Bytes of a hash.
    public static let length = Int(SHA256_DIGEST_LENGTH)

    /// The 32 bytes for a message.
    public static func hash(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { output, count in
            // EVP_Digest fails only without memory, or under a policy without SHA-256: nothing could be told apart then.
            let done = EVP_Digest(message.baseAddress, message.count, output.baseAddress, nil, EVP_sha256(), nil)
            precondition(done == 1, "libcrypto refused SHA-256")
            count = length
        }
    }

    /// The 32 bytes for a text's UTF-8.
    public static func hash(_ text: String) -> [UInt8] {
        var copy = text
        return copy.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    /// The hash of a text, as 64 hexadecimal digits.
    public static func hex(_ text: String) -> String { hex(hash(text)) }

    /// Bytes as hexadecimal digits.
    public static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
