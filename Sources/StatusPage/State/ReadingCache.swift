internal import Dispatch
internal import Synchronization

/// What is made of each connection, once for each reading of it: of thousands of firms, few change from one request to the next.
final class ReadingCache<Value: Sendable>: Sendable {
    private let known = Mutex<[String: (reading: Int, value: Value)]>([:])
    private let make: @Sendable (ConnectionStatus) -> Value

    init(_ make: @escaping @Sendable (ConnectionStatus) -> Value) { self.make = make }

    /// The values of these connections, in their order. Those of other connections are forgotten.
    func values(_ connections: [ConnectionStatus]) -> [Value] {
        let before = known.withLock { $0 }
        let made = Mutex<[Int: Value]>([:])
        let missing = connections.indices.filter { before[connections[$0].name]?.reading != connections[$0].reading }
        let share = max(1, missing.count / Self.pieces)
        DispatchQueue.concurrentPerform(iterations: (missing.count + share - 1) / share) { piece in
            for place in missing[(piece * share)..<min(missing.count, (piece + 1) * share)] {
                let value = make(connections[place])
                made.withLock { $0[place] = value }
            }
        }
        let new = made.withLock { $0 }
        let values = connections.indices.compactMap { new[$0] ?? before[connections[$0].name]?.value }
        let next = zip(connections, values).map { ($0.name, (reading: $0.reading, value: $1)) }
        known.withLock { $0 = Dictionary(next) { first, _ in first } }
        return values
    }

    /// Enough pieces for every processor, each of them large enough.
    private static var pieces: Int { 16 }
}
