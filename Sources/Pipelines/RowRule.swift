/// A condition over the columns of one row, for example `end_at >= start_at`.
public struct RowRule: Sendable, Equatable {
    /// The name under which a violation is flagged, `[a-z_]+`.
    public let name: String
    /// The condition as written.
    public let text: String
    /// The condition, parsed.
    public let condition: RuleCondition
    /// What a violation does.
    public let severity: Severity
    /// What people see; nil: the condition itself.
    public let message: String?

    /// A rule from its parts; nothing is checked here.
    public init(name: String, text: String, condition: RuleCondition, severity: Severity, message: String?) {
        self.name = name
        self.text = text
        self.condition = condition
        self.severity = severity
        self.message = message
    }
}

/// A condition over columns. A comparison with NULL is unknown, and a rule is violated only by a condition that is false.
public indirect enum RuleCondition: Sendable, Equatable {
    case compare(RuleOperand, Condition.Comparison, RuleOperand)
    case isNull(column: String)
    case isNotNull(column: String)
    case and(RuleCondition, RuleCondition)
    case or(RuleCondition, RuleCondition)
    case not(RuleCondition)
}

/// One side of a comparison.
public enum RuleOperand: Sendable, Equatable {
    case column(String)
    case integer(Int64)
    case decimal(Double)
    case text(String)
    case boolean(Bool)
}
