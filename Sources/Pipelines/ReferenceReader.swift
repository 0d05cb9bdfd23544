/// Reads what a column refers to.
enum ReferenceReader {
    /// What the value of `references` says.
    enum Draft {
        /// A table, or an entity for the table that it fills, which is known once all files are read.
        case plain(table: String?, feeder: TableOwner?)
        /// By the type of each id, with the places to complain at.
        case typed(TypedReference, places: [String: YAMLValue], by: YAMLValue)
    }

    static func reference(_ value: YAMLValue) -> Draft? {
        guard case .object = value.kind else {
            return target(value, "references").map { .plain(table: $0.table, feeder: $0.feeder) }
        }
        guard let object = YAMLObject(value, "references", keys: PipelineKeys.reference),
            let place = object.required("by"), let by = place.text("by"),
            let list = object.required("to"), let entries = list.entries("to")
        else { return nil }
        if entries.isEmpty { list.report("to: expected at least one type with its table") }
        var targets: [TypedReference.Target] = []
        var places: [String: YAMLValue] = [:]
        for entry in entries {
            guard let found = target(entry.value, "to") else { continue }
            targets.append(TypedReference.Target(type: entry.name, table: found.table, feeder: found.feeder))
            places[entry.name] = entry.value
        }
        return .typed(TypedReference(by: by, targets: targets), places: places, by: place)
    }

    private static func target(_ value: YAMLValue, _ key: String) -> (table: String?, feeder: TableOwner?)? {
        guard let text = value.text(key) else { return nil }
        guard text.contains(".") else { return (text, nil) }
        guard let name = EntityReader.entityName(value, key, example: "supporting.contacts") else { return nil }
        return (nil, TableOwner(phase: name.phase, entity: name.entity))
    }
}
