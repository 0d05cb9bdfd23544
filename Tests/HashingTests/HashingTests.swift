import Hashing
import Testing

@Suite struct HashingTests {
    /// FIPS 180-4, and lengths around the block size.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
    func sha256IsThatOfTheStandard(_ text: String, _ digest: String) { #expect(SHA256.hex(text) == digest) }

    /// RFC 4231, cases 1, 2 and 6; no key at all.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0B, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
        ([], "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ])
    func theKeyedHashIsTheStandardOne(_ key: [UInt8], _ text: String, _ digest: String) {
        #expect(KeyedHash(key: key).hex(text) == digest)
    }

    @Test func secretsAreEqualOnlyWhole() {
        #expect(secretsAreEqual("secret", "secret") && secretsAreEqual("", ""))
        for other in ["", "secre", "secret ", "Secret", "secrets"] { #expect(!secretsAreEqual("secret", other)) }
    }

    /// Digests of another implementation's build, for each length that the algorithm treats in its own way.
    @Test(arguments: [
        (0, "99aa06d3014798d86001c324468d497f"),
        (1, "a6cd5e9392000f6ac44bdff4074eecdb"),
        (3, "e3b55f57945a17cf5f4299fc161c9cbb"),
        (4, "eb70bf5fc779e9e6a6111d53e80a3db5"),
        (8, "e1e4432a62217fe4cfd50c61c8bb98c1"),
        (9, "16c769d83e4aebce907931979dca3746"),
        (16, "72950631827607e2842812cc870dcae2"),
        (17, "685bc458b37d057fc06e233df7729217"),
        (128, "14792fc3af88dc6c05321a0b64d67b41"),
        (129, "dd5e74ac6b45f54ebc30b63382b09a3b"),
        (240, "65b5be86da5540e7c92b68e16f83bbb6"),
        (241, "1da1cb61bcb8a2a102e8cd95421c6d02"),
        (1024, "83885e853bb6640ca870f92984398d22"),
        (5000, "7a681524919c28221b74bda2c82a8c7a"),
    ])
    func xxh3IsThatOfItsAuthors(_ length: Int, _ digest: String) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        let words = bytes.withUnsafeBytes { XXH3.words($0) }
        #expect([words.high, words.low].map { $0.hex }.joined() == digest)
    }
}

extension UInt64 {
    fileprivate var hex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
