internal import CXXHash

/// XXH3 with 128 bits: fast, for finding accidents. It does not resist someone who means to deceive.
public enum XXH3 {
    /// The low and the high word of the hash.
    public static func words(_ bytes: UnsafeRawBufferPointer) -> (low: UInt64, high: UInt64) {
        let hash = cx_xxh3_128(bytes.baseAddress, bytes.count)
        return (hash.low, hash.high)
    }
}
