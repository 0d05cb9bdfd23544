internal import Bytes
public import Pipelines
public import Staging

extension Selection {
    /// The phases and entities that a stage works on for one firm.
    /// - Parameters:
    ///   - names: empty: those of `SYNC_PHASES`, else the default phases and what the firm was given besides; an entity
    ///     that is in none of these is looked for in all phases.
    ///   - entities: empty: all entities of the phases.
    public init(
        _ catalog: Catalog, phases names: [String], entities: [String], settings: Settings, folder: ConnectionFolder
    ) throws {
        guard names.isEmpty else {
            self = try Selection(catalog, phases: names, entities: entities)
            return
        }
        let set = settings.phases ?? []
        let wanted =
            try set.isEmpty
            ? catalog.phases.filter { try $0.isDefault || folder.hasPhase($0.name) }
            : Self.phases(catalog, named: set, by: "SYNC_PHASES")
        let isElsewhere = entities.contains { name in !wanted.contains { $0.entity(named: name) != nil } }
        try self.init(catalog, among: isElsewhere ? catalog.phases : wanted, entities: entities)
    }
}
