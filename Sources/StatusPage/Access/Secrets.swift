internal import Hashing

/// Signatures, random words, and comparison in constant time.
enum Secrets {
    /// HMAC-SHA256 of a text, as 64 hexadecimal digits.
    static func signature(_ text: String, key: [UInt8]) -> String { KeyedHash(key: key).hex(text) }

    /// Whether two texts are equal; the time taken tells nothing about either.
    static func areEqual(_ one: String, _ other: String) -> Bool { secretsAreEqual(one, other) }

    /// Bytes of the system's random generator.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Random hexadecimal digits, two for each byte.
    static func randomWord(_ bytes: Int = 16) -> String { SHA256.hex(random(bytes)) }
}
