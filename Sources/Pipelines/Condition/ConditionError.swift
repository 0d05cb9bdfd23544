public import Bytes

/// Why a condition cannot be read.
public struct ConditionError: CommandFailure, Equatable {
    /// What is wrong and what was expected.
    public let message: String
    /// Characters before the place; nil when the condition as a whole is meant.
    public let column: Int?
    /// Whether the place is the condition's end.
    public let isAtEnd: Bool

    init(_ message: String, at column: Int? = nil, isAtEnd: Bool = false) {
        self.message = message
        self.column = column
        self.isAtEnd = isAtEnd
    }

    /// One line: `expected a column or a value at character 5`.
    public var description: String {
        guard let column else { return message }
        return isAtEnd ? "\(message) at the end" : "\(message) at character \(column + 1)"
    }

    /// What the process exits with.
    public var exitStatus: ExitStatus { .usage }
}
