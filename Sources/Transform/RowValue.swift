internal import JSON
internal import Pipelines

/// A column's value as row rules see it.
enum RowValue {
    case null
    /// An integer, also one in a decimal column, or 1 for true and 0 for false.
    case integer(Int64)
    case decimal(Double)
    /// Seconds since 1970 of a date (its midnight) or a timestamp.
    case instant(Int64)
    /// Bytes that live as long as the record's parse.
    case text(UnsafeRawBufferPointer)
}

/// A row rule over column positions: pure, and three-valued as in SQL.
indirect enum CompiledCondition {
    case compare(CompiledOperand, Condition.Comparison, CompiledOperand)
    case isNull(Int)
    case not(CompiledCondition)
    case and(CompiledCondition, CompiledCondition)
    case or(CompiledCondition, CompiledCondition)

    /// true, false, or nil for unknown.
    func evaluate(_ row: UnsafeMutableBufferPointer<RowValue>) -> Bool? {
        switch self {
        case .compare(let left, let comparison, let right):
            return Self.compare(left.value(row), comparison, right.value(row))
        case .isNull(let column):
            if case .null = row[column] { return true }
            return false
        case .not(let inner): return inner.evaluate(row).map { !$0 }
        case .and(let left, let right):
            let (a, b) = (left.evaluate(row), right.evaluate(row))
            return a == false || b == false ? false : (a == nil || b == nil ? nil : true)
        case .or(let left, let right):
            let (a, b) = (left.evaluate(row), right.evaluate(row))
            return a == true || b == true ? true : (a == nil || b == nil ? nil : false)
        }
    }

    private static func compare(_ left: RowValue, _ comparison: Condition.Comparison, _ right: RowValue) -> Bool? {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): return comparison.holds(less: a < b, equal: a == b)
        case (.decimal(let a), .decimal(let b)): return comparison.holds(less: a < b, equal: a == b)
        case (.integer(let a), .decimal(let b)):
            let (less, equal) = ExactOrder.compare(a, b)
            return comparison.holds(less: less, equal: equal)
        case (.decimal(let a), .integer(let b)):
            let (less, equal) = ExactOrder.compare(b, a)
            return comparison.holds(less: !less && !equal, equal: equal)
        case (.instant(let a), .instant(let b)): return comparison.holds(less: a < b, equal: a == b)
        case (.text(let a), .text(let b)):
            if comparison == .contains { return ByteSearch.contains(b, in: a) }
            return comparison.holds(less: a.lexicographicallyPrecedes(b), equal: a.elementsEqual(b))
        default: return nil
        }
    }
}

/// One side of a compiled comparison.
enum CompiledOperand {
    case column(Int)
    case integer(Int64)
    case decimal(Double)
    case instant(Int64)
    case text(OwnedBytes)

    func value(_ row: UnsafeMutableBufferPointer<RowValue>) -> RowValue {
        switch self {
        case .column(let index): row[index]
        case .integer(let number): .integer(number)
        case .decimal(let number): .decimal(number)
        case .instant(let seconds): .instant(seconds)
        case .text(let owner): .text(owner.bytes)
        }
    }
}

/// A literal's bytes, at one address as long as the plan lives.
final class OwnedBytes {
    let bytes: UnsafeRawBufferPointer

    init(_ text: String) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
        copy.copyBytes(from: text.utf8)
        bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { bytes.deallocate() }
}
