internal import Pipelines
internal import Synchronization

/// Tracks active streams and their priorities, for all entities of one extractor.
final class StreamBoard: Sendable {
    private struct State {
        /// A lower number goes first.
        var ranks: [String: Int] = [:]
        var preferred: [String] = []
        var streams: [String: Int] = [:]
        /// The largest page of each entity.
        var pageBytes: [String: Int] = [:]
    }

    private let state = Mutex(State())
    /// What is added for a stream that can wait until the recent ones are through.
    static let history = 1_000_000

    func enter(_ entity: Entity, rank: Int) {
        state.withLock { $0.ranks[Self.key(entity)] = rank }
    }

    /// The rank of what comes after all groups of its entity.
    static let lastRank = 999

    /// Puts an entity, or one group of it, before all others; the one named last is the first.
    func prefer(entity name: String, group: String? = nil) {
        let wish = Self.wish(name, group)
        state.withLock { state in
            state.preferred.removeAll { $0 == wish }
            state.preferred.append(wish)
        }
    }

    /// The priority of a group: a lower number is sooner; nil: none was requested.
    func preference(_ entity: Entity, group: String) -> Int? {
        state.withLock { Self.place(Self.wish(entity.name, group), $0) }
    }

    /// A stream's place in the queue.
    /// - Parameter rank: the place of its group among those of its entity.
    func priority(_ entity: Entity, isHistory: Bool, group: String? = nil, rank: Int = 0) -> Int {
        state.withLock { state in
            let rank = min(rank, Self.lastRank)
            if let group, let place = Self.place(Self.wish(entity.name, group), state) {
                return place * (Self.lastRank + 1)
            }
            if let place = Self.place(entity.name, state) { return place * (Self.lastRank + 1) + rank }
            let own = (state.ranks[Self.key(entity)] ?? 0) + (isHistory ? Self.history : 0)
            return own * (Self.lastRank + 1) + rank
        }
    }

    private static func wish(_ entity: String, _ group: String?) -> String {
        group.map { "\(entity)/\($0)" } ?? entity
    }

    private static func place(_ wish: String, _ state: State) -> Int? {
        state.preferred.firstIndex(of: wish).map { -1 - $0 }
    }

    func begin(_ entity: Entity) { state.withLock { $0.streams[Self.key(entity), default: 0] += 1 } }

    func end(_ entity: Entity) { state.withLock { $0.streams[Self.key(entity), default: 1] -= 1 } }

    /// What the pages of all streams may come to, were each of them here at the same time: memory must not grow with
    /// what Clio allows.
    static let mostBytes = 18_000_000
    /// Streams that may be under way whatever their pages come to.
    private static let leastStreams = 4

    /// Learns how large an entity's pages are.
    func note(_ entity: Entity, pageBytes: Int) {
        let key = Self.key(entity)
        state.withLock { $0.pageBytes[key] = max($0.pageBytes[key] ?? 0, pageBytes) }
    }

    /// Whether another stream of an entity is of use: those under way, of all entities, cannot spend the budget, and their pages
    /// leave memory for one more.
    /// - Parameters:
    ///   - wanted: streams that spend the budget.
    ///   - running: streams of this entity that are begun, though the board may not have heard of them yet.
    func hasRoom(for entity: Entity, wanted: Int, running: Int = 0) -> Bool {
        let key = Self.key(entity)
        return state.withLock { state in
            var streams = state.streams
            streams[key] = max(running, streams[key] ?? 0)
            let active = streams.reduce(0) { $0 + $1.value }
            guard active < wanted else { return false }
            let bytes = streams.reduce(state.pageBytes[key] ?? 0) { $0 + $1.value * (state.pageBytes[$1.key] ?? 0) }
            return active < Self.leastStreams || bytes <= Self.mostBytes
        }
    }

    private static func key(_ entity: Entity) -> String { "\(entity.phase)/\(entity.name)" }
}
