/// A condition as it was written, over fields that are not looked up yet: `billed = true and total > 100`.
///
/// Row rules of pipeline files and the `--where` option share this language. Each binds its fields: `RuleBinder` to the
/// columns of a table, `RecordFilter` to the members of a JSON line.
///
///     condition  = term { "or" term }
///     term       = factor { "and" factor }
///     factor     = "not" factor | "(" condition ")" | comparison
///     comparison = operand op operand | path "is" ["not"] "null" | path
///     op         = "=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | "~"
///     operand    = path | number | 'text' | "true" | "false" | "null"
///     path       = key { "[" [number] "]" } { "." key { "[" [number] "]" } }
///     key        = word | "quoted word"
public indirect enum Condition: Sendable, Equatable {
    /// Two operands; NULL only beside a path, and only with `=` and `!=`.
    case compare(Operand, Comparison, Operand)
    case isNull(Path)
    case isNotNull(Path)
    /// A path alone: whether it is `true`.
    case isTrue(Path)
    case not(Condition)
    case and(Condition, Condition)
    case or(Condition, Condition)

    /// One side of a comparison.
    public enum Operand: Sendable, Equatable {
        case path(Path)
        case integer(Int64)
        case decimal(Double)
        case text(String)
        case boolean(Bool)
        case null
    }

    /// How two values are compared.
    public enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        /// The text on the left contains the one on the right, whatever the case of ASCII letters.
        case contains = "~"

        /// Whether it holds for values of which the order is known; `contains` is not about order.
        public func holds(less: Bool, equal: Bool) -> Bool {
            switch self {
            case .equal: equal
            case .notEqual: !equal
            case .less: less
            case .lessOrEqual: less || equal
            case .greater: !less && !equal
            case .greaterOrEqual: !less
            case .contains: false
            }
        }
    }

    /// Where a value is: `client.id`, `phone_numbers[0].number`.
    public struct Path: Sendable, Equatable {
        /// One step of it.
        public enum Step: Sendable, Equatable {
            case key(String)
            case index(Int)
            /// Every element of a list: `[]`.
            case each
        }

        /// From the outside in; the first is a key.
        public var steps: [Step]
        /// Whether a key of it is in double quotes.
        public var isQuoted: Bool

        /// A path from its steps.
        public init(steps: [Step], isQuoted: Bool = false) {
            self.steps = steps
            self.isQuoted = isQuoted
        }
    }

    /// The paths that it names, from left to right.
    public var paths: [Path] {
        switch self {
        case .compare(let left, _, let right):
            [left, right].compactMap { if case .path(let path) = $0 { path } else { nil } }
        case .isNull(let path), .isNotNull(let path), .isTrue(let path): [path]
        case .not(let inner): inner.paths
        case .and(let left, let right), .or(let left, let right): left.paths + right.paths
        }
    }
}
