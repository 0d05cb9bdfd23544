internal import JSON

/// A condition over the JSON of one line: `billed = true and total > 100`.
///
/// Paths lead through objects (`client.id`) and lists (`phone_numbers[0].number`; without a place, any element may
/// fulfil the comparison). What is missing is NULL, and a comparison with NULL is unknown, as in SQL; only a line for
/// which the condition is true is taken.
public struct RecordFilter: Sendable {
    let condition: Condition

    /// Parses a condition.
    /// - Throws: `ConfigurationError` of three lines: what is wrong, the text, and a caret below the place.
    public init(_ text: String) throws(ConfigurationError) {
        var parser = FilterParser(text)
        condition = try parser.parse()
    }

    /// Whether the condition is true for a line.
    func matches(_ line: JSONValue) -> Bool { condition.evaluate(line) == true }

    /// A parsed condition.
    indirect enum Condition: Sendable, Equatable {
        case compare(Operand, Comparison, Operand)
        case isNull(Path)
        case not(Condition)
        case and(Condition, Condition)
        case or(Condition, Condition)
        /// A path alone: whether it is `true`.
        case isTrue(Path)

        /// true, false, or nil for unknown.
        func evaluate(_ line: JSONValue) -> Bool? {
            switch self {
            case .compare(let left, let comparison, let right):
                return Self.compare(left.values(line), comparison, right.values(line))
            case .isNull(let path): return path.values(line).allSatisfy(\.isNull)
            case .isTrue(let path):
                let values = path.values(line).filter { !$0.isNull }
                return values.isEmpty ? nil : values.contains { $0.bool == true }
            case .not(let inner): return inner.evaluate(line).map { !$0 }
            case .and(let left, let right):
                let first = left.evaluate(line)
                if first == false { return false }
                let second = right.evaluate(line)
                return second == false ? false : (first == nil || second == nil ? nil : true)
            case .or(let left, let right):
                let first = left.evaluate(line)
                if first == true { return true }
                let second = right.evaluate(line)
                return second == true ? true : (first == nil || second == nil ? nil : false)
            }
        }

        private static func compare(_ left: [Scalar], _ comparison: Comparison, _ right: [Scalar]) -> Bool? {
            var isKnown = false
            for a in left {
                for b in right {
                    guard let holds = comparison.holds(a, b) else { continue }
                    if holds { return true }
                    isKnown = true
                }
            }
            return isKnown ? false : nil
        }
    }

    /// One side of a comparison.
    enum Operand: Sendable, Equatable {
        case path(Path)
        case literal(Literal)

        func values(_ line: JSONValue) -> [Scalar] {
            switch self {
            case .path(let path): path.values(line).map(Scalar.init)
            case .literal(let literal): [literal.scalar]
            }
        }
    }

    /// A value written in the condition.
    enum Literal: Sendable, Equatable {
        case integer(Int64)
        case number(Double)
        case text([UInt8])
        case bool(Bool)

        var scalar: Scalar {
            switch self {
            case .integer(let value): .integer(value)
            case .number(let value): .number(value)
            case .text(let bytes): .text(bytes)
            case .bool(let value): .bool(value)
            }
        }
    }

    /// A value as comparisons see it.
    enum Scalar {
        case integer(Int64)
        case number(Double)
        case text([UInt8])
        case bool(Bool)
        /// NULL, a list or an object: no comparison holds.
        case none

        init(_ value: JSONValue) {
            switch value.kind {
            case .integer: self = value.int64.map(Scalar.integer) ?? .none
            case .unsigned, .double: self = value.double.map(Scalar.number) ?? .none
            case .string, .damagedString:
                self = .text(Array(value.utf8 ?? UnsafeRawBufferPointer(start: nil, count: 0)))
            case .bigNumber:
                let text = value.utf8.map { String(decoding: $0, as: UTF8.self) } ?? ""
                self = Double(text).map(Scalar.number) ?? .none
            case .true: self = .bool(true)
            case .false: self = .bool(false)
            case .null, .object, .array: self = .none
            }
        }
    }
}
