internal import Pipelines

/// Lets entities that feed one table be extracted one after the other, in the order of their phases.
///
/// Of two versions of a record that were changed at the same time, the one with the later number counts: which one that is
/// must not depend on whose request was faster.
actor TableTurns {
    private struct Turn: Hashable {
        let key: EntityKey
        let table: String
    }

    private var open: [Turn]
    private var ends: [(key: EntityKey, continuation: CheckedContinuation<Void, Never>)] = []
    private var waiting: [(turn: Turn, continuation: CheckedContinuation<Void, Never>)] = []

    /// - Parameter entities: all that take part, in their order.
    init(_ entities: [Entity]) {
        open = entities.map { Turn(key: EntityKey($0), table: $0.table.name) }
    }

    /// Waits until whatever comes before in the same table has ended.
    func wait(_ entity: Entity) async {
        let turn = Turn(key: EntityKey(entity), table: entity.table.name)
        guard !isFirst(turn) else { return }
        await withCheckedContinuation { waiting.append((turn, $0)) }
    }

    /// Waits until an entity has ended; not at all when it takes no part.
    func waitForEnd(of key: EntityKey) async {
        guard open.contains(where: { $0.key == key }) else { return }
        await withCheckedContinuation { ends.append((key, $0)) }
    }

    /// An entity has ended, however it did.
    func end(_ key: EntityKey) {
        open.removeAll { $0.key == key }
        let ready = waiting.filter { isFirst($0.turn) }
        waiting.removeAll { isFirst($0.turn) }
        for waiter in ready { waiter.continuation.resume() }
        for waiter in ends where waiter.key == key { waiter.continuation.resume() }
        ends.removeAll { $0.key == key }
    }

    private func isFirst(_ turn: Turn) -> Bool {
        open.first { $0.table == turn.table }.map { $0 == turn } ?? true
    }
}
