internal import Bytes
internal import JSON
internal import Pipelines

/// Writes the columns of one object: what nearly every value is, straight from plain memory; anything else by its
/// `ColumnPlan`.
///
/// A row has many more columns than values. Null columns that follow each other are one copy of a text made in advance.
/// Not Sendable: each worker has its own.
final class RowWriter {
    /// What is looked at per value, without a reference to count.
    private struct Slot {
        let key: UnsafeRawBufferPointer
        /// The node of the value; -1: there is none.
        let place: Int
        let kind: Kind
        /// Where `,"name":null` begins in the prepared text.
        let nullStart: Int
        let isNested: Bool
    }

    /// How a value can be written without a rule to look at.
    private enum Kind { case other, required, integer, decimal, boolean, text, date, timestamp }

    private let slots: UnsafeMutableBufferPointer<Slot>
    private let plans: [ColumnPlan]
    private let nulls: OwnedBytes

    init(_ columns: [ColumnPlan]) {
        plans = columns
        var text = ""
        var list: [Slot] = []
        for column in columns {
            list.append(
                Slot(
                    key: column.key, place: column.places.last ?? -1, kind: Self.kind(column),
                    nullStart: text.utf8.count, isNested: column.places.count > 1))
            text += String(decoding: column.key, as: UTF8.self) + "null"
        }
        nulls = OwnedBytes(text)
        slots = .allocate(capacity: columns.count)
        _ = slots.initialize(from: list)
    }

    deinit { slots.deallocate() }

    private static func kind(_ column: ColumnPlan) -> Kind {
        if column.isRequired { return .required }
        guard column.allowed.isEmpty, column.pattern == nil, !column.takesIntegers else { return .other }
        switch column.type {
        case .integer: return column.integerBounds == nil ? .integer : .other
        case .decimal: return column.decimalBounds == nil ? .decimal : .other
        case .boolean: return .boolean
        case .text: return .text
        case .date: return column.instantBounds == nil ? .date : .other
        case .timestamp: return column.instantBounds == nil ? .timestamp : .other
        case .time, .json: return .other
        }
    }

    /// Writes all columns of the object that `plan` has read.
    /// - Parameter row: what row rules see, a value a column.
    func write(
        from plan: ObjectPlan, to line: inout JSONWriter, _ row: UnsafeMutableBufferPointer<RowValue>,
        _ violations: inout [Violation]
    ) {
        let slots = slots
        let (values, found) = plan.memory
        let hasOddParent = plan.hasOddParent
        // The first of the null columns that are not written yet.
        var firstNull = -1
        for index in 0..<slots.count {
            let slot = slots[index]
            let isMissing = slot.place < 0 || !found[slot.place] || values[slot.place].isNull
            if isMissing, slot.kind != .required, !(slot.isNested && hasOddParent) {
                row[index] = .null
                if firstNull < 0 { firstNull = index }
                continue
            }
            if firstNull >= 0 {
                line.preparedValues(text(firstNull, index))
                firstNull = -1
            }
            line.preparedKey(slot.key)
            if !isMissing, let seen = Self.write(values[slot.place], slot.kind, to: &line) {
                row[index] = seen
            } else {
                row[index] = plans[index].write(from: plan, to: &line, prefix: "", &violations)
            }
        }
        if firstNull >= 0 { line.preparedValues(text(firstNull, slots.count)) }
    }

    /// `,"a":null,"b":null` of the columns from `first` to before `end`.
    @inline(__always)
    private func text(_ first: Int, _ end: Int) -> UnsafeRawBufferPointer {
        let all = nulls.bytes
        let last = end < slots.count ? slots[end].nullStart : all.count
        return UnsafeRawBufferPointer(rebasing: all[slots[first].nullStart..<last])
    }

    /// Writes a value that is what its column wants; nil, and nothing written, for any other.
    @inline(__always)
    private static func write(_ value: JSONValue, _ kind: Kind, to line: inout JSONWriter) -> RowValue? {
        switch kind {
        case .integer:
            guard let number = value.int64 else { return nil }
            line.integer(number)
            return .integer(number)
        case .decimal:
            if let number = value.int64 {
                line.integer(number)
                return .integer(number)
            }
            guard value.tag == JSONValue.Kind.double.rawValue, let number = value.double else { return nil }
            line.double(number)
            return .decimal(number)
        case .boolean:
            guard let bool = value.bool else { return nil }
            line.bool(bool)
            return .integer(bool ? 1 : 0)
        case .text:
            guard value.tag == JSONValue.Kind.string.rawValue, let bytes = value.utf8 else { return nil }
            line.string(utf8: bytes)
            return .text(bytes)
        case .date:
            guard value.tag == JSONValue.Kind.string.rawValue, let bytes = value.utf8, let days = Instant.date(bytes)
            else { return nil }
            line.quoted { Instant.write(days: days, to: &$0) }
            return .instant(days * 86_400)
        case .timestamp:
            guard value.tag == JSONValue.Kind.string.rawValue, let bytes = value.utf8,
                let seconds = Instant.timestamp(bytes), Instant.range.contains(seconds)
            else { return nil }
            line.quoted { Instant.write(seconds: seconds, to: &$0) }
            return .instant(seconds)
        case .other, .required: return nil
        }
    }
}
