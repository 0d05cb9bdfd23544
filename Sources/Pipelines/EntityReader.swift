/// Reads one entity of a pipeline file.
struct EntityReader {
    let name: String
    let key: YAMLValue
    let phase: String

    /// Parameters that the extractor writes itself, and the key to use instead.
    private static let ownParameters = [
        "fields": "fields", "limit": "batch", "order": "order", "page_token": "", "offset": "",
    ]

    private enum Bounds: String, CaseIterable {
        case date
        case timestamp
    }

    func read(_ value: YAMLValue) -> EntityDraft? {
        guard let object = YAMLObject(value, "an entity", keys: PipelineKeys.entity) else { return nil }
        let title = object.required("title")?.text("title")
        let priority = object.required("priority")?.integer("priority", 1...99)
        let endpoint = object.required("endpoint").flatMap(self.endpoint)
        let parameters = object["parameters"].map { Self.parameters($0) } ?? []
        let fields = object.required("fields").map(FieldList.read)
        let expectations = object["expect"].map { self.expectations($0, fields) } ?? []
        let order = object["order"].flatMap(self.order)
        let batch = self.batch(object["batch"])
        let windows = object["windows"].flatMap { self.windows($0, fields, parameters) }
        let since = object["since"].map { self.since($0, fields, parameters) } ?? Since()
        let isRecentFirst = object["recent_first"].flatMap { $0.boolean("recent_first") } ?? false
        if isRecentFirst, windows == nil, since.created == nil {
            object["recent_first"]?.report("recent_first: needs windows, or since with created")
        }
        let firmSizes = object["firm_size"].map(self.firmSizes) ?? []
        let groups = object["groups"].map { GroupReader(fields: fields, parameters: parameters).read($0) } ?? []
        if let place = object["groups"], order != "id(asc)" {
            place.report("groups: needs order: id(asc)")
        }
        if let fields, fields.isComplete, !fields.covers(["id"]) {
            object["fields"]?.report("fields: \"id\" is missing")
        }
        let rawOnly = object["raw_only"].map { self.rawOnly($0, fields) } ?? []
        let table = object.required("table").map { self.table($0, title: title ?? name) } ?? .broken
        var entity = Entity(
            phase: phase, name: name, title: title ?? name, priority: priority ?? 1, endpoint: endpoint ?? name,
            parameters: parameters, expectations: expectations, order: order, batchSize: batch.size,
            maximumBatchSize: batch.maximum, batchSetting: batch.setting, fields: fields?.texts ?? [], windows: windows,
            since: since, isRecentFirst: isRecentFirst, firmSizes: firmSizes, groupings: groups.map(\.grouping),
            rawOnly: rawOnly,
            table: Table(name: name, title: name, description: nil, columns: [], children: [], rules: [], indexes: []),
            tableDefinedIn: TableOwner(phase: phase, entity: name))
        entity.link = object["link"].flatMap(self.link)
        return EntityDraft(
            entity: entity, place: key, fields: fields ?? FieldList.unknown, table: table, groups: groups)
    }

    private func table(_ value: YAMLValue, title: String) -> TableSource {
        guard let object = YAMLObject(value, "a table", keys: PipelineKeys.table) else { return .broken }
        guard let use = object["use"] else {
            return TableReader(object: object, entity: name, title: title).read().map { .defined($0) } ?? .broken
        }
        for other in PipelineKeys.table where other != "use" && object[other] != nil {
            object[other]?.report("\(other): a table that uses another definition has no other key beside \"use\"")
        }
        guard let name = Self.entityName(use, "use", example: "core.contacts") else { return .broken }
        return .used(phase: name.phase, entity: name.entity, place: use)
    }

    /// `phase.entity`, or nil and a complaint.
    static func entityName(_ value: YAMLValue, _ key: String, example: String) -> (phase: String, entity: String)? {
        guard let text = value.text(key) else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(NameRules.isName) else {
            value.report("\(key): expected phase.entity, for example \(example), got \"\(text.prefix(64))\"")
            return nil
        }
        return (parts[0], parts[1])
    }

    private func endpoint(_ value: YAMLValue) -> String? {
        guard let text = value.text("endpoint") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if text.hasSuffix(".json") || text.hasPrefix("/") || !parts.allSatisfy({ NameRules.isKey($0) }) {
            value.report(
                "endpoint: expected the path below /api/v4/ without .json, for example \"activities\", got \"\(text.prefix(64))\""
            )
            return nil
        }
        return text
    }

    private func link(_ value: YAMLValue) -> LinkTemplate? {
        guard let text = value.text("link") else { return nil }
        let link = LinkTemplate(text)
        if link == nil {
            value.report(
                "link: expected https://{host}/, then a path with {id} once, for example https://{host}/nc/#/matters/{id}, "
                    + "got \"\(text.prefix(64))\"")
        }
        return link
    }

    static func parameters(_ value: YAMLValue, _ key: String = "parameters") -> [Parameter] {
        (value.entries(key) ?? []).compactMap { entry in
            let bare = entry.name.hasSuffix("[]") ? String(entry.name.dropLast(2)) : entry.name
            guard NameRules.isKey(bare) else {
                entry.key.report("\(key): \"\(entry.name.prefix(64))\" is no name of a query parameter")
                return nil
            }
            if let instead = Self.ownParameters[bare] {
                let hint =
                    instead.isEmpty ? "paging is the extractor's own work" : "use the key \"\(instead)\" of the entity"
                entry.key.report("\(key): \"\(entry.name)\" cannot be set here; \(hint)")
                return nil
            }
            switch entry.value.kind {
            case .text, .integer, .boolean: return Parameter(name: entry.name, value: entry.value.written)
            default:
                entry.value.report("\(entry.name): expected text, an integer, true or false, got \(entry.value.words)")
                return nil
            }
        }
    }

    private func expectations(_ value: YAMLValue, _ fields: FieldList?) -> [Expectation] {
        (value.entries("expect") ?? []).compactMap { entry in
            let path = entry.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(path.count), path.allSatisfy({ NameRules.isKey($0) }) else {
                entry.key.report("expect: \"\(entry.name.prefix(64))\" is no path of one or two keys")
                return nil
            }
            if let fields, !fields.covers(path) {
                entry.key.report("expect: \"\(entry.name)\" is not among the fields asked for")
            }
            let json: String
            switch entry.value.kind {
            case .text(let text): json = Canonical.quoted(text)
            case .integer(let number): json = String(number)
            case .boolean(let value): json = value ? "true" : "false"
            default:
                entry.value.report("\(entry.name): expected text, an integer, true or false, got \(entry.value.words)")
                return nil
            }
            return Expectation(path: path, json: json)
        }
    }

    private func rawOnly(_ value: YAMLValue, _ fields: FieldList?) -> [RawOnlyField] {
        (value.entries("raw_only") ?? []).compactMap { entry in
            let path = entry.name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard (1...2).contains(path.count), path.allSatisfy({ NameRules.isKey($0) }) else {
                entry.key.report("raw_only: \"\(entry.name.prefix(64))\" is no path of one or two keys")
                return nil
            }
            if let fields, !fields.covers(path) {
                entry.key.report("raw_only: \"\(entry.name)\" is not among the fields asked for" + fields.hint(path))
            }
            guard let reason = entry.value.text("raw_only"), !reason.isEmpty else { return nil }
            return RawOnlyField(path: path, reason: reason)
        }
    }

    private func firmSizes(_ value: YAMLValue) -> [Int] {
        guard let elements = value.list("firm_size") else { return [] }
        let bounds = elements.compactMap { $0.integer("firm_size", 1...1_000_000_000) }
        // A count that is no integer is complaint enough.
        if elements.count == bounds.count, bounds.count != 3 || !zip(bounds, bounds.dropFirst()).allSatisfy(<) {
            value.report("firm_size: expected three growing counts, for example [500, 2000, 10000]")
        }
        return bounds
    }

    private func order(_ value: YAMLValue) -> String? {
        guard let text = value.text("order") else { return nil }
        let name = text.hasSuffix("(asc)") ? text.dropLast(5) : text.hasSuffix("(desc)") ? text.dropLast(6) : ""
        guard NameRules.isKey(name) else {
            value.report("order: expected a field and its direction, for example id(asc), got \"\(text.prefix(64))\"")
            return nil
        }
        return text
    }

    private func batch(_ value: YAMLValue?) -> (size: Int, maximum: Int, setting: String?) {
        guard let value, let object = YAMLObject(value, "batch", keys: PipelineKeys.batch) else {
            return (200, 200, nil)
        }
        let maximum = object["maximum"].flatMap { $0.integer("maximum", 1...10_000) } ?? 200
        let size = object["size"].flatMap { $0.integer("size", 1...Int64(maximum)) } ?? min(200, maximum)
        let setting = object["setting"].flatMap { value -> String? in
            guard let text = value.text("setting") else { return nil }
            let fits = text.utf8.allSatisfy { byte in
                (65...90).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
            }
            guard fits, text.utf8.first.map({ $0 > 57 }) == true, text.utf8.count <= NameRules.maximumLength else {
                value.report(
                    "setting: expected the name of an environment variable in capitals, got \"\(text.prefix(64))\"")
                return nil
            }
            return text
        }
        return (size, maximum, setting)
    }

    /// The name of a query parameter that the entity does not set itself.
    static func freeParameter(_ value: YAMLValue, _ key: String, _ parameters: [Parameter]) -> String? {
        guard let text = value.text(key) else { return nil }
        guard NameRules.isKey(text), Self.ownParameters[text] == nil, !parameters.contains(where: { $0.name == text })
        else {
            value.report("\(key): \"\(text.prefix(64))\" is no free query parameter")
            return nil
        }
        return text
    }

    private func since(_ value: YAMLValue, _ fields: FieldList?, _ parameters: [Parameter]) -> Since {
        guard let object = YAMLObject(value, "since", keys: PipelineKeys.since) else { return Since() }
        if let fields, !fields.covers(["created_at"]), object["created"] != nil {
            object["created"]?.report("created: the field \"created_at\" is not among the fields asked for")
        }
        return Since(
            created: object["created"].flatMap { Self.freeParameter($0, "created", parameters) },
            updated: object["updated"].flatMap { Self.freeParameter($0, "updated", parameters) })
    }

    private func windows(_ value: YAMLValue, _ fields: FieldList?, _ parameters: [Parameter]) -> Windows? {
        guard let object = YAMLObject(value, "windows", keys: PipelineKeys.windows) else { return nil }
        func parameter(_ key: String) -> String? {
            object.required(key).flatMap { Self.freeParameter($0, key, parameters) }
        }
        func field(_ key: String) -> String? {
            guard let value = object.required(key), let text = value.text(key) else { return nil }
            if let fields, !fields.covers([text]) {
                value.report("\(key): \"\(text.prefix(64))\" is not among the fields asked for" + fields.hint([text]))
                return nil
            }
            return text
        }
        let (lower, upper, start, end) = (parameter("lower"), parameter("upper"), field("start"), field("end"))
        let bounds = object.required("bounds").flatMap { $0.choice("bounds", Bounds.self) }
        if let lower, lower == upper { object["upper"]?.report("upper: expected another parameter than that of lower") }
        guard let lower, let upper, let start, let end, let bounds else { return nil }
        return Windows(
            lowerParameter: lower, upperParameter: upper, startField: start, endField: end,
            boundType: bounds == .date ? .date : .timestamp)
    }
}
