/// A grouping and the places to point at when it does not fit the other files.
struct GroupDraft {
    let grouping: Grouping
    let lookup: YAMLValue
    let list: YAMLValue?
}

/// Reads the filters that cut a list into groups.
struct GroupReader {
    let fields: FieldList?
    /// The parameters that every request of the entity has.
    let parameters: [Parameter]

    private enum Value: String, CaseIterable {
        case element
        case record
    }

    func read(_ value: YAMLValue) -> [GroupDraft] {
        (value.entries("groups") ?? []).compactMap { entry in
            guard NameRules.check(entry.name, "group", at: entry.key) else { return nil }
            return draft(entry.name, entry.value)
        }
    }

    private func draft(_ name: String, _ value: YAMLValue) -> GroupDraft? {
        guard let object = YAMLObject(value, "a group", keys: PipelineKeys.group) else { return nil }
        let parameter = object.required("parameter").flatMap {
            EntityReader.freeParameter($0, "parameter", parameters)
        }
        let with = object["with"].map { EntityReader.parameters($0, "with") } ?? []
        let path = object.required("path").flatMap(self.path)
        let place = object.required("of")
        let lookup = place.flatMap { EntityReader.entityName($0, "of", example: "core.users") }
        let list = object["list"].flatMap { value -> String? in
            guard let text = value.text("list") else { return nil }
            if NameRules.isKey(text) { return text }
            value.report("list: \"\(text.prefix(64))\" is no key of a record")
            return nil
        }
        let takes = object["value"].flatMap { $0.choice("value", Value.self) }
        if takes != nil, object["list"] == nil {
            object["value"]?.report("value: only means something beside \"list\"")
        }
        let null = object["takes_null"].flatMap { $0.boolean("takes_null") } ?? false
        guard let parameter, let path, let place, let lookup else { return nil }
        return GroupDraft(
            grouping: Grouping(
                name: name, parameter: parameter, with: with, path: path,
                lookup: TableOwner(phase: lookup.phase, entity: lookup.entity), list: list,
                takesRecord: takes == .record, takesNull: null),
            lookup: place, list: object["list"])
    }

    private func path(_ value: YAMLValue) -> [String]? {
        guard let text = value.text("path") else { return nil }
        let path = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(path.count), path.allSatisfy({ NameRules.isKey($0) }) else {
            value.report("path: \"\(text.prefix(64))\" is no path of one or two keys")
            return nil
        }
        if let fields, !fields.covers(path) {
            value.report("path: \"\(text)\" is not among the fields asked for" + fields.hint(path))
        }
        return path
    }
}
