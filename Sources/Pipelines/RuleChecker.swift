/// Checks that a row rule's condition fits the columns it names.
struct RuleChecker {
    private let columns: ColumnList

    init(_ columns: ColumnList) {
        self.columns = columns
    }

    /// What is wrong, or nothing.
    func check(_ condition: RuleCondition) -> [String] {
        switch condition {
        case .and(let left, let right), .or(let left, let right): return check(left) + check(right)
        case .not(let inner): return check(inner)
        case .isNull(let name), .isNotNull(let name): return operand(.column(name)).faults
        case .compare(let left, let comparison, let right): return compare(left, comparison, right)
        }
    }

    /// What an operand can be compared with; a column that could not be read fits everything.
    private enum Family: Equatable {
        case number, text, boolean, date, timestamp, time, unknown

        var words: String {
            switch self {
            case .number: "a number"
            case .text: "text"
            case .boolean: "true or false"
            case .date: "a date"
            case .timestamp: "a timestamp"
            case .time: "a time"
            case .unknown: ""
            }
        }
    }

    private func operand(_ operand: RuleOperand) -> (family: Family, faults: [String]) {
        switch operand {
        case .integer, .decimal: return (.number, [])
        case .text: return (.text, [])
        case .boolean: return (.boolean, [])
        case .column(let name):
            guard columns.names.contains(name) else {
                return (
                    .unknown,
                    ["there is no column \"\(name.prefix(64))\"" + Suggestion.hint(name, among: columns.names)]
                )
            }
            guard let column = columns.drafts.first(where: { $0.column.name == name })?.column else {
                return (.unknown, [])
            }
            switch column.type {
            case .integer, .decimal: return (.number, [])
            case .text: return (.text, [])
            case .boolean: return (.boolean, [])
            case .date: return (.date, [])
            case .timestamp: return (.timestamp, [])
            case .time: return (.time, [])
            case .json: return (.unknown, ["the column \"\(name)\" has type json, which no row rule can look into"])
            }
        }
    }

    private func compare(_ left: RuleOperand, _ comparison: RuleComparison, _ right: RuleOperand) -> [String] {
        let (a, b) = (operand(left), operand(right))
        let faults = a.faults + b.faults
        guard faults.isEmpty, a.family != .unknown, b.family != .unknown else { return faults }
        guard isColumn(left) || isColumn(right) else { return ["one side of a comparison must be a column"] }
        if a.family == .boolean, b.family == .boolean, comparison != .equal, comparison != .notEqual {
            return ["true and false can only be compared with = and !="]
        }
        for (family, literal) in [(a.family, right), (b.family, left)] {
            guard case .text(let text) = literal else { continue }
            switch family {
            case .date where !CalendarText.isDate(text): return ["'\(text.prefix(40))' is no date YYYY-MM-DD"]
            case .timestamp where !CalendarText.isTimestamp(text):
                return ["'\(text.prefix(40))' is no timestamp YYYY-MM-DDTHH:MM:SSZ"]
            case .date, .timestamp, .time: return []
            default: break
            }
        }
        return a.family == b.family ? [] : ["\(a.family.words) cannot be compared with \(b.family.words)"]
    }

    private func isColumn(_ operand: RuleOperand) -> Bool {
        if case .column = operand { return true }
        return false
    }
}
