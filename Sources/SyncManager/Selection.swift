public import Pipelines

/// The phases and entities that a command works on, in the order of an onboarding.
public struct Selection: Sendable {
    /// All pipeline files.
    public let catalog: Catalog
    /// The entities of each phase that was asked for.
    public let phases: [(phase: Phase, entities: [Entity])]

    /// Everything.
    public init(_ catalog: Catalog) {
        self.catalog = catalog
        phases = catalog.phases.map { ($0, $0.entities) }
    }

    /// The phases and entities with these names; empty lists mean all.
    public init(_ catalog: Catalog, phases names: [String], entities: [String]) throws(ConfigurationError) {
        self.catalog = catalog
        for name in names where catalog.phase(named: name) == nil {
            let known = catalog.phases.map(\.name).joined(separator: ", ")
            throw ConfigurationError("--phase: there is no phase \(name); the pipelines have \(known)")
        }
        let wanted = catalog.phases.filter { names.isEmpty || names.contains($0.name) }
        for name in entities where !wanted.contains(where: { $0.entity(named: name) != nil }) {
            let known = wanted.flatMap(\.entities).map(\.name).joined(separator: ", ")
            throw ConfigurationError("--entity: there is no entity \(name); these phases have \(known)")
        }
        phases = wanted.compactMap { phase in
            let chosen = phase.entities.filter { entities.isEmpty || entities.contains($0.name) }
            return chosen.isEmpty ? nil : (phase, chosen)
        }
    }

    /// The phases' names.
    public var phaseNames: [String] { phases.map(\.phase.name) }

    /// All entities, phase by phase.
    public var entities: [Entity] { phases.flatMap(\.entities) }
}

/// A step of the pipeline that can be run by itself.
public enum Stage: String, Sendable, CaseIterable {
    case extract, transform, load, verify
}
