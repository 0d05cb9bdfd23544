/// The columns of one table: those that could be read, and the names of all.
struct ColumnList {
    var drafts: [ColumnDraft] = []
    /// Every name of the file, also of a column that could not be read, so that one fault is one complaint.
    var names: [String] = []
    var places: [String: YAMLValue] = [:]
}

/// Reads the columns of a table.
enum ColumnReader {
    static func columns(_ value: YAMLValue) -> ColumnList {
        var list = ColumnList()
        for entry in value.entries("columns") ?? [] {
            guard NameRules.check(entry.name, "column", at: entry.key) else { continue }
            list.names.append(entry.name)
            list.places[entry.name] = entry.key
            if let draft = column(entry) { list.drafts.append(draft) }
        }
        if list.names.count > TableReader.maximumColumns {
            value.report("columns: at most \(TableReader.maximumColumns), got \(list.names.count)")
        }
        return list
    }

    /// `a`, `a.b` or `a.b.c` as keys, or nil and a complaint.
    static func path(_ value: YAMLValue, _ what: String, _ length: ClosedRange<Int>) -> [String]? {
        guard let text = value.text(what) else { return nil }
        let keys = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard length.contains(keys.count), keys.allSatisfy({ NameRules.isKey($0) }) else {
            value.report(
                "\(what): expected \(length.lowerBound) to \(length.upperBound) keys joined by dots, for example client.id, got "
                    + "\"\(text.prefix(64))\"")
            return nil
        }
        return keys
    }

    private static func column(_ entry: YAMLValue.Entry) -> ColumnDraft? {
        guard case .object = entry.value.kind else {
            // The short form: `etag: text`.
            guard let type = entry.value.choice("type", ColumnType.self) else { return nil }
            return ColumnDraft(
                column: Column(name: entry.name, path: [entry.name], type: type), place: entry.key, reference: nil)
        }
        guard let object = YAMLObject(entry.value, "a column", keys: PipelineKeys.column) else { return nil }
        let path = object["from"].map { Self.path($0, "from", 1...3) } ?? [entry.name]
        let required = object["required"].flatMap { $0.boolean("required") } ?? false
        let severity = object["severity"].flatMap { $0.choice("severity", Severity.self) }
        let reference = object["references"].flatMap(ReferenceReader.reference)
        let title = object["title"].flatMap { $0.text("title") }
        let description = object["description"].flatMap { $0.text("description") }
        let unit = object["unit"].flatMap { $0.text("unit") }
        guard let type = object.required("type").flatMap({ $0.choice("type", ColumnType.self) }) else { return nil }
        let rules = ValueRuleReader(type: type)
        let allowed = object["allowed"].map(rules.allowed) ?? []
        let range = object["range"].flatMap(rules.range)
        let pattern = object["pattern"].flatMap(rules.pattern)
        // A json column keeps a number and a text alike as TEXT, so that it can hold the id of a text key.
        let isKeyType = [.integer, .text, .json].contains(type)
        if reference != nil, !isKeyType {
            object["references"]?.report("references: a reference has type integer or text, not \(type.rawValue)")
        }
        let mask = object["mask"].flatMap { $0.choice("mask", ValueMask.self) }
        guard let path else { return nil }
        var plain: (table: String?, feeder: TableOwner?) = (nil, nil)
        var typed: TypedReferenceDraft?
        switch reference {
        case .plain(let table, let feeder): plain = (table, feeder)
        case .typed(let reference, let places, let by):
            typed = TypedReferenceDraft(reference: reference, places: places, by: by)
        case nil: break
        }
        let column = Column(
            name: entry.name, title: title, description: description, unit: unit, path: path, type: type,
            required: required, allowed: allowed, range: range, pattern: pattern, references: plain.table,
            referenceFeeder: plain.feeder, typedReference: typed?.reference, severity: severity, mask: mask)
        return ColumnDraft(
            column: column, place: entry.key, reference: isKeyType ? object["references"] : nil,
            typed: isKeyType ? typed : nil, mask: object["mask"])
    }
}
