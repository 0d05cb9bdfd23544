internal import Pipelines

/// An entity in its phase.
struct EntityKey: Hashable, Sendable {
    let phase: String
    let entity: String

    init(_ entity: Entity) { self.init(phase: entity.phase, entity: entity.name) }

    init(phase: String, entity: String) {
        self.phase = phase
        self.entity = entity
    }
}
