public import Bytes
internal import JSON
internal import Pipelines

/// A condition over the JSON of one line: `billed = true and total > 100`.
///
/// Paths lead through objects (`client.id`) and lists (`phone_numbers[0].number`; without a place, any element may
/// fulfil the comparison). What is missing is NULL, and a comparison with NULL is unknown, as in SQL; only a line for
/// which the condition is true is taken.
public struct RecordFilter: Sendable {
    private let condition: Condition

    private static let limits = ConditionParser.Limits(length: 10_000, depth: 99, noun: "field")

    /// Parses a condition.
    /// - Throws: `ConfigurationError` of three lines: what is wrong, the text, and a caret below the place.
    public init(_ text: String) throws(ConfigurationError) {
        do throws(ConditionError) {
            condition = try ConditionParser.parse(text, Self.limits)
        } catch {
            guard let column = error.column else { throw ConfigurationError("--where: \(error.message)") }
            // A line feed or a tab in the condition would move the caret.
            let line = String(text.map { $0.isWhitespace ? " " : $0 })
            throw ConfigurationError(
                "--where: \(error.message)\n  \(line)\n  \(String(repeating: " ", count: column))^")
        }
    }

    /// Whether the condition is true for a line.
    func matches(_ line: JSONValue) -> Bool { Self.evaluate(condition, line) == true }

    /// The fields that the condition looks at.
    var paths: [Condition.Path] { condition.paths }

    /// true, false, or nil for unknown.
    private static func evaluate(_ condition: Condition, _ line: JSONValue) -> Bool? {
        switch condition {
        // `x = null` asks what SQL writes `x is null`.
        case .compare(.path(let path), let comparison, .null), .compare(.null, let comparison, .path(let path)):
            return path.values(line).allSatisfy(\.isNull) == (comparison == .equal)
        case .compare(let left, let comparison, let right):
            return compare(scalars(left, line), comparison, scalars(right, line))
        case .isNull(let path): return path.values(line).allSatisfy(\.isNull)
        case .isNotNull(let path): return !path.values(line).allSatisfy(\.isNull)
        case .isTrue(let path):
            let values = path.values(line).filter { !$0.isNull }
            return values.isEmpty ? nil : values.contains { $0.bool == true }
        case .not(let inner): return evaluate(inner, line).map { !$0 }
        case .and(let left, let right):
            let first = evaluate(left, line)
            if first == false { return false }
            let second = evaluate(right, line)
            return second == false ? false : (first == nil || second == nil ? nil : true)
        case .or(let left, let right):
            let first = evaluate(left, line)
            if first == true { return true }
            let second = evaluate(right, line)
            return second == true ? true : (first == nil || second == nil ? nil : false)
        }
    }

    private static func scalars(_ operand: Condition.Operand, _ line: JSONValue) -> [Scalar] {
        switch operand {
        case .path(let path): path.values(line).map(Scalar.init)
        case .integer(let value): [.integer(value)]
        case .decimal(let value): [.number(value)]
        case .text(let text): [.text(Array(text.utf8))]
        case .boolean(let value): [.bool(value)]
        case .null: [.none]
        }
    }

    private static func compare(_ left: [Scalar], _ comparison: Condition.Comparison, _ right: [Scalar]) -> Bool? {
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
