internal import Bytes
internal import JSON
internal import Pipelines

/// One column, ready to check and write values.
///
/// A class, since copies of a struct with so many references cost more than all the checks.
final class ColumnPlan {
    let column: Column
    /// The nodes of its path, outermost first.
    let places: [Int]
    let pathText: String
    private let keyBytes: OwnedBytes
    /// `"name":`, with a comma before it unless it is the first.
    let key: UnsafeRawBufferPointer
    /// How the column sees its kind, beside everything else that is looked at per record.
    let type: ColumnType
    let allowed: [[UInt8]]
    let pattern: Pattern?
    let integerBounds: ClosedRange<Int64>?
    let decimalBounds: ClosedRange<Double>?
    /// Seconds since 1970.
    let instantBounds: ClosedRange<Int64>?
    /// Integers are welcome in a text column that holds keys: Clio writes ids of calendar entries both ways.
    let takesIntegers: Bool
    /// What a missing or a bad value does.
    let severity: Severity
    let isRequired: Bool

    init(_ column: Column, places: [Int], isFirst: Bool, isKey: Bool) throws(TransformError) {
        self.column = column
        self.places = places
        pathText = column.path.joined(separator: ".")
        let name = Array(column.name.utf8)
        var writer = JSONWriter()
        name.withUnsafeBytes { writer.string(utf8: $0) }
        keyBytes = OwnedBytes((isFirst ? "" : ",") + writer.text + ":")
        key = keyBytes.bytes
        type = column.type
        isRequired = column.required
        allowed = column.allowed.map { Array($0.utf8) }
        if let text = column.pattern {
            guard let compiled = Pattern(text) else {
                throw TransformError(.configuration, "column \(column.name): its pattern is no regular expression")
            }
            pattern = compiled
        } else {
            pattern = nil
        }
        takesIntegers = column.type == .text && (isKey || column.isReference)
        severity = column.severity ?? (column.required || isKey ? .reject : .warn)
        func bounds<T: Comparable>(_ parse: (String) -> T?, _ least: T, _ most: T) throws(TransformError)
            -> ClosedRange<T>?
        {
            guard let range = column.range else { return nil }
            let low = range.minimum.map(parse) ?? least
            let high = range.maximum.map(parse) ?? most
            guard let low, let high, low <= high else {
                throw TransformError(.configuration, "column \(column.name): its range does not fit its type")
            }
            return low...high
        }
        integerBounds = column.type == .integer ? try bounds({ Int64($0) }, .min, .max) : nil
        decimalBounds =
            column.type == .decimal
            ? try bounds({ Double($0) }, -.greatestFiniteMagnitude, .greatestFiniteMagnitude) : nil
        instantBounds =
            column.type == .date || column.type == .timestamp
            ? try bounds({ Self.instant($0) }, Instant.range.lowerBound, Instant.range.upperBound) : nil
    }

    /// A date or a timestamp of a pipeline file, as seconds since 1970.
    static func instant(_ text: String) -> Int64? {
        Array(text.utf8).withUnsafeBytes { bytes in
            if bytes.count == 10 { return Instant.date(bytes).map { $0 * 86_400 } }
            return Instant.timestamp(bytes)
        }
    }

    /// Checks a value that is there and writes it.
    /// - Returns: what row rules see, or the broken rule with what was expected.
    @inline(__always)
    func write(_ value: JSONValue, to line: inout JSONWriter) -> Result<RowValue, Fault> {
        switch type {
        case .integer: return integer(value, &line)
        case .decimal: return decimal(value, &line)
        case .text: return text(value, &line)
        case .boolean:
            guard let bool = value.bool else { return .failure(wrongType(value, "true or false")) }
            if let fault = checkAllowed(bool ? "true" : "false") { return .failure(fault) }
            line.bool(bool)
            return .success(.integer(bool ? 1 : 0))
        case .date: return date(value, &line)
        case .timestamp: return timestamp(value, &line)
        case .time:
            guard value.kind == .string, let bytes = value.utf8, Instant.isTime(bytes) else {
                return .failure(wrongType(value, "a time HH:MM or HH:MM:SS"))
            }
            line.string(utf8: bytes)
            return .success(.text(bytes))
        case .json: return json(value, &line)
        }
    }

    private func integer(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        var number = value.int64
        // 3600.0 is an integer to JSON's eyes; beyond 2^53 a double is no exact number any more.
        if number == nil, value.kind == .double, let double = value.double, abs(double) <= 9_007_199_254_740_992 {
            number = Int64(exactly: double)
        }
        guard let number else { return .failure(wrongType(value, "an integer within 64 bits")) }
        if let integerBounds, !integerBounds.contains(number) { return .failure(outOfRange) }
        if !allowed.isEmpty, let fault = checkAllowed(String(number)) { return .failure(fault) }
        line.integer(number)
        return .success(.integer(number))
    }

    private func decimal(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        guard let number = value.double else { return .failure(wrongType(value, "a number")) }
        if let decimalBounds, !decimalBounds.contains(number) { return .failure(outOfRange) }
        // An integer stays one in the file; SQLite makes it REAL by the column's type.
        if let integer = value.int64 {
            line.integer(integer)
            return .success(.integer(integer))
        }
        line.double(number)
        return .success(.decimal(number))
    }

    private func text(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        if takesIntegers, let number = value.int64 {
            line.string(String(number))
            // Row rules see that it is there; no text is like it.
            return .success(.integer(number))
        }
        // What is no Unicode came as U+FFFD; the rest of the text stays, and the record is flagged. A key must be whole.
        guard value.kind == .string || (value.kind == .damagedString && !takesIntegers), let bytes = value.utf8 else {
            return .failure(wrongType(value, "text"))
        }
        if !allowed.isEmpty, !allowed.contains(where: { $0.elementsEqual(bytes) }) { return .failure(notAllowed) }
        if let pattern, !pattern.matches(bytes) {
            return .failure(Fault(rule: "pattern", message: "does not match \(column.pattern ?? "")"))
        }
        line.string(utf8: bytes)
        return .success(.text(bytes))
    }

    private func date(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        guard value.kind == .string, let bytes = value.utf8, let days = Instant.date(bytes) else {
            return .failure(wrongType(value, "a date YYYY-MM-DD"))
        }
        let seconds = days * 86_400
        if let instantBounds, !instantBounds.contains(seconds) { return .failure(outOfRange) }
        line.raw(UnsafeRawBufferPointer(start: nil, count: 0))
        line.buffer.append(UInt8(ascii: "\""))
        Instant.write(days: days, to: &line.buffer)
        line.buffer.append(UInt8(ascii: "\""))
        return .success(.instant(seconds))
    }

    private func timestamp(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        guard value.kind == .string, let bytes = value.utf8, let seconds = Instant.timestamp(bytes),
            Instant.range.contains(seconds)
        else {
            return .failure(wrongType(value, "a timestamp YYYY-MM-DDTHH:MM:SS with Z or an offset"))
        }
        if let instantBounds, !instantBounds.contains(seconds) { return .failure(outOfRange) }
        line.raw(UnsafeRawBufferPointer(start: nil, count: 0))
        line.buffer.append(UInt8(ascii: "\""))
        Instant.write(seconds: seconds, to: &line.buffer)
        line.buffer.append(UInt8(ascii: "\""))
        return .success(.instant(seconds))
    }

    private func json(_ value: JSONValue, _ line: inout JSONWriter) -> Result<RowValue, Fault> {
        switch value.kind {
        case .string, .damagedString:
            guard let bytes = value.utf8 else { return .failure(wrongType(value, "JSON")) }
            line.string(utf8: bytes)
            return .success(.text(bytes))
        case .bigNumber: return .failure(wrongType(value, "JSON"))
        default:
            // Kept as text: SQLite's JSON functions read it.
            var inner = JSONWriter(capacity: 256)
            inner.value(value)
            line.string(utf8: inner.buffer.bytes)
            return .success(.null)
        }
    }

    private func wrongType(_ value: JSONValue, _ expected: String) -> Fault {
        if value.kind == .damagedString {
            return Fault(rule: "json", message: "expected \(expected), got text that is no valid Unicode")
        }
        return Fault(rule: "type", message: "expected \(expected), got \(value.kind.words)")
    }

    private var outOfRange: Fault {
        let range = column.range
        return Fault(rule: "range", message: "expected \(range?.minimum ?? "…") to \(range?.maximum ?? "…")")
    }

    private var notAllowed: Fault {
        Fault(rule: "allowed", message: "expected one of \(column.allowed.joined(separator: ", "))")
    }

    private func checkAllowed(_ text: String) -> Fault? {
        allowed.isEmpty || allowed.contains(where: { $0.elementsEqual(text.utf8) }) ? nil : notAllowed
    }
}

/// A broken rule and what was expected; never the value.
struct Fault: Error {
    let rule: String
    let message: String
}

extension JSONValue.Kind {
    /// The kind in words, for messages.
    var words: String {
        switch self {
        case .object: "an object"
        case .array: "a list"
        case .string: "text"
        case .damagedString: "text that is no valid Unicode"
        case .integer, .unsigned: "an integer"
        case .double: "a decimal number"
        case .bigNumber: "a number beyond 64 bits"
        case .true, .false: "true or false"
        case .null: "null"
        }
    }
}
