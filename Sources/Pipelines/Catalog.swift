/// Every pipeline file of a folder, resolved and validated: what the whole product does, as data.
public struct Catalog: Sendable {
    /// The phases in the order in which an onboarding runs them.
    public let phases: [Phase]
    /// Phases without a file that references lead into: these references are not checked.
    public let absentPhases: [String]

    /// A catalog of phases that were checked elsewhere; `load(folder:)` reads and checks files.
    public init(phases: [Phase], absentPhases: [String] = []) {
        self.phases = phases
        self.absentPhases = absentPhases
    }

    /// The phases of a run that names none, in order.
    public var defaultPhases: [Phase] { phases.filter(\.isDefault) }

    /// Every entity of every phase, in the order of the files.
    public var entities: [Entity] { phases.flatMap(\.entities) }

    /// The views of every phase, in the order of the files.
    public var views: [View] { phases.flatMap(\.views) }

    /// The phase with this name.
    public func phase(named name: String) -> Phase? { phases.first { $0.name == name } }

    /// The entities, over all phases, whose records end in this table.
    public func feeders(ofTable table: String) -> [Entity] { entities.filter { $0.table.name == table } }

    /// The tables in the order of their definition, each once.
    public var tables: [Table] {
        var seen: Set<String> = []
        return entities.map(\.table).filter { seen.insert($0.name).inserted }
    }
}
