/// A view as one file has it: its tables may be those of another file.
struct ViewDraft {
    let view: View
    let place: YAMLValue
    let tables: [(name: String, place: YAMLValue)]
}

/// Reads the views of a phase. Whether their SQL is right only SQLite can say: `ViewSet` asks it.
enum ViewReader {
    static let maximumLength = 20_000

    static func views(_ value: YAMLValue) -> [ViewDraft] {
        (value.entries("views") ?? []).compactMap { entry in
            guard NameRules.checkTable(entry.name, at: entry.key),
                let object = YAMLObject(entry.value, "a view", keys: PipelineKeys.view)
            else { return nil }
            let title = object.required("title")?.text("title")
            let description = object["description"].flatMap { $0.text("description") }
            let tables = object.required("tables").map(tables) ?? []
            let columns = object["columns"].flatMap(columns)
            guard let value = object.required("sql"), let sql = select(value, "sql") else { return nil }
            let places = sql.split(separator: ViewColumns.placeholder, omittingEmptySubsequences: false).count - 1
            if places != (object["columns"] == nil ? 0 : 1) {
                value.report(
                    object["columns"] == nil
                        ? "sql: \(ViewColumns.placeholder) is the place of the view's \"columns\", which it does not have"
                        : "sql: expected \(ViewColumns.placeholder) once, after the last column, "
                            + "for example SELECT m.id\(ViewColumns.placeholder) FROM …")
            }
            let view = View(
                name: entry.name, title: title ?? entry.name, description: description, tables: tables.map(\.name),
                sql: sql, columns: columns, place: entry.key.position)
            return ViewDraft(view: view, place: entry.key, tables: tables)
        }
    }

    private static func columns(_ value: YAMLValue) -> ViewColumns? {
        guard let object = YAMLObject(value, "columns", keys: PipelineKeys.viewColumns) else { return nil }
        let names = object.required("names").flatMap { select($0, "names") }
        guard let place = object.required("value"), let expression = place.text("value") else { return nil }
        if !expression.contains(ViewColumns.key) || hasSecondStatement(expression[...]) {
            place.report(
                "value: expected an expression with \(ViewColumns.key), "
                    + "for example max(v.value) FILTER (WHERE v.field_id = \(ViewColumns.key))")
        }
        return names.map { ViewColumns(names: $0, value: expression) }
    }

    private static func tables(_ value: YAMLValue) -> [(name: String, place: YAMLValue)] {
        let list = value.list("tables") ?? []
        if list.isEmpty { value.report("tables: expected at least one, for example [matters]") }
        var tables: [(name: String, place: YAMLValue)] = []
        for element in list {
            guard let name = element.text("tables") else { continue }
            if tables.contains(where: { $0.name == name }) {
                element.report("tables: \"\(name.prefix(64))\" is listed twice")
            } else {
                tables.append((name, element))
            }
        }
        return tables
    }

    /// One SELECT, without the semicolon and the blanks around it.
    private static func select(_ value: YAMLValue, _ key: String) -> String? {
        guard let text = value.text(key) else { return nil }
        guard text.utf8.count <= maximumLength else {
            value.report("\(key): at most \(maximumLength) characters, got \(text.utf8.count)")
            return nil
        }
        var sql = text[...]
        func trim() {
            while sql.last?.isWhitespace == true { sql.removeLast() }
            while sql.first?.isWhitespace == true { sql.removeFirst() }
        }
        trim()
        if sql.last == ";" { sql.removeLast() }
        trim()
        let word = sql.prefix { $0.isLetter }.lowercased()
        guard word == "select" || word == "with" else {
            value.report("\(key): expected a query that begins with SELECT or WITH")
            return nil
        }
        guard !hasSecondStatement(sql) else {
            value.report("\(key): expected one query, got a semicolon in the middle")
            return nil
        }
        return String(sql)
    }

    /// Whether there is a semicolon outside of texts, quoted names and comments.
    private static func hasSecondStatement(_ sql: Substring) -> Bool {
        var quote: UInt8?
        var comment: UInt8?
        var before: UInt8 = 0
        for byte in sql.utf8 {
            if let end = comment {
                let isOver = end == UInt8(ascii: "\n") ? byte == end : byte == end && before == UInt8(ascii: "*")
                if isOver { comment = nil }
                before = isOver ? 0 : byte
                continue
            }
            if let end = quote {
                if byte == end { quote = nil }
            } else {
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): quote = byte
                case UInt8(ascii: "["): quote = UInt8(ascii: "]")
                case UInt8(ascii: "-") where before == byte: comment = UInt8(ascii: "\n")
                case UInt8(ascii: "*") where before == UInt8(ascii: "/"): comment = UInt8(ascii: "/")
                case UInt8(ascii: ";"): return true
                default: break
                }
            }
            before = byte
        }
        return false
    }
}
