/// Counts different values in bounded memory: exactly up to `bound`, by adaptive sampling of their hashes beyond it
/// (Wegman: only hashes that end in so many zero bits are kept), then within a few percent.
struct DistinctCount: Sendable {
    private var hashes: Set<UInt64> = []
    private var level = 0

    /// Values that are counted exactly.
    static let bound = 4096

    /// Whether the count is exact.
    var isExact: Bool { level == 0 }
    /// Different values so far.
    var count: Int { hashes.count << level }

    /// Adds a value by a hash of it, of whatever quality.
    mutating func insert(_ hash: UInt64) {
        let hash = Self.mix(hash)
        guard hash.trailingZeroBitCount >= level else { return }
        hashes.insert(hash)
        while hashes.count > Self.bound {
            level += 1
            hashes = hashes.filter { $0.trailingZeroBitCount >= level }
        }
    }

    /// Adds a text.
    mutating func insert(_ bytes: UnsafeRawBufferPointer) {
        // FNV-1a: what it lacks in its low bits, `mix` adds.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        insert(hash)
    }

    /// The finalizer of SplitMix64.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
