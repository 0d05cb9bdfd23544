internal import Staging

/// Keyed hashes, random words, and comparing that tells nothing by its time.
enum Secrets {
    /// HMAC-SHA256 (RFC 2104) of a text.
    static func authenticate(_ text: String, key: [UInt8]) -> [UInt8] {
        KeyedHash(key: key).authenticate(text)
    }

    /// The same as 64 hexadecimal digits.
    static func signature(_ text: String, key: [UInt8]) -> String { SHA256.hex(authenticate(text, key: key)) }

    /// Whether two texts are the same; takes as long for any two of these lengths.
    static func areEqual(_ one: String, _ other: String) -> Bool {
        // Over hashes, so that not even a length is told.
        let (left, right) = (hash(Array(one.utf8)), hash(Array(other.utf8)))
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// Random bytes of the system's.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Random hexadecimal digits, two for each byte.
    static func randomWord(_ bytes: Int = 16) -> String { SHA256.hex(random(bytes)) }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.finalize()
    }
}
