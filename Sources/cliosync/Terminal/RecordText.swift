import JSON

/// JSON for people: one field a line, what is inside indented, long texts wrapped.
struct RecordText {
    /// Columns of the terminal.
    let width: Int
    /// Spaces before every line.
    var indent = 0

    /// The lines of a record. What is not JSON is shown as it is.
    func lines(_ json: String) -> [String] {
        let parser = JSONParser()
        // Values live as long as their parser does.
        defer { withExtendedLifetime(parser) {} }
        guard let value = try? parser.parse(json), value.kind == .object || value.kind == .array else {
            return Wrapping.lines(margin(0) + Terminal.safe(json), width: width, indent: indent + 2)
        }
        return lines(of: value, depth: 0)
    }

    private func margin(_ depth: Int) -> String { String(repeating: " ", count: indent + 2 * depth) }

    private func lines(of value: JSONValue, depth: Int) -> [String] {
        var members: [(name: String, value: JSONValue)] = []
        if value.kind == .object {
            value.forEachMember { name, value in members.append((String(decoding: name, as: UTF8.self), value)) }
        } else {
            value.forEachElement { members.append(("[\(members.count)]", $0)) }
        }
        // Names of plain values are aligned; an odd one does not move the others far.
        let names = members.filter { Self.plain($0.value) != nil }.map { Terminal.columns(Terminal.safe($0.name)) }
        let column = min(28, names.max() ?? 0)
        return members.flatMap { name, value -> [String] in
            let label = Terminal.safe(name)
            guard let text = Self.plain(value) else {
                return [margin(depth) + Terminal.bold(label)] + lines(of: value, depth: depth + 1)
            }
            let padding = String(repeating: " ", count: max(0, column - Terminal.columns(label)))
            let hanging = indent + 2 * depth + column + 2
            let wrapped = Wrapping.lines(
                margin(depth) + label + padding + "  " + Terminal.safe(text), width: width,
                indent: hanging + 20 <= width ? hanging : indent + 2 * depth + 4)
            let start = margin(depth) + label
            // A label that is wider than the terminal is broken, too.
            guard let first = wrapped.first, first.hasPrefix(start) else { return wrapped }
            return [margin(depth) + Terminal.dim(label) + first.dropFirst(start.count)] + wrapped.dropFirst()
        }
    }

    /// The text of a value that needs one line; nil for objects and lists with members.
    private static func plain(_ value: JSONValue) -> String? {
        switch value.kind {
        case .object: value.count == 0 ? "{}" : nil
        case .array: value.count == 0 ? "[]" : nil
        case .string: value.string.map { $0.isEmpty ? "\"\"" : $0 }
        case .null: "null"
        case .bigNumber, .damagedString: value.utf8.map { String(decoding: $0, as: UTF8.self) }
        default: value.bool.map { "\($0)" } ?? value.int64.map { "\($0)" } ?? value.double.map { "\($0)" }
        }
    }
}
