internal import Staging

/// Ends of streams that are decided on when the positions of some streams are known, which only the staged files tell.
struct PositionQueue: Sendable {
    /// The ends, in the order in which they came.
    private(set) var held: [(key: StreamKey, end: StreamEnd)] = []
    private var asked: Set<StreamKey> = []
    private var unknown: Set<StreamKey> = []

    /// The first of these streams that was not asked for yet.
    mutating func next(of unlocated: [StreamKey]) -> StreamKey? {
        guard let key = unlocated.first(where: { !asked.contains($0) }) else { return nil }
        asked.insert(key)
        return key
    }

    /// - Parameter position: nil: the staged files do not tell.
    mutating func answered(_ key: StreamKey, with position: Double?) {
        if position == nil { unknown.insert(key) }
    }

    /// Whether the staged files do not tell a stream's position.
    func isUnknown(_ key: StreamKey) -> Bool { unknown.contains(key) }

    mutating func hold(_ end: StreamEnd, for key: StreamKey) { held.append((key, end)) }

    func isHeld(_ key: StreamKey) -> Bool { held.contains { $0.key == key } }

    /// Takes out all ends.
    mutating func release() -> [(key: StreamKey, end: StreamEnd)] {
        defer { held = [] }
        return held
    }
}
