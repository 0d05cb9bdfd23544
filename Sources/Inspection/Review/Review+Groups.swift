internal import Load
public import Pipelines
internal import Staging
internal import Transform

extension Review {
    /// What is flagged, grouped by phase, entity, rule and path, the largest group of each entity first.
    /// - Parameter database: where orphans are read from, if it is there: they are found after the load.
    public func groups(_ selection: Selection, database: String) throws -> [ReviewGroup] {
        let decisions = try file.read()
        var groups: [ReviewGroup] = []
        for entity in selection.entities {
            groups += try self.groups(entity, DecisionSet(decisions, entity: entity.name)).values.sorted {
                ($1.records, $0.rule, $0.path) < ($0.records, $1.rule, $1.path)
            }
        }
        for orphan in try OrphanGroups.read(database: database) {
            guard selection.entities.contains(where: { $0.phase == orphan.phase && $0.name == orphan.entity }) else {
                continue
            }
            var group = ReviewGroup(
                phase: orphan.phase, entity: orphan.entity, rule: "reference", path: RecordExaminer.group(orphan.path))
            group.records = orphan.records
            group.open = orphan.records
            group.examples = orphan.examples
            groups.append(group)
        }
        return groups
    }

    /// Flagged records, each once however many rules it breaks, and those of them that are in no table.
    public func totals(_ selection: Selection) throws -> (records: Int, notLoaded: Int) {
        var totals = (records: 0, notLoaded: 0)
        for entity in selection.entities {
            guard let manifest = try ResultManifest.read(place(entity)) else { continue }
            totals.records += manifest.rejected + manifest.warned
            totals.notLoaded += manifest.rejected
        }
        return totals
    }

    private struct GroupKey: Hashable {
        let rule: String
        let path: String
    }

    private func groups(_ entity: Entity, _ decisions: DecisionSet) throws -> [GroupKey: ReviewGroup] {
        let latest = decisions.latest
        let header = try ResultManifest.read(place(entity))?.header
        let isCurrent = header?.fingerprint == Transformer.fingerprint(entity, decisions: decisions)
        var groups: [GroupKey: ReviewGroup] = [:]
        func change(_ key: GroupKey, _ body: (inout ReviewGroup) -> Void) {
            body(
                &groups[
                    key,
                    default: ReviewGroup(phase: entity.phase, entity: entity.name, rule: key.rule, path: key.path)])
        }
        var seen: Set<DecisionSet.Place> = []
        var undecided: [String: Set<Int>] = [:]
        try forEachFlagged(entity) { flagged in
            var counted: Set<GroupKey> = []
            for violation in flagged.violations {
                let key = GroupKey(rule: violation.rule, path: violation.group)
                let known = flagged.id.flatMap { id in
                    let place = DecisionSet.Place(id: id, rule: violation.rule, path: violation.path)
                    if latest[place] != nil { seen.insert(place) }
                    return latest[place]
                }
                change(key) { group in
                    if counted.insert(key).inserted {
                        group.records += 1
                        if flagged.isRejected { group.kept += 1 }
                        if flagged.id == nil { group.withoutID += 1 }
                        if let id = flagged.id, group.examples.count < 3 { group.examples.append(id) }
                    }
                    switch violation.decision {
                    case "accept" where isCurrent || known == nil: group.accepted += 1
                    case "reject" where isCurrent || known == nil: group.rejected += 1
                    default:
                        guard known != nil else { return group.open += 1 }
                        if isCurrent {
                            // The transform knew the decision and did not apply it: the value is another one.
                            group.open += 1
                            group.lapsed += 1
                        } else {
                            undecided[flagged.part, default: []].insert(flagged.line)
                        }
                    }
                }
            }
        }
        // Decisions newer than the layer: the raw lines say whether they still hold.
        let examiner = try RecordExaminer(entity, decisions: decisions)
        try forEachRawLine(entity, undecided) { _, _, line in
            let examination = examiner.examine(line)
            guard let id = examination.id else { return }
            for finding in examination.findings
            where latest[DecisionSet.Place(id: id, rule: finding.rule, path: finding.path)] != nil {
                change(GroupKey(rule: finding.rule, path: RecordExaminer.group(finding.path))) { group in
                    switch finding.decision?.verdict {
                    case .accept: group.accepted += 1
                    case .reject: group.rejected += 1
                    case nil:
                        group.open += 1
                        group.lapsed += 1
                    }
                    if finding.decision != nil { group.waiting += 1 }
                }
            }
        }
        // What was decided about records that are healthy now.
        for place in try healed(entity, Set(latest.keys).subtracting(seen)) {
            change(GroupKey(rule: place.rule, path: RecordExaminer.group(place.path))) { $0.lapsed += 1 }
        }
        return groups
    }

    /// Of decisions without a flag in this phase, those that no phase has a flag for; each is reported once, in the first
    /// phase that has the entity.
    private func healed(
        _ entity: Entity, _ places: Set<DecisionSet.Place>
    ) throws -> Set<DecisionSet.Place> {
        let phases = catalog.entities.filter { $0.name == entity.name }
        guard !places.isEmpty, phases.first?.phase == entity.phase else { return [] }
        var left = places
        for other in phases.dropFirst() {
            try forEachFlagged(other) { flagged in
                guard let id = flagged.id else { return }
                for violation in flagged.violations {
                    left.remove(DecisionSet.Place(id: id, rule: violation.rule, path: violation.path))
                }
            }
        }
        return left
    }
}
