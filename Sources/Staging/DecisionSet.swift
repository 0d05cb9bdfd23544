internal import JSON

/// The decisions that count for one entity: the last one about each violation.
public struct DecisionSet: Sendable {
    /// A violation whatever its value was.
    public struct Place: Hashable, Sendable {
        /// The record's id as text.
        public let id: String
        /// The broken rule.
        public let rule: String
        /// Where in the record.
        public let path: String

        /// A place from its parts.
        public init(id: String, rule: String, path: String) {
            self.id = id
            self.rule = rule
            self.path = path
        }
    }

    private var byKey: [Decision.Key: Decision] = [:]
    private var ids: Set<String> = []

    /// Those of all decisions that are about an entity.
    public init(_ decisions: [Decision], entity: String) {
        for decision in decisions where decision.entity == entity {
            byKey[decision.key] = decision
            ids.insert(decision.key.id)
        }
    }

    /// Whether nothing was decided.
    public var isEmpty: Bool { byKey.isEmpty }

    /// Whether anything was decided about a record.
    public func contains(id: String) -> Bool { ids.contains(id) }

    /// What was decided about a violation.
    public subscript(key: Decision.Key) -> Decision? { byKey[key] }

    /// The latest decision about each violation, whatever its value was then.
    public var latest: [Place: Decision] {
        Dictionary(
            byKey.map { (Place(id: $0.key.id, rule: $0.key.rule, path: $0.key.path), $0.value) },
            uniquingKeysWith: { $0.at >= $1.at ? $0 : $1 })
    }

    /// Text that is equal for sets that make the same of every record; empty when nothing was decided.
    public var fingerprintText: String {
        var lines: [String] = []
        for decision in byKey.values {
            var line = JSONWriter(capacity: 256)
            decision.write(to: &line)
            lines.append(line.text)
        }
        return lines.sorted().joined(separator: "\n")
    }
}
