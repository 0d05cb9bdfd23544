/// A pipeline file with the entities that it defines.
struct PhaseDraft {
    let name: String
    let title: String
    let day: String
    let order: Int
    let isDefault: Bool
    let features: [Feature]
    let entities: [EntityDraft]
    let views: [ViewDraft]
}

/// Reads one pipeline file.
enum PhaseReader {
    static let format = 1

    static func read(_ value: YAMLValue, phase: String) -> PhaseDraft? {
        guard let object = YAMLObject(value, "a pipeline file", keys: PipelineKeys.phase) else { return nil }
        if let format = object.required("format") {
            if case .integer(let number) = format.kind, number == Self.format {
            } else {
                format.report("format: this version of cliosync reads format \(Self.format)")
            }
        }
        if let named = object.required("phase"), let text = named.text("phase"), text != phase {
            named.report("phase: expected \"\(phase)\", the name of the file, got \"\(text.prefix(64))\"")
        }
        let title = object.required("title")?.text("title")
        let day = object["day"]?.text("day")
        let order = object["order"]?.integer("order", 0...1_000_000)
        let isDefault = object["default"]?.boolean("default")
        let features = object["features"].map(Self.features) ?? []
        let entities = object.required("entities").map { Self.entities($0, phase: phase) } ?? []
        let views = object["views"].map(ViewReader.views) ?? []
        return PhaseDraft(
            name: phase, title: title ?? "", day: day ?? "", order: order ?? 0, isDefault: isDefault ?? true,
            features: features, entities: entities, views: views)
    }

    private static func features(_ value: YAMLValue) -> [Feature] {
        (value.entries("features") ?? []).compactMap { entry in
            guard NameRules.check(entry.name, "feature", at: entry.key), let title = entry.value.text(entry.name) else {
                return nil
            }
            return Feature(name: entry.name, title: title)
        }
    }

    private static func entities(_ value: YAMLValue, phase: String) -> [EntityDraft] {
        guard let entries = value.entries("entities") else { return [] }
        if entries.isEmpty { value.report("entities: expected at least one") }
        let drafts = entries.compactMap { entry -> EntityDraft? in
            guard NameRules.check(entry.name, "entity", at: entry.key) else { return nil }
            return EntityReader(name: entry.name, key: entry.key, phase: phase).read(entry.value)
        }
        // By priority; equal ones stay as the file has them.
        return drafts.enumerated().sorted {
            ($0.element.entity.priority, $0.offset) < ($1.element.entity.priority, $1.offset)
        }.map(\.element)
    }
}
