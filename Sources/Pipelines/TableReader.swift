/// Reads a table that an entity defines.
struct TableReader {
    let object: YAMLObject
    let entity: String
    let title: String

    /// SQLite's own limit is 2,000.
    static let maximumColumns = 1000
    /// The loader numbers child tables in one byte.
    static let maximumChildren = 250

    func read() -> TableDraft? {
        let name = object["name"].flatMap { value in
            value.text("name").flatMap { NameRules.checkTable($0, at: value) ? $0 : nil }
        }
        if object["name"] == nil, !NameRules.checkTable(entity, at: object.value) { return nil }
        let title = object["title"].flatMap { $0.text("title") }
        let description = object["description"].flatMap { $0.text("description") }
        guard let columnsValue = object.required("columns") else { return nil }
        let columns = ColumnReader.columns(columnsValue)
        checkKey(columns, at: columnsValue)
        let children = object["children"].map(self.children) ?? []
        let names = columns.names
        let rules = object["rules"].map { self.rules($0, columns) } ?? []
        let indexes = object["indexes"].map { Self.indexes($0, names) } ?? []
        let label = object["label"].flatMap { Self.column($0, "label", names) }
        let search = object["search"].map { self.search($0, columns) } ?? []
        let table = Table(
            name: name ?? entity, title: title ?? self.title, description: description, label: label, search: search,
            columns: columns.drafts.map(\.column), children: children.map(\.child), rules: rules, indexes: indexes)
        return TableDraft(
            table: table, place: object["name"] ?? object.value, columns: columns.drafts, children: children)
    }

    private func checkKey(_ columns: ColumnList, at place: YAMLValue) {
        guard columns.names.contains(Table.keyColumn) else {
            place.report("columns: the column \"id\" is missing; it is the table's key")
            return
        }
        if let key = columns.drafts.first(where: { $0.column.name == Table.keyColumn }) {
            if key.column.type != .integer && key.column.type != .text {
                key.place.report("id: expected type integer or text, got \(key.column.type.rawValue)")
            }
            if !key.column.required {
                key.place.report("id: expected required: true, a row without a key cannot be stored")
            }
            if key.column.severity == .warn {
                key.place.report("id: expected severity reject or none, a bad key cannot be stored")
            }
        }
        if let version = columns.drafts.first(where: { $0.column.name == Table.versionColumn }),
            version.column.type != .timestamp
        {
            version.place.report(
                "updated_at: expected type timestamp, got \(version.column.type.rawValue); it says which version is newer"
            )
        }
    }

    private func children(_ value: YAMLValue) -> [ChildDraft] {
        let entries = value.entries("children") ?? []
        if entries.count > Self.maximumChildren {
            value.report("children: at most \(Self.maximumChildren), got \(entries.count)")
        }
        return entries.compactMap { entry in
            guard NameRules.checkTable(entry.name, at: entry.key),
                let object = YAMLObject(entry.value, "a child table", keys: PipelineKeys.child)
            else { return nil }
            let path = object.required("from").flatMap { ColumnReader.path($0, "from", 1...2) }
            let parent = object.required("parent").flatMap { value in
                value.text("parent").flatMap { NameRules.check($0, "parent", at: value) ? $0 : nil }
            }
            let title = object["title"].flatMap { $0.text("title") }
            let description = object["description"].flatMap { $0.text("description") }
            guard let columnsValue = object.required("columns") else { return nil }
            let columns = ColumnReader.columns(columnsValue)
            if columns.names.isEmpty { columnsValue.report("columns: expected at least one") }
            for taken in [parent, NameRules.positionColumn] {
                guard let taken, let place = columns.places[taken] else { continue }
                place.report(
                    "column \"\(taken)\": this name is taken by the child table's key; choose another and say from: \(taken)"
                )
            }
            if parent == NameRules.positionColumn {
                object["parent"]?.report("parent: \"position\" is taken by the other half of the key")
            }
            let names = columns.names + [parent, NameRules.positionColumn].compactMap { $0 }
            let indexes = object["indexes"].map { Self.indexes($0, names) } ?? []
            guard let path, let parent else { return nil }
            let child = ChildTable(
                name: entry.name, title: title ?? Self.humanized(entry.name), description: description, path: path,
                parentColumn: parent, columns: columns.drafts.map(\.column), indexes: indexes)
            return ChildDraft(child: child, place: entry.key, columns: columns.drafts)
        }
    }

    private func rules(_ value: YAMLValue, _ columns: ColumnList) -> [RowRule] {
        (value.entries("rules") ?? []).compactMap { entry in
            guard NameRules.check(entry.name, "rule", at: entry.key),
                let object = YAMLObject(entry.value, "a row rule", keys: PipelineKeys.rule)
            else { return nil }
            if NameRules.builtInRules.contains(entry.name) {
                entry.key.report(
                    "rule \"\(entry.name)\": this name is taken by a rule that every column has; choose another")
            }
            let severity = object.required("severity").flatMap { $0.choice("severity", Severity.self) }
            let message = object["message"].flatMap { $0.text("message") }
            guard let check = object.required("check"), let text = check.text("check") else { return nil }
            do throws(ConditionError) {
                let parsed = try ConditionParser.parse(text, RuleBinder.limits)
                let (condition, faults) = RuleBinder(columns).bind(parsed)
                for fault in faults { check.report("check: \(fault)") }
                return RowRule(
                    name: entry.name, text: text, condition: condition, severity: severity ?? .warn, message: message)
            } catch {
                check.report("check: \(error.description)")
                return nil
            }
        }
    }

    private static func column(_ value: YAMLValue, _ what: String, _ names: [String]) -> String? {
        guard let name = value.text(what) else { return nil }
        if names.contains(name) { return name }
        value.report("\(what): there is no column \"\(name.prefix(64))\"" + Suggestion.hint(name, among: names))
        return nil
    }

    /// Full-text search reads the rows of a table by their INTEGER keys, which stay what they are.
    private func search(_ value: YAMLValue, _ columns: ColumnList) -> [String] {
        var search: [String] = []
        for element in value.list("search") ?? [] {
            guard let name = Self.column(element, "search", columns.names) else { continue }
            let type = columns.drafts.first { $0.column.name == name }?.column.type
            if let type, type != .text, type != .json {
                element.report("search: expected columns of type text or json, \(name) has \(type.rawValue)")
            } else if search.contains(name) {
                element.report("search: the column \"\(name)\" is listed twice")
            } else {
                search.append(name)
            }
        }
        let key = columns.drafts.first { $0.column.name == Table.keyColumn }
        if let key, key.column.type == .text {
            value.report("search: works for tables whose id has type integer only")
        }
        return search
    }

    private static func indexes(_ value: YAMLValue, _ names: [String]) -> [[String]] {
        var indexes: [[String]] = []
        for element in value.list("indexes") ?? [] {
            guard let list = element.list("an index") else { continue }
            var index: [String] = []
            for item in list {
                guard let name = item.text("an index") else { continue }
                if !names.contains(name) {
                    item.report(
                        "indexes: there is no column \"\(name.prefix(64))\"" + Suggestion.hint(name, among: names))
                } else if index.contains(name) {
                    item.report("indexes: the column \"\(name)\" is listed twice in one index")
                } else {
                    index.append(name)
                }
            }
            if list.isEmpty { element.report("indexes: expected at least one column, for example [status]") }
            if indexes.contains(index), !index.isEmpty { element.report("indexes: this index is listed twice") }
            if !index.isEmpty, !indexes.contains(index) { indexes.append(index) }
        }
        return indexes
    }

    /// `contact_phone_numbers` as "Contact phone numbers".
    private static func humanized(_ name: String) -> String {
        let text = name.split(separator: "_").joined(separator: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
