/// The outcome of a verification: both sides of every check.
public struct VerifyReport: Sendable, Equatable {
    /// Every check, in the order of the entities.
    public var checks: [Check] = []
    /// Orphans by reference, the most first. They are no fault: each has its warn.
    public var missingParents: [MissingParents] = []
    /// Whether nothing was read, because layers are out of date: the checks say which.
    public internal(set) var isCutShort = false
    /// What was compared.
    public internal(set) var scope = Scope()
    /// Whether every check holds.
    public var ok: Bool { checks.allSatisfy(\.ok) }

    /// Which tables were compared, and since when all values were.
    public struct Scope: Sendable, Equatable {
        /// Tables of which every value was compared.
        public var compared: Set<String> = []
        /// Tables that nothing touched since every value of them was compared: their rows were counted.
        public var untouched: Set<String> = []
        /// The earliest moment, UTC, at which every value of one of these tables was last compared, or the structure of the
        /// database; nil: something of it was found wrong.
        public var wholeAt: String?

        /// Nothing was compared.
        public init() {}
    }

    /// One side of a check.
    public enum Number: Sendable, Equatable, CustomStringConvertible, ExpressibleByIntegerLiteral {
        /// A number of records, rows or faults.
        case count(Int)
        /// The sum of a column; rounded to a double, while the check compares without rounding.
        case sum(Double)

        /// A count.
        public init(integerLiteral value: Int) { self = .count(value) }

        /// The number; a sum to six decimals.
        public var description: String {
            switch self {
            case .count(let count): return "\(count)"
            case .sum(let sum):
                if let whole = Int64(exactly: sum) { return "\(whole)" }
                let millionths = (sum * 1_000_000).rounded() / 1_000_000
                return abs(sum) < 1e9 ? "\(millionths)" : "\(sum)"
            }
        }
    }

    /// Two numbers that must be the same.
    public struct Check: Sendable, Equatable {
        /// The phase; empty for a check of a table or of the database.
        public var phase: String
        /// The entity, the table, or `database`.
        public var entity: String
        /// A stable name: `complete`, `extracted`, `reported`, `transformed`, `duplicates`, `rows`, `ids`, `children`, `content`,
        /// `flagged`, `flags`, `references`, `reference_ids`, `declared`, `integrity`, and `sum(COLUMN)` for each column of quantities or money.
        public var check: String
        /// What must be.
        public var expected: Number
        /// What is.
        public var actual: Number
        /// Whether they agree.
        public var ok: Bool
        /// What the numbers count, and what to do when they differ.
        public var detail: String
    }
}

extension VerifyReport.Check {
    /// A comparison of two counts.
    init(_ phase: String, _ entity: String, _ name: String, _ expected: Int, _ actual: Int, _ detail: String) {
        self.init(
            phase: phase, entity: entity, check: name, expected: .count(expected), actual: .count(actual),
            ok: expected == actual, detail: detail)
    }
}
