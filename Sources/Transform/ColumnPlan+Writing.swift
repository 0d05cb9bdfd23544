internal import JSON
internal import Pipelines

extension ColumnPlan {
    /// Writes the column's value of the current object, or null and what is wrong with it.
    /// - Parameter prefix: the path of the object in its record: empty, or `phone_numbers[0].`.
    /// - Returns: what row rules see.
    @inline(__always)
    func write(
        from plan: ObjectPlan, to line: inout JSONWriter, prefix: String, _ violations: inout [Violation]
    ) -> RowValue {
        guard let place = places.last, let value = plan.value(at: place), !value.isNull else {
            line.null()
            if isRequired || places.count > 1 { missing(plan, prefix, &violations) }
            return .null
        }
        switch write(value, to: &line) {
        case .success(let seen):
            if isRequired, type == .text, Self.isBlank(value) {
                violations.append(
                    Violation(
                        rule: "required", path: prefix + pathText, value: value, message: "expected more than blanks",
                        severity: severity))
            }
            return seen
        case .failure(let fault):
            line.null()
            violations.append(
                Violation(
                    rule: fault.rule, path: prefix + pathText, value: value, message: fault.message, severity: severity)
            )
            return .null
        }
    }

    /// Whether a text shows nothing.
    private static func isBlank(_ value: JSONValue) -> Bool {
        guard value.kind == .string, let bytes = value.utf8 else { return false }
        // Nearly every text begins with a letter or a digit.
        if let first = bytes.first, (0x21...0x7E).contains(first) { return false }
        return String(decoding: bytes, as: UTF8.self).allSatisfy(\.isWhitespace)
    }

    /// Nothing there: a violation if the column is required, or if something on the way is no object.
    private func missing(_ plan: ObjectPlan, _ prefix: String, _ violations: inout [Violation]) {
        for depth in 0..<max(0, places.count - 1) {
            guard let value = plan.value(at: places[depth]), !value.isNull, value.kind != .object else { continue }
            let path = prefix + column.path[0...depth].joined(separator: ".")
            // Several columns may hang on the same broken object: it is reported once, as bad as the worst of them.
            if let known = violations.firstIndex(where: { $0.path == path && $0.rule == "type" }) {
                guard severity == .reject, violations[known].severity == .warn else { return }
                violations.remove(at: known)
            }
            violations.append(
                Violation(
                    rule: "type", path: path, value: value, message: "expected an object, got \(value.kind.words)",
                    severity: severity))
            return
        }
        guard column.required else { return }
        violations.append(
            Violation(
                rule: "required", path: prefix + pathText, value: nil, message: "expected a value", severity: severity))
    }
}
