internal import Bytes
internal import Hashing
internal import JSON
internal import Pipelines
internal import Staging

/// What people decided about flagged records. Nothing here is reached by a healthy record.
extension RecordTransformer {
    /// Notes on each violation what was decided about it.
    /// - Returns: whether the record stays out of its table: because a person said so, or because a violation that
    ///   rejects it was not accepted.
    func review(_ decisions: DecisionSet, _ record: JSONValue, isRejected: Bool) -> Bool {
        guard let id = recordID(record), decisions.contains(id: id) else { return isRejected }
        var isRefused = false
        var isOpen = isKeyBroken
        for index in violations.indices {
            let violation = violations[index]
            let decision = decisions[
                Decision.Key(id: id, rule: violation.rule, path: violation.path, hash: hash(of: violation))]
            violations[index].decision = decision
            switch decision?.verdict {
            case .reject: isRefused = true
            case .accept: break
            case nil: isOpen = isOpen || violation.severity == .reject
            }
        }
        if isRefused {
            if !isRejected { reviewed = .reject }
            return true
        }
        guard isRejected, !isOpen else { return isRejected }
        reviewed = .accept
        return false
    }

    /// The id as text; nil when it is neither an integer within 64 bits nor a text.
    func recordID(_ record: JSONValue?) -> String? {
        record?.kind == .object ? currentID : nil
    }

    /// The same of the object that was read last.
    var currentID: String? {
        guard let keyIndex, let node = plan.columns[keyIndex].places.last, let value = plan.value(at: node) else {
            return nil
        }
        return value.int64.map { String($0) } ?? value.string
    }

    /// Whether the key itself is at fault: it cannot be NULL, whatever a person says.
    var isKeyBroken: Bool {
        guard let keyIndex else { return true }
        let path = plan.columns[keyIndex].pathText
        return violations.contains { violation in
            !rules.contains { $0.rule.name == violation.rule }
                && (violation.path == path || path.hasPrefix(violation.path + "."))
        }
    }

    /// SHA-256 of what Clio sent at the place of a violation: the value as minified JSON, nothing for a value that is
    /// missing, the values of all its columns for a row rule.
    func hash(of violation: Violation) -> String {
        var text = JSONWriter(capacity: 256)
        if let value = violation.value {
            text.value(value)
        } else if let rule = rules.first(where: { $0.rule.name == violation.rule && $0.rule.text == violation.path }) {
            for name in rule.rule.condition.columns {
                let column = plan.columns.first { $0.column.name == name }
                if let node = column?.places.last, let value = plan.value(at: node) { text.value(value) }
                text.newline()
            }
        }
        return SHA256.hex(SHA256.hash(text.buffer.bytes))
    }
}

extension RuleCondition {
    /// The columns it names, each once, in the order of their first appearance.
    var columns: [String] {
        var names: [String] = []
        func add(_ name: String) { if !names.contains(name) { names.append(name) } }
        func visit(_ condition: RuleCondition) {
            switch condition {
            case .compare(let left, _, let right):
                for case .column(let name) in [left, right] { add(name) }
            case .isNull(let column), .isNotNull(let column): add(column)
            case .and(let left, let right), .or(let left, let right):
                visit(left)
                visit(right)
            case .not(let inner): visit(inner)
            }
        }
        visit(self)
        return names
    }
}

extension Violation {
    /// The decision's own members of a violation in a flagged line.
    func write(_ decision: Decision, to line: inout JSONWriter) {
        line.key("decision")
        line.string(decision.verdict.rawValue)
        line.key("by")
        line.string(decision.by)
        line.key("at")
        line.string(decision.at)
        if let note = decision.note {
            line.key("note")
            line.string(note)
        }
    }
}
