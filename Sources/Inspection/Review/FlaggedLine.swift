internal import JSON
internal import Transform

/// A line of a flagged layer, as review sees it.
struct FlaggedLine {
    let id: String?
    let isRejected: Bool
    let part: String
    let line: Int
    let violations: [Violation]

    struct Violation {
        let rule: String
        let path: String
        /// What the transform applied, `accept` or `reject`.
        let decision: String?

        /// The path with the places in lists left out: `phone_numbers[].number`.
        var group: String { RecordExaminer.group(path) }
    }

    /// nil when the line is none that transform writes.
    init?(_ value: JSONValue) {
        guard let severity = value["severity"]?.string, let part = value["part"]?.string,
            let line = value["line"]?.int64, let list = value["violations"], list.kind == .array
        else { return nil }
        id = value["id"].flatMap { $0.int64.map { String($0) } ?? $0.string }
        isRejected = severity == "reject"
        self.part = part
        self.line = Int(line)
        var violations: [Violation] = []
        list.forEachElement { violation in
            violations.append(
                Violation(
                    rule: violation["rule"]?.string ?? "", path: violation["path"]?.string ?? "",
                    decision: violation["decision"]?.string))
        }
        self.violations = violations
    }
}
