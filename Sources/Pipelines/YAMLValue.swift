internal import Yams

/// A node of a pipeline file that knows its place and reports problems with it.
struct YAMLValue {
    /// What a node is, by the rules of YAML 1.2: `yes` and `off` are text.
    enum Kind {
        case object
        case list
        case text(String)
        case integer(Int64)
        case decimal(Double)
        case boolean(Bool)
        case null
    }

    /// A key and its value.
    struct Entry {
        let name: String
        let key: YAMLValue
        let value: YAMLValue
    }

    let node: Node
    let file: String
    let problems: ProblemList

    /// Says that something is wrong here.
    func report(_ message: String) {
        problems.add(file: file, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, message)
    }

    /// Says that a name is not defined.
    /// - Parameter isMissing: whether only a file that is missing can define it.
    func reportUndefined(_ message: String, isMissing: Bool) {
        guard isMissing else { return report(message) }
        problems.addUndefined(file: file, line: node.mark?.line ?? 0, column: node.mark?.column ?? 0, message)
    }

    /// `core.yaml:12:5`.
    var position: String { "\(file):\(node.mark?.line ?? 0):\(node.mark?.column ?? 0)" }

    var kind: Kind {
        switch node {
        case .mapping: return .object
        case .sequence: return .list
        case .alias: return .null
        case .scalar(let scalar):
            guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
            return Self.plain(scalar.string)
        }
    }

    /// A scalar's text as written, without quotes.
    var written: String { node.scalar?.string ?? "" }

    var isNull: Bool {
        if case .null = kind { return true }
        return false
    }

    /// The kind in words, for messages.
    var words: String {
        switch kind {
        case .object: "a block of keys"
        case .list: "a list"
        case .text: "text"
        case .integer, .decimal: "a number"
        case .boolean: "true or false"
        case .null: "nothing"
        }
    }

    /// The text, or nil and a complaint.
    func text(_ what: String) -> String? {
        switch kind {
        case .text(let text):
            if !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" && $0 != "\t" }) {
                return text
            }
            report("\(what): expected text, got \(text.isEmpty ? "empty text" : "control characters")")
            return nil
        case .integer, .decimal, .boolean:
            report("\(what): expected text, got \(words); put it in quotes: \"\(written)\"")
            return nil
        default:
            report("\(what): expected text, got \(words)")
            return nil
        }
    }

    /// The integer, or nil and a complaint.
    func integer(_ what: String, _ range: ClosedRange<Int64>) -> Int? {
        guard case .integer(let number) = kind else {
            report("\(what): expected an integer, got \(words)")
            return nil
        }
        guard range.contains(number) else {
            report("\(what): expected \(range.lowerBound) to \(range.upperBound), got \(number)")
            return nil
        }
        return Int(number)
    }

    /// The boolean, or nil and a complaint.
    func boolean(_ what: String) -> Bool? {
        if case .boolean(let value) = kind { return value }
        report("\(what): expected true or false, got \(words)")
        return nil
    }

    /// The case that the text names, or nil and a complaint.
    func choice<T: RawRepresentable & CaseIterable>(_ what: String, _ type: T.Type) -> T? where T.RawValue == String {
        guard let text = text(what) else { return nil }
        if let value = T(rawValue: text) { return value }
        let all = T.allCases.map(\.rawValue)
        report(
            "\(what): unknown \"\(text)\", expected one of \(all.joined(separator: ", "))\(Suggestion.hint(text, among: all))"
        )
        return nil
    }

    /// The elements, or nil and a complaint.
    func list(_ what: String) -> [YAMLValue]? {
        guard case .sequence(let sequence) = node else {
            report("\(what): expected a list, got \(words)")
            return nil
        }
        return sequence.map { YAMLValue(node: $0, file: file, problems: problems) }
    }

    /// The keys and values, in the order of the file, or nil and a complaint.
    func entries(_ what: String) -> [Entry]? {
        guard case .mapping(let mapping) = node else {
            report("\(what): expected a block of keys, got \(words)")
            return nil
        }
        var entries: [Entry] = []
        var earlier: [String: Int] = [:]
        for (key, value) in mapping {
            let key = YAMLValue(node: key, file: file, problems: problems)
            guard case .scalar(let scalar) = key.node else {
                key.report("\(what): a key must be a word, got \(key.words)")
                continue
            }
            let name = scalar.string
            if let line = earlier[name] {
                key.report("duplicate key \"\(name)\"; it is in line \(line) already")
                continue
            }
            earlier[name] = key.node.mark?.line ?? 0
            if name == "<<" {
                key.report(
                    "\(what): merge keys (<<) are not known here; name whole blocks with & and repeat them with *")
                continue
            }
            entries.append(
                Entry(name: name, key: key, value: YAMLValue(node: value, file: file, problems: problems)))
        }
        return entries
    }

    private static func plain(_ text: String) -> Kind {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        var digits = text.utf8[...]
        if let first = digits.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            digits = digits.dropFirst()
        }
        let numeric = digits.first.map { isDigit($0) || $0 == UInt8(ascii: ".") } ?? false
        guard numeric, digits.contains(where: isDigit) else { return .text(text) }
        if digits.allSatisfy(isDigit) {
            if let number = Int64(text) { return .integer(number) }
        } else if !digits.allSatisfy({ isDigit($0) || ".eE+-".utf8.contains($0) }) {
            return .text(text)
        }
        if let number = Double(text), number.isFinite { return .decimal(number) }
        return .text(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }
}
