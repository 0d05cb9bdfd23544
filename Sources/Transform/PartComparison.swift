internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

/// Compares one part after the other with its present results. Not Sendable: each worker has its own.
final class PartComparison {
    private let entity: Entity
    private let transformer: RecordTransformer
    private let before = JSONParser()
    private let after = JSONParser()
    private var first = JSONWriter(capacity: 256)
    private var second = JSONWriter(capacity: 256)
    private var difference: LayerDifference
    /// A value longer than this is cut in an example.
    private static let longestExample = 60

    init(_ entity: Entity, _ decisions: DecisionSet) throws(TransformError) {
        self.entity = entity
        transformer = try RecordTransformer(entity, decisions: decisions)
        difference = LayerDifference(phase: entity.phase, entity: entity.name)
    }

    func run(_ raw: PartFile, _ result: ResultPart) throws(TransformError) -> LayerDifference {
        do throws(StagingError) {
            difference = LayerDifference(phase: entity.phase, entity: entity.name)
            let warned = try readFlags(result)
            let rejected = Set(result.rejectedLines)
            let reader = try NDJSONReader(raw)
            let clean = try result.clean.map { file throws(StagingError) in try NDJSONReader(file) }
            while let line = try reader.next() {
                let number = reader.line
                let old: LayerDifference.State =
                    rejected.contains(number) ? .rejected : warned.contains(number) ? .warned : .healthy
                let present = old == .rejected ? nil : try clean?.next()
                transformer.clean.removeAll()
                transformer.flagged.removeAll()
                let new = LayerDifference.State(transformer.transform(line, part: "", number: number))
                difference.compared += 1
                for violation in transformer.violations {
                    difference.count(violation.rule, RecordExaminer.group(violation.path), after: 1)
                }
                if old != new {
                    let isBroken = transformer.violations.contains { $0.path.isEmpty }
                    difference.move(from: old, to: new, id: isBroken ? nil : transformer.currentID)
                }
                if let present, new != .rejected { compare(present) }
            }
            return difference
        } catch {
            throw TransformError(error)
        }
    }

    /// Counts the violations that are flagged now; returns the lines that have a warning only.
    private func readFlags(_ result: ResultPart) throws(StagingError) -> Set<Int> {
        guard let file = result.flagged else { return [] }
        var warned: Set<Int> = []
        let reader = try NDJSONReader(file)
        while let line = try reader.next() {
            guard let value = try? before.parse(line) else { continue }
            if value["severity"]?.isString("warn") == true { warned.insert(Int(value["line"]?.int64 ?? 0)) }
            value["violations"]?.forEachElement { violation in
                difference.count(
                    violation["rule"]?.string ?? "", RecordExaminer.group(violation["path"]?.string ?? ""), before: 1)
            }
        }
        return warned
    }

    /// Compares the clean line that is there with the new one.
    private func compare(_ present: UnsafeRawBufferPointer) {
        let bytes = UnsafeRawBufferPointer(rebasing: transformer.clean.buffer.bytes.dropLast())
        if bytes.count == present.count, bytes.elementsEqual(present) { return }
        guard let old = try? before.parse(present), let new = try? after.parse(bytes) else { return }
        let id = new["id"].flatMap { $0.int64.map { String($0) } ?? $0.string } ?? ""
        let children = entity.table.children
        compare(entity.table.name, old, new, id: id) { name in children.contains { $0.name == name } }
        let names = Set(children.map(\.name)).union(lists(old))
        for name in names { compareRows(name, old[name], new[name], id: id) }
    }

    /// The lists of a clean line: tables of child rows, also those that the pipeline no longer has.
    private func lists(_ line: JSONValue) -> [String] {
        var names: [String] = []
        line.forEachMember { key, value in
            if value.kind == .array { names.append(String(decoding: key, as: UTF8.self)) }
        }
        return names
    }

    private func compareRows(_ table: String, _ old: JSONValue?, _ new: JSONValue?, id: String) {
        let (oldRows, newRows) = (elements(old), elements(new))
        if oldRows.count != newRows.count { difference.childRows[table, default: 0] += newRows.count - oldRows.count }
        for (old, new) in zip(oldRows, newRows) { compare(table, old, new, id: id) { _ in false } }
    }

    private func elements(_ list: JSONValue?) -> [JSONValue] {
        var elements: [JSONValue] = []
        list?.forEachElement { elements.append($0) }
        return elements
    }

    /// Compares two rows, column by column. Both have their keys in their table's order, so that the partner of a key
    /// is nearly always the one after the partner of the previous key.
    private func compare(
        _ table: String, _ old: JSONValue, _ new: JSONValue, id: String, isList: (String) -> Bool
    ) {
        var members: [(key: UnsafeRawBufferPointer, value: JSONValue)] = []
        old.forEachMember { members.append(($0, $1)) }
        var isKnown = [Bool](repeating: false, count: members.count)
        var hint = 0
        new.forEachMember { key, value in
            let partner =
                hint < members.count && members[hint].key.elementsEqual(key)
                ? hint : members.firstIndex { $0.key.elementsEqual(key) }
            if let partner {
                isKnown[partner] = true
                hint = partner + 1
                if isSame(members[partner].value, value) { return }
            }
            let name = String(decoding: key, as: UTF8.self)
            guard !isList(name) else { return }
            if let partner {
                note(table, name, .changed, members[partner].value, value, id)
            } else {
                note(table, name, .added, nil, value, id)
            }
        }
        for (member, isKnown) in zip(members, isKnown) where !isKnown && member.value.kind != .array {
            note(table, String(decoding: member.key, as: UTF8.self), .dropped, member.value, nil, id)
        }
    }

    private func isSame(_ old: JSONValue, _ new: JSONValue) -> Bool {
        guard old.kind == new.kind else { return false }
        switch old.kind {
        case .null, .true, .false: return true
        case .integer: return old.int64 == new.int64
        case .string:
            guard let a = old.utf8, let b = new.utf8 else { return false }
            return a.count == b.count && a.elementsEqual(b)
        default:
            first.removeAll()
            second.removeAll()
            first.value(old)
            second.value(new)
            return first.buffer.bytes.elementsEqual(second.buffer.bytes)
        }
    }

    private func note(
        _ table: String, _ column: String, _ kind: LayerDifference.ColumnChange.Kind, _ old: JSONValue?,
        _ new: JSONValue?, _ id: String
    ) {
        // A new or a lost column is reported even when all its values are NULL.
        let counts = kind == .changed || (old ?? new)?.isNull == false
        difference.change(
            table, column, kind, values: counts ? 1 : 0,
            counts ? [LayerDifference.Example(id: id, before: old.map(text), after: new.map(text))] : [])
    }

    private func text(_ value: JSONValue) -> String {
        first.removeAll()
        first.value(value)
        let text = first.text
        return text.count > Self.longestExample ? text.prefix(Self.longestExample) + "…" : text
    }
}

extension LayerDifference.State {
    fileprivate init(_ outcome: RecordTransformer.Outcome) {
        switch outcome {
        case .accepted: self = .healthy
        case .warned: self = .warned
        case .rejected: self = .rejected
        }
    }
}
