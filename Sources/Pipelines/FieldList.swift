/// The fields that an entity asks for, and whether a path into the record is among them.
struct FieldList {
    /// `id`, or `client{id,name}`, without white space.
    private(set) var texts: [String] = []
    /// Whether every one could be read; if not, nothing can be said about a path.
    private(set) var isComplete = true
    /// The sub-fields of each field; nil for a field without braces.
    private var selected: [String: [String]?] = [:]

    /// Nothing is known: everything counts as covered.
    static var unknown: FieldList {
        var list = FieldList()
        list.isComplete = false
        return list
    }

    static func read(_ value: YAMLValue) -> FieldList {
        var list = FieldList()
        guard let elements = value.list("fields") else { return .unknown }
        if elements.isEmpty {
            value.report("fields: expected at least \"id\"")
            return .unknown
        }
        for element in elements {
            guard let text = element.text("fields") else {
                list.isComplete = false
                continue
            }
            switch parse(text) {
            case .failure(let fault):
                element.report("fields: \(fault.message)")
                list.isComplete = false
            case .success(let (name, inner)):
                if list.selected[name] != nil {
                    element.report("fields: \"\(name)\" is asked for twice")
                    continue
                }
                var seen: Set<String> = []
                if let twice = inner?.first(where: { !seen.insert($0).inserted }) {
                    element.report("fields: \"\(twice)\" is asked for twice in \(name){…}")
                }
                list.selected[name] = .some(inner)
                list.texts.append(inner.map { "\(name){\($0.joined(separator: ","))}" } ?? name)
            }
        }
        return list
    }

    /// Whether Clio sends the value at a path.
    ///
    /// What Clio sends of an association without braces is `id` and `etag`; of one named inside braces, its default fields,
    /// which cannot be known.
    func covers(_ path: [String]) -> Bool {
        guard isComplete, let first = path.first else { return true }
        guard let inner = selected[first] else { return false }
        guard path.count > 1 else { return true }
        guard let inner else { return path.count == 2 && (path[1] == "id" || path[1] == "etag") }
        return inner.contains(path[1])
    }

    /// Suggests a covered path for one that is not.
    func hint(_ path: [String]) -> String {
        guard let first = path.first else { return "" }
        guard let inner = selected[first] else { return Suggestion.hint(first, among: selected.keys.sorted()) }
        guard path.count > 1 else { return "" }
        guard let inner else { return "; ask for \(first){id,\(path[1])}" }
        return Suggestion.hint(path[1], among: inner)
    }

    private struct Fault: Error {
        let message: String
    }

    /// Whether a byte is a character of its own, and no white space.
    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    private static func parse(_ text: String) -> Result<(String, [String]?), Fault> {
        var shown: String { "\"\(text.prefix(40))\(text.count > 40 ? "…" : "")\"" }
        var wrong: Fault {
            Fault(message: "expected a field, or an association with its fields: client{id,name}, got \(shown)")
        }
        guard let open = text.firstIndex(of: "{") else {
            return NameRules.isKey(text) ? .success((text, nil)) : .failure(wrong)
        }
        let name = String(text[..<open])
        let rest = text[text.index(after: open)...]
        guard NameRules.isKey(name), rest.last == "}" else { return .failure(wrong) }
        let body = rest.dropLast()
        if body.contains("{") || body.contains("}") {
            return .failure(
                Fault(
                    message:
                        "\(shown) has braces in braces, which Clio answers with 400; name the association without them")
            )
        }
        // A long list may be broken over lines, which YAML turns into blanks.
        let names = body.split(separator: ",", omittingEmptySubsequences: false).map { part in
            // Most have none.
            if let first = part.utf8.first, let last = part.utf8.last, isVisible(first), isVisible(last) {
                return String(part)
            }
            return String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
        guard names.allSatisfy({ NameRules.isKey($0) }) else { return .failure(wrong) }
        return .success((name, names))
    }
}
