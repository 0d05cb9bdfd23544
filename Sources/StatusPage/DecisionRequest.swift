/// Decides about flagged records, however that is done where the page runs.
public typealias Decider = @Sendable (DecisionRequest) async -> DecisionAnswer

/// What an operator decided about flagged records.
public struct DecisionRequest: Sendable, Equatable {
    /// What is to be done with the records.
    public enum Verdict: String, Sendable {
        /// Load them, with NULL for the bad value.
        case accept
        /// Keep them out of their table.
        case reject
    }

    /// The connection.
    public let connection: String
    /// What is to be done.
    public let verdict: Verdict
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The rule that they break.
    public let rule: String
    /// The field, with the places in lists left out.
    public let path: String
    /// The record; nil: all that break this rule at this field.
    public let id: String?
    /// Why; nil: nothing was said.
    public let note: String?

    /// A request from its parts.
    public init(
        connection: String, verdict: Verdict, phase: String, entity: String, rule: String, path: String, id: String?,
        note: String?
    ) {
        self.connection = connection
        self.verdict = verdict
        self.phase = phase
        self.entity = entity
        self.rule = rule
        self.path = path
        self.id = id
        self.note = note
    }
}

/// What came of a decision.
public struct DecisionAnswer: Sendable, Equatable {
    /// Whether it is written.
    public let isWritten: Bool
    /// One line for people.
    public let message: String

    /// An answer from its parts.
    public init(isWritten: Bool, message: String) {
        self.isWritten = isWritten
        self.message = message
    }
}
