internal import CCrypto

/// Whether two secrets are equal, in a time that depends on neither. Compares their hashes, so that lengths do not show.
public func secretsAreEqual(_ one: String, _ other: String) -> Bool {
    CRYPTO_memcmp(SHA256.hash(one), SHA256.hash(other), SHA256.length) == 0
}
