internal import JSON
public import Pipelines
public import Staging

/// Looks at single raw lines with a pipeline's eyes, for review and trace. Not Sendable: one thread at a time.
public final class RecordExaminer {
    /// One violation of a record.
    public struct Finding: Encodable, Sendable, Equatable {
        /// The broken rule.
        public let rule: String
        /// Where in the record.
        public let path: String
        /// SHA-256 of the value at fault.
        public let hash: String
        /// The value at fault as JSON, cut when it is long; `null` when it is missing.
        public let value: String
        /// What was expected.
        public let message: String
        /// Whether it keeps the record out of its table.
        public let isReject: Bool
        /// What a person decided about it.
        public let decision: Decision?

        private enum CodingKeys: String, CodingKey { case rule, path, value, message, severity, decision }

        /// The finding without the hash.
        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(rule, forKey: .rule)
            try members.encode(path, forKey: .path)
            try members.encode(RawJSON(value), forKey: .value)
            try members.encode(message, forKey: .message)
            try members.encode(isReject ? "reject" : "warn", forKey: .severity)
            try members.encode(decision, forKey: .decision)
        }
    }

    /// What a pipeline makes of one line.
    public struct Examination: Sendable, Equatable {
        /// The record's id as text; nil when there is none to use.
        public let id: String?
        /// Everything that is wrong with it; empty for a healthy record.
        public let findings: [Finding]
        /// Whether it stays out of its table.
        public let isRejected: Bool
        /// Whether the key is at fault, so that the record cannot be accepted.
        public let isKeyBroken: Bool
        /// The clean line; nil for a reject.
        public let clean: String?
    }

    private let transformer: RecordTransformer

    /// A path with the places in lists left out: `phone_numbers[0].number` becomes `phone_numbers[].number`.
    public static func group(_ path: String) -> String {
        guard path.contains("[") else { return path }
        var result = ""
        var isInside = false
        for character in path {
            if character == "]" { isInside = false }
            if !isInside { result.append(character) }
            if character == "[" { isInside = true }
        }
        return result
    }

    /// An examiner of an entity's records.
    public init(_ entity: Entity, decisions: DecisionSet) throws(TransformError) {
        transformer = try RecordTransformer(entity, decisions: decisions)
    }

    /// Examines a line; `ByteBuffer.padding` bytes after it must be readable.
    public func examine(_ line: UnsafeRawBufferPointer) -> Examination {
        transformer.clean.removeAll()
        transformer.flagged.removeAll()
        let outcome = transformer.transform(line, part: "", number: 0)
        let isBroken = transformer.violations.contains { $0.path.isEmpty }
        let id = isBroken ? nil : transformer.currentID
        let findings = transformer.violations.map { violation in
            var value = JSONWriter(capacity: 256)
            violation.writeValue(to: &value)
            return Finding(
                rule: violation.rule, path: violation.path, hash: transformer.hash(of: violation), value: value.text,
                message: violation.message, isReject: violation.severity == .reject, decision: violation.decision)
        }
        let clean = transformer.clean.text
        return Examination(
            id: id, findings: findings, isRejected: outcome == .rejected,
            isKeyBroken: isBroken || transformer.isKeyBroken,
            clean: outcome == .rejected ? nil : String(clean.dropLast()))
    }
}
