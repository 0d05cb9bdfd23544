/// A set of sequence numbers: a bit each, as they follow each other.
struct SequenceSet: Sendable {
    private var blocks: [Int64: [UInt64]] = [:]
    private static let wordsPerBlock = 512

    /// Adds a number.
    mutating func insert(_ sequence: Int64) {
        let (block, word, bit) = Self.place(sequence)
        blocks[block, default: [UInt64](repeating: 0, count: Self.wordsPerBlock)][word] |= bit
    }

    /// Whether a number is in it.
    func contains(_ sequence: Int64) -> Bool {
        let (block, word, bit) = Self.place(sequence)
        return blocks[block].map { $0[word] & bit != 0 } ?? false
    }

    private static func place(_ sequence: Int64) -> (block: Int64, word: Int, bit: UInt64) {
        let word = sequence >> 6
        return (word >> 9, Int(word & 511), 1 << UInt64(sequence & 63))
    }
}
