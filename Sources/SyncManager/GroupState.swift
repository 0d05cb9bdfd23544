internal import Bytes
internal import Extract
package import Jobs
internal import Load
package import Pipelines
package import Staging

/// How far the groups of one entity are, read from the staged files and the database.
struct GroupState {
    let entity: Entity
    let grouping: Grouping
    private let raw: RawManifest
    private let directory: GroupDirectory

    /// nil when the entity's extract was not begun with groups. Blocks while it reads the look-up.
    init?(_ state: EntityState, in folder: ConnectionFolder) throws(StagingError) {
        guard let raw = state.raw, let grouping = GroupDirectory.grouping(raw, of: state.entity) else { return nil }
        entity = state.entity
        self.grouping = grouping
        self.raw = raw
        directory = try GroupDirectory(grouping, in: folder)
    }

    /// One row per group, and one for what came with none of them.
    /// - Parameter loaded: the names of the parts that are in the database.
    func summaries(loaded: Set<String>) -> [GroupSummary] {
        var grouped: Set<StreamKey> = []
        var rows = directory.groups.map { group in
            let names = Set(group.values.map { GroupDirectory.stream(grouping, $0) })
            grouped.formUnion(names)
            return row(group.key, group.name, names, isOver: false, loaded)
        }
        let rest = raw.streams.keys.filter { !grouped.contains($0) && !$0.isChanges }
        if !rest.isEmpty || raw.completion == nil {
            rows.append(row("rest", nil, Set(rest), isOver: raw.completion != nil, loaded))
        }
        return rows
    }

    private func row(
        _ key: String, _ name: String?, _ streams: Set<StreamKey>, isOver: Bool, _ loaded: Set<String>
    ) -> GroupSummary {
        let known = streams.compactMap { raw.streams[$0] }
        let parts = raw.parts.filter { streams.contains($0.stream) }
        var summary = GroupSummary(key: key, name: name, records: known.reduce(0) { $0 + $1.records })
        if known.count == streams.count, key != "rest" {
            let totals = known.compactMap(\.reportedTotal)
            if totals.count == known.count { summary.expected = totals.reduce(0, +) }
        }
        let isExtracted = key == "rest" ? isOver : known.count == streams.count && known.allSatisfy(\.isExhausted)
        if isExtracted {
            summary.status = parts.allSatisfy { loaded.contains($0.name) || $0.records == 0 } ? .loaded : .extracted
        } else if !known.isEmpty {
            summary.status = .inProgress
        }
        return summary
    }
}

extension SyncManager {
    /// How far the groups of an entity are; empty when it is not cut into groups. Reads its manifests, and blocks.
    /// - Parameter database: nil: it is not known, and nothing counts as loaded.
    package static func groups(
        of entity: Entity, in folder: ConnectionFolder, database: String?
    ) throws -> [GroupSummary] {
        let state = try EntityState(entity, in: folder)
        guard let groups = try GroupState(state, in: folder) else { return [] }
        var loaded: Set<String> = []
        if let result = state.result, let database {
            // A database that cannot be looked at now has no more to tell.
            loaded = (try? LoadedParts.of(entity, database: database, result)) ?? []
        }
        return groups.summaries(loaded: loaded)
    }

    /// The id of the group that an id or a name means.
    func groupKey(_ text: String, of name: String, _ phases: [String]) throws -> String {
        let entities = phases.compactMap { catalog.phase(named: $0)?.entity(named: name) }
        var known: [GroupDirectory.Group] = []
        var isCut = false
        for entity in entities {
            let raw = try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name))
            let noted = raw.flatMap { GroupDirectory.grouping($0, of: entity) }
            if raw != nil, noted == nil { continue }
            for grouping in noted.map({ [$0] }) ?? entity.groupings {
                isCut = true
                let directory = try GroupDirectory(grouping, in: folder)
                let found = directory.matches(text)
                if found.count == 1 { return found[0].key }
                if found.count > 1 { throw Self.ambiguous(text, of: name, found.map(\.key)) }
                known += directory.groups
            }
        }
        guard isCut else {
            throw ConfigurationError(
                "\(name) is not fetched in groups; `cliosync run --group-by NAME` begins it so, where its pipeline file has "
                    + "groups")
        }
        throw Self.unknown(text, of: name, known)
    }

    private static func ambiguous(_ text: String, of name: String, _ keys: [String]) -> ConfigurationError {
        ConfigurationError(
            "\(name) has \(keys.count) groups named \"\(text.prefix(64))\": give the id of one of them, "
                + keys.prefix(10).joined(separator: ", ") + (keys.count > 10 ? ", …" : ""))
    }

    private static func unknown(
        _ text: String, of name: String, _ groups: [GroupDirectory.Group]
    ) -> ConfigurationError {
        let names = groups.map { $0.name ?? $0.key }
        let hint = Suggestion.hint(text, among: names)
        let list =
            names.isEmpty
            ? "; none is known before the list that names them is extracted"
            : "; it has " + names.prefix(10).joined(separator: ", ")
                + (names.count > 10 ? " and \(names.count - 10) more" : "")
        return ConfigurationError("\(name) has no group \"\(text.prefix(64))\"" + (hint.isEmpty ? list : hint))
    }
}
