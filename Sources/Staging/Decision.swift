public import JSON

/// What a person decided about one violation of one record.
///
/// It holds for the very value that was at fault: when Clio's value changes, the hash no longer agrees and the decision
/// lapses.
public struct Decision: Encodable, Sendable, Equatable {
    /// Load the record in spite of the violation, or keep it out of its table because of it.
    public enum Verdict: String, Sendable { case accept, reject }

    /// What a decision is about, within an entity.
    public struct Key: Hashable, Sendable {
        /// The record's id as text.
        public let id: String
        /// The broken rule.
        public let rule: String
        /// Where in the record.
        public let path: String
        /// SHA-256 of the value at fault, hexadecimal.
        public let hash: String

        /// A key from its parts.
        public init(id: String, rule: String, path: String, hash: String) {
            self.id = id
            self.rule = rule
            self.path = path
            self.hash = hash
        }
    }

    /// The entity, in whatever phase its records come.
    public let entity: String
    /// What it is about.
    public let key: Key
    /// What is to be done.
    public let verdict: Verdict
    /// The user who decided.
    public let by: String
    /// When, UTC.
    public let at: String
    /// Why.
    public let note: String?

    /// A decision from its parts.
    public init(entity: String, key: Key, verdict: Verdict, by: String, at: String, note: String?) {
        self.entity = entity
        self.key = key
        self.verdict = verdict
        self.by = by
        self.at = at
        self.note = note
    }

    /// Appends the decision as one JSON object.
    public func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("entity", entity)
        line.key("id")
        // As Clio writes it; both forms are read.
        if let number = Int64(key.id), String(number) == key.id { line.integer(number) } else { line.string(key.id) }
        line.member("rule", key.rule)
        line.member("path", key.path)
        line.member("hash", key.hash)
        line.member("decision", verdict.rawValue)
        line.member("by", by)
        line.member("at", at)
        line.member("note", note)
        line.endObject()
    }

    /// The same object in a report.
    public func encode(to encoder: any Encoder) throws {
        var line = JSONWriter()
        write(to: &line)
        var value = encoder.singleValueContainer()
        try value.encode(RawJSON(line.text))
    }

    /// - Throws: what is wrong with the line, in words.
    init(_ value: JSONValue) throws(DecisionProblem) {
        guard value.kind == .object else { throw DecisionProblem("is no JSON object") }
        func text(_ name: String) throws(DecisionProblem) -> String {
            guard let text = value[name]?.string else { throw DecisionProblem("lacks the text \"\(name)\"") }
            return text
        }
        guard let id = value["id"].flatMap({ $0.int64.map { String($0) } ?? $0.string }) else {
            throw DecisionProblem("lacks the \"id\" of a record")
        }
        guard let verdict = Verdict(rawValue: try text("decision")) else {
            throw DecisionProblem("has a \"decision\" that is neither \"accept\" nor \"reject\"")
        }
        entity = try text("entity")
        key = Key(id: id, rule: try text("rule"), path: try text("path"), hash: try text("hash"))
        self.verdict = verdict
        by = try text("by")
        at = try text("at")
        note = value["note"]?.string
    }
}

/// What is wrong with a line of the decisions.
struct DecisionProblem: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
