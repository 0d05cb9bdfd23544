/// The records of a list in the order of their creation, in blocks that a whole second surely separates from each other,
/// whether Clio's `created_since` includes its moment or not.
struct CreationBlocks: Sendable {
    /// A record in the raw layer that was not found deleted.
    struct Record: Sendable {
        /// Nil when the record has no usable id: it counts, but cannot be looked up.
        var id: String?
        /// Seconds since 1970; nil when the record does not say when it was created.
        var created: Int?
    }

    private struct Block {
        /// The place of the first record.
        var start: Int
        /// The second that separates it from the block before.
        var edge: Int?
    }

    /// Those that say when they were created.
    let records: [Record]
    private var blocks: [Block] = []

    init(_ held: [Record]) {
        let timed = held.filter { $0.created != nil }
        let isSorted = zip(timed, timed.dropFirst()).allSatisfy { ($0.created ?? 0) <= ($1.created ?? 0) }
        records = isSorted ? timed : timed.sorted { ($0.created ?? 0) < ($1.created ?? 0) }
        var before: Int?
        for (place, record) in records.enumerated() {
            let created = record.created ?? 0
            if before.map({ created - $0 >= 2 }) ?? true {
                blocks.append(Block(start: place, edge: before.map { $0 + (created - $0) / 2 }))
            }
            before = created
        }
    }

    /// How many blocks there are.
    var count: Int { blocks.count }

    /// The latest creation, seconds since 1970.
    var newest: Int { records.last?.created ?? 0 }

    /// The second that separates a block from the one before; nil: none is before it, or it is after the last one.
    func edge(_ block: Int) -> Int? { block < blocks.count ? blocks[block].edge : nil }

    /// The places of the records of consecutive blocks.
    func places(_ range: Range<Int>) -> Range<Int> { begin(range.lowerBound)..<begin(range.upperBound) }

    private func begin(_ block: Int) -> Int { block < blocks.count ? blocks[block].start : records.count }

    /// The inner block whose begin is nearest to the middle of the records.
    func middle(of range: Range<Int>) -> Int {
        let wanted = (begin(range.lowerBound) + begin(range.upperBound)) / 2
        var (low, high) = (range.lowerBound + 1, range.upperBound - 1)
        while low < high {
            let place = (low + high) / 2
            if blocks[place].start < wanted { low = place + 1 } else { high = place }
        }
        let before = low - 1
        guard before > range.lowerBound else { return low }
        return wanted - blocks[before].start < blocks[low].start - wanted ? before : low
    }
}
