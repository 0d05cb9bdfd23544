/// SHA-256 (FIPS 180-4), for fingerprints and digests. Ours, because the four libraries beside us have none that can be
/// called and a cryptography package would double the first build.
public struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var block = [UInt8](repeating: 0, count: 64)
    private var schedule = [UInt32](repeating: 0, count: 64)
    private var filled = 0
    private var length: UInt64 = 0

    /// Makes one that nothing was done with yet.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var position = 0
        if filled > 0 {
            let count = min(64 - filled, bytes.count)
            for index in 0..<count { block[filled + index] = bytes[index] }
            filled += count
            position = count
            if filled == 64 {
                block.withUnsafeBytes { Self.compress(&state, &schedule, $0) }
                filled = 0
            }
        }
        while bytes.count - position >= 64 {
            Self.compress(&state, &schedule, UnsafeRawBufferPointer(rebasing: bytes[position..<position + 64]))
            position += 64
        }
        while position < bytes.count {
            block[filled] = bytes[position]
            filled += 1
            position += 1
        }
    }

    /// Adds a text's UTF-8.
    public mutating func update(_ text: String) {
        var copy = text
        copy.withUTF8 { update(UnsafeRawBufferPointer($0)) }
    }

    /// The 32 bytes; the hash starts afresh.
    public mutating func finalize() -> [UInt8] {
        let bits = length &* 8
        var tail: [UInt8] = [0x80]
        tail += [UInt8](repeating: 0, count: (119 - filled) % 64)
        for shift in stride(from: 56, through: 0, by: -8) { tail.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        tail.withUnsafeBytes { update($0) }
        let digest = state.flatMap { word in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        self = SHA256()
        return digest
    }

    /// The hash of a text, as 64 hexadecimal digits.
    public static func hex(_ text: String) -> String {
        var hash = SHA256()
        hash.update(text)
        return hex(hash.finalize())
    }

    /// Bytes as hexadecimal digits.
    public static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func compress(_ state: inout [UInt32], _ schedule: inout [UInt32], _ block: UnsafeRawBufferPointer) {
        state.withUnsafeMutableBufferPointer { state in
            schedule.withUnsafeMutableBufferPointer { w in
                constants.withUnsafeBufferPointer { k in
                    for index in 0..<16 {
                        w[index] = UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
                    }
                    for index in 16..<64 {
                        let a = w[index - 15]
                        let b = w[index - 2]
                        let low = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
                        let high = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
                        w[index] = w[index - 16] &+ low &+ w[index - 7] &+ high
                    }
                    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
                    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
                    for index in 0..<64 {
                        let one = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
                        let first = h &+ one &+ ((e & f) ^ (~e & g)) &+ k[index] &+ w[index]
                        let zero = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
                        let second = zero &+ ((a & b) ^ (a & c) ^ (b & c))
                        (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
                    }
                    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
                }
            }
        }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    private static let constants: [UInt32] = {
        // The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
        var primes: [Int] = []
        var candidate = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // floor(cbrt(p) * 2^32) by bisection on exact 128-bit products, since a double is too coarse.
            var low: UInt64 = 0
            var high: UInt64 = 8 << 32
            while high - low > 1 {
                let middle = (low + high) / 2
                if UInt256.cubeExceeds(middle, UInt64(prime)) { high = middle } else { low = middle }
            }
            return UInt32(truncatingIfNeeded: low)
        }
    }()
}

private enum UInt256 {
    /// Whether x^3 > p * 2^96, exactly; x < 2^35.
    static func cubeExceeds(_ x: UInt64, _ prime: UInt64) -> Bool {
        let square = x.multipliedFullWidth(by: x)
        let low = square.low.multipliedFullWidth(by: x)
        let high = square.high * x + low.high
        // high * 2^64 + low.low > p * 2^96
        let limit = prime << 32
        return high > limit || (high == limit && low.low > 0)
    }
}
