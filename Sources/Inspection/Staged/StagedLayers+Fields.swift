internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// Lines of an entity that are looked at for a field that the pipeline does not name.
    private static let sample = 1000

    /// Looks for the fields of a condition before hours of lines for which it can only be unknown.
    /// - Throws: `ConfigurationError` for a field that neither the pipeline nor a line has.
    func checkFields(_ layer: Layer, _ lines: LineSelection) throws {
        guard let filter = lines.filter else { return }
        for path in filter.paths {
            guard case .key(let first)? = path.steps.first else { continue }
            let declared = selection.entities.reduce(into: Set<String>()) { $0.formUnion(Self.fields(layer, $1)) }
            // What a flagged record holds differs from line to line.
            let steps = layer == .flagged ? Array(path.steps.prefix(1)) : path.steps
            if declared.contains(first), steps.count == 1 { continue }
            let unknown = try unknownKey(steps, layer)
            guard let unknown, unknown != first || !declared.contains(first) else { continue }
            let hint = unknown == first ? Suggestion.hint(first, among: declared.sorted()) : ""
            throw ConfigurationError("--where: no \(layer.rawValue) line has a field \"\(unknown)\"\(hint)")
        }
    }

    /// The first key of a path that no line has though some have what it should be in; nil: all are there, or it is unknown.
    private func unknownKey(_ steps: [Condition.Path.Step], _ layer: Layer) throws -> String? {
        let parser = JSONParser()
        var missing: [Int: String] = [:]
        var reached = -1
        var hasLines = false
        for entity in selection.entities {
            var left = Self.sample
            for file in try files(layer, of: entity) where left > 0 {
                let reader = try NDJSONReader(file)
                while left > 0, let line = try reader.next() {
                    left -= 1
                    guard let record = try? parser.parse(line), record.kind == .object else { continue }
                    hasLines = true
                    for (level, step) in steps.enumerated() {
                        guard case .key(let key) = step else { continue }
                        let before = Condition.Path(steps: Array(steps.prefix(level))).values(record)
                        let objects = before.filter { $0.kind == .object }
                        if objects.contains(where: { $0[key] != nil }) {
                            reached = max(reached, level)
                        } else if !objects.isEmpty {
                            missing[level] = key
                        }
                    }
                }
            }
        }
        guard hasLines else { return nil }
        return missing.filter { $0.key > reached }.min { $0.key < $1.key }?.value
    }

    private static func fields(_ layer: Layer, _ entity: Entity) -> [String] {
        let table = entity.table
        switch layer {
        case .raw:
            return entity.fields.map { String($0.prefix { $0 != "{" }) }
                + table.columns.compactMap(\.path.first) + table.children.compactMap(\.path.first)
        case .clean: return table.columns.map(\.name) + table.children.map(\.name)
        case .flagged: return ["entity", "id", "severity", "violations", "part", "line", "updated_at", "record"]
        }
    }
}
