internal import Pipelines
internal import Synchronization

/// Who is walking, and who comes first: shared by all entities that one extractor works on.
final class StreamBoard: Sendable {
    private struct State {
        /// A lower number goes first.
        var ranks: [String: Int] = [:]
        var preferred: [String] = []
        var streams: [String: Int] = [:]
    }

    private let state = Mutex(State())
    /// What is added for a stream that can wait until the recent ones are through.
    static let history = 1_000_000

    func enter(_ entity: Entity, rank: Int) {
        state.withLock { $0.ranks[Self.key(entity)] = rank }
    }

    /// Puts an entity before all others; the one named last is the first.
    func prefer(entity name: String) {
        state.withLock { state in
            state.preferred.removeAll { $0 == name }
            state.preferred.append(name)
        }
    }

    /// An entity's place in the queue.
    func priority(_ entity: Entity, isHistory: Bool) -> Int {
        state.withLock { state in
            let own = Self.priority(Self.key(entity), entity.name, state)
            return isHistory && own >= 0 ? own + Self.history : own
        }
    }

    private static func priority(_ key: String, _ name: String, _ state: State) -> Int {
        if let place = state.preferred.firstIndex(of: name) { return -1 - place }
        return state.ranks[key] ?? 0
    }

    func begin(_ entity: Entity) { state.withLock { $0.streams[Self.key(entity), default: 0] += 1 } }

    func end(_ entity: Entity) { state.withLock { $0.streams[Self.key(entity), default: 1] -= 1 } }

    /// Streams under way, of all entities.
    var active: Int { state.withLock { $0.streams.reduce(0) { $0 + $1.value } } }

    private static func key(_ entity: Entity) -> String { "\(entity.phase)/\(entity.name)" }
}
