import Foundation

/// The seed of every random choice in a test run.
///
/// It is `CLIOSYNC_TEST_SEED` if that is set, else a random number. The first use prints it, so that a failed run can be
/// repeated.
public enum TestSeed {
    /// The seed of this process.
    public static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["CLIOSYNC_TEST_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0...UInt64.max)
        print("random choices: CLIOSYNC_TEST_SEED=\(seed)")
        return seed
    }()

    /// Random numbers for one test. They depend on the seed and the name alone, not on which other tests run, or when.
    public static func numbers(_ name: String = #function) -> SeededNumbers {
        // FNV-1a, because Swift's own hashes differ from process to process.
        let hash = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0100_0000_01B3 }
        return SeededNumbers(seed: value ^ hash)
    }
}

/// SplitMix64: random numbers that a seed repeats.
public struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts with a seed.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
