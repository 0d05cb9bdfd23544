public import Bytes

/// The phases and entities that a command works on, in the order of an onboarding.
public struct Selection: Sendable {
    /// All pipeline files.
    public let catalog: Catalog
    /// The entities of each phase that was asked for.
    public let phases: [(phase: Phase, entities: [Entity])]

    /// The phases of a run that names none.
    public init(_ catalog: Catalog) {
        self.catalog = catalog
        phases = catalog.defaultPhases.map { ($0, $0.entities) }
    }

    /// The phases and entities with these names.
    /// - Parameters:
    ///   - names: empty: all phases.
    ///   - entities: empty: all entities of the phases.
    public init(_ catalog: Catalog, phases names: [String], entities: [String]) throws(ConfigurationError) {
        let wanted = try Self.phases(catalog, named: names, by: "--phase")
        try self.init(catalog, among: wanted, entities: entities)
    }

    /// Some entities of these phases; an unknown one is an error.
    package init(_ catalog: Catalog, among wanted: [Phase], entities: [String]) throws(ConfigurationError) {
        self.catalog = catalog
        for name in entities where !wanted.contains(where: { $0.entity(named: name) != nil }) {
            throw ConfigurationError("--entity: " + UnknownName.entity(name, in: wanted, of: catalog))
        }
        phases = wanted.compactMap { phase in
            let chosen = phase.entities.filter { entities.isEmpty || entities.contains($0.name) }
            return chosen.isEmpty ? nil : (phase, chosen)
        }
    }

    /// The phases with these names, in the order of the catalog; all of them if there is no name.
    /// - Parameter source: the option or setting that names them, for errors.
    package static func phases(
        _ catalog: Catalog, named names: [String], by source: String
    ) throws(ConfigurationError) -> [Phase] {
        for name in names where catalog.phase(named: name) == nil {
            throw ConfigurationError("\(source): " + UnknownName.phase(name, in: catalog))
        }
        return catalog.phases.filter { names.isEmpty || names.contains($0.name) }
    }

    /// The phases' names.
    public var phaseNames: [String] { phases.map(\.phase.name) }

    /// All entities, phase by phase.
    public var entities: [Entity] { phases.flatMap(\.entities) }
}
