/// Spreads `value` over all 64 bits, so that neighbours look unrelated (the finalizer of SplitMix64).
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
    var x = value &+ 0x9E37_79B9_7F4A_7C15
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
}

/// A number for a name, the same in every process (FNV-1a).
func fingerprint(_ text: some StringProtocol) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return hash
}

extension UInt64 {
    /// A number in `0..<bound` (0 for an empty range).
    @inline(__always)
    func below(_ bound: Int) -> Int {
        bound <= 0 ? 0 : Int(self % UInt64(bound))
    }

    /// Whether this draw falls into the first `parts` of a thousand.
    @inline(__always)
    func inThousand(_ parts: Int) -> Bool {
        Int((self >> 20) % 1000) < parts
    }

    /// A second draw that has nothing to do with the first.
    @inline(__always)
    func again(_ step: UInt64 = 1) -> UInt64 {
        mixed(self ^ (step &* 0xD6E8_FEB8_6659_FD93))
    }
}
