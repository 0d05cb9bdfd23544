internal import JSON
internal import Pipelines
internal import SQLite

/// A column of quantities or money, which verify adds up in the raw lines and in the table.
///
/// Chosen by what the pipeline file says of it: every decimal, and integers that are no identifiers. A column that shares
/// its place in the record with another is left out, as a flag names the place and not the column.
struct SummedColumn: Sendable {
    /// The table that has it: the entity's, or a child of it.
    let holder: String
    let name: String
    /// Where the number is in the record, or in the element of `list`.
    let path: [String]
    /// Where the nested list is; nil for a column of the entity's own table.
    let list: [String]?
    let isDecimal: Bool

    /// Every such column of a table and of its child tables.
    static func all(_ table: Table) -> [SummedColumn] {
        chosen(table.columns, holder: table.name, list: nil)
            + table.children.flatMap { chosen($0.columns, holder: $0.name, list: $0.path) }
    }

    private static func chosen(_ columns: [Column], holder: String, list: [String]?) -> [SummedColumn] {
        columns.filter { column in
            let isIdentifier =
                column.isReference || column.path.last == "id" || column.path.last?.hasSuffix("_id") == true
            return (column.type == .decimal || column.type == .integer && !isIdentifier)
                && columns.count { $0.path == column.path } == 1
        }.map {
            SummedColumn(holder: holder, name: $0.name, path: $0.path, list: list, isDecimal: $0.type == .decimal)
        }
    }

    /// The number that the column holds for a value of a record; nil for what becomes NULL.
    @inline(__always)
    func number(_ value: JSONValue) -> SQLiteValue? {
        if isDecimal { return value.double.map { .real($0) } }
        if let integer = value.int64 { return .integer(integer) }
        // 3600.0 is an integer to JSON's eyes, as long as a double can tell it from its neighbours.
        guard value.kind == .double, let double = value.double, abs(double) <= 9_007_199_254_740_992 else { return nil }
        return Int64(exactly: double).map { .integer($0) }
    }

    /// Whether the path of a violation is a place of this column: `price`, or `reminders[2].duration`.
    func isPlace(_ violation: String) -> Bool {
        let end = path.joined(separator: ".")
        guard let list else { return violation == end }
        let start = list.joined(separator: ".") + "["
        guard violation.hasPrefix(start), violation.hasSuffix("]." + end) else { return false }
        return violation.dropFirst(start.count).dropLast(end.count + 2).allSatisfy(\.isNumber)
    }
}

extension ExactSum {
    mutating func add(_ number: SQLiteValue) {
        switch number {
        case .integer(let value): add(value)
        case .real(let value): add(value)
        case .null, .text, .blob: break
        }
    }

    mutating func subtract(_ number: SQLiteValue) {
        switch number {
        case .integer(let value): subtract(value)
        case .real(let value): subtract(value)
        case .null, .text, .blob: break
        }
    }
}
