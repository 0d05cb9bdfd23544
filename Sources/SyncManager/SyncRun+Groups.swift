internal import Bytes
internal import Pipelines
internal import Staging
internal import Synchronization

extension SyncRun {
    /// Makes sure that some list can be cut by this filter.
    static func checkGroups(_ name: String, _ selection: Selection) throws(ConfigurationError) {
        guard !selection.entities.contains(where: { $0.grouping(named: name) != nil }) else { return }
        var seen: Set<String> = []
        let known = selection.entities.flatMap(\.groupings).map(\.name).filter { seen.insert($0).inserted }
        throw ConfigurationError(
            "--group-by: none of these lists is cut by \(name.prefix(64)); "
                + (known.isEmpty ? "they have no groups at all" : "they can be by \(known.joined(separator: ", "))"))
    }

    /// The entity whose records are the groups of a list, if the list is fetched by groups.
    func lookup(of entity: Entity) -> EntityKey? {
        guard let groupBy, let grouping = entity.grouping(named: groupBy) else { return nil }
        return EntityKey(phase: grouping.lookup.phase, entity: grouping.lookup.entity)
    }

    /// Tells the local stages that a part of an entity can be used already; once until they begin with it.
    func announce(_ phase: String, _ entity: String) {
        guard announced.withLock({ $0.insert(EntityKey(phase: phase, entity: entity)).inserted }) else { return }
        arrivals.withLock { _ = $0?.yield(.recent(phase: phase, entity: entity)) }
    }

    /// What is worked on when a part of an entity is wanted before the rest: the names of its groups, too, where they
    /// belong to the same phase.
    func early(_ name: String, _ phase: [Entity]) throws -> [Entity] {
        let wanted = phase.first { $0.name == name }.flatMap(lookup)
        return try phase.filter { entity in
            guard entity.name != name else { return true }
            guard EntityKey(entity) == wanted else { return false }
            return try RawManifest.read(manager.folder.entity(phase: entity.phase, name: entity.name))?.completion
                != nil
        }
    }
}
