/// The phases that other files name and that have no file.
enum MissingPhases {
    static func of(_ drafts: [PhaseDraft]) -> [String] {
        let present = drafts.map(\.name)
        let named = Set(drafts.flatMap(\.entities).flatMap(named))
        // A name that is nearly that of a phase is a typing error.
        return named.subtracting(present).filter { Suggestion.closest(to: $0, among: present) == nil }.sorted()
    }

    /// The phases that an entity names: `core` of `core.users`.
    private static func named(_ draft: EntityDraft) -> [String] {
        var phases = draft.groups.map(\.grouping.lookup.phase)
        switch draft.table {
        case .broken: break
        case .used(let phase, _, _): phases.append(phase)
        case .defined(let table):
            for column in table.columns + table.children.flatMap(\.columns) {
                if let feeder = column.column.referenceFeeder { phases.append(feeder.phase) }
                if let typed = column.typed { phases += typed.reference.targets.compactMap { $0.feeder?.phase } }
            }
        }
        return phases
    }
}
