/// Binds a row rule's condition to the columns of its table.
struct RuleBinder {
    /// Every column's name, also of those that could not be read.
    private let names: [String]
    private let types: [String: ColumnType]

    static let limits = ConditionParser.Limits(length: 1000, depth: 20, noun: "column")

    init(names: [String], types: [String: ColumnType]) {
        self.names = names
        self.types = types
    }

    init(_ columns: ColumnList) {
        let types = columns.drafts.map { ($0.column.name, $0.column.type) }
        self.init(names: columns.names, types: Dictionary(types) { first, _ in first })
    }

    /// The condition over columns, with everything that is wrong with it.
    func bind(_ condition: Condition) -> (condition: RuleCondition, faults: [String]) {
        var faults: [String] = []
        let bound = bind(condition, &faults)
        return (bound, faults)
    }

    private func bind(_ condition: Condition, _ faults: inout [String]) -> RuleCondition {
        switch condition {
        case .and(let left, let right):
            let left = bind(left, &faults)
            return .and(left, bind(right, &faults))
        case .or(let left, let right):
            let left = bind(left, &faults)
            return .or(left, bind(right, &faults))
        case .not(let inner): return .not(bind(inner, &faults))
        case .isNull(let path): return .isNull(column: checked(path, &faults))
        case .isNotNull(let path): return .isNotNull(column: checked(path, &faults))
        case .isTrue(let path):
            let name = Self.text(path)
            let (family, found) = operand(path)
            faults += found
            if found.isEmpty, family != .boolean, family != .unknown {
                faults.append("the column \"\(name)\" is not true or false; compare it, or write: \(name) is not null")
            }
            return .compare(.column(name), .equal, .boolean(true))
        case .compare(let left, let comparison, let right):
            faults += compare(left, comparison, right)
            return .compare(Self.bound(left), comparison, Self.bound(right))
        }
    }

    private func checked(_ path: Condition.Path, _ faults: inout [String]) -> String {
        faults += operand(path).faults
        return Self.text(path)
    }

    private static func bound(_ operand: Condition.Operand) -> RuleOperand {
        switch operand {
        case .path(let path): .column(text(path))
        case .integer(let number): .integer(number)
        case .decimal(let number): .decimal(number)
        case .text(let text): .text(text)
        case .boolean(let flag): .boolean(flag)
        case .null: .text("")  // Refused by `compare`.
        }
    }

    private static func text(_ path: Condition.Path) -> String {
        var text = ""
        for step in path.steps {
            switch step {
            case .key(let key): text += (text.isEmpty ? "" : ".") + key
            case .index(let index): text += "[\(index)]"
            case .each: text += "[]"
            }
        }
        return text
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

    private func operand(_ operand: Condition.Operand) -> (family: Family, faults: [String]) {
        switch operand {
        case .integer, .decimal: (.number, [])
        case .text: (.text, [])
        case .boolean: (.boolean, [])
        case .null: (.unknown, ["nothing equals null; write: is null, or: is not null"])
        case .path(let path): self.operand(path)
        }
    }

    private func operand(_ path: Condition.Path) -> (family: Family, faults: [String]) {
        let name = Self.text(path)
        guard names.contains(name) else {
            if path.isQuoted { return (.unknown, ["write text between single quotes: 'Open'"]) }
            let hint = Suggestion.hint(name, among: names)
            return (.unknown, ["there is no column \"\(name.prefix(64))\"" + hint])
        }
        guard let type = types[name] else { return (.unknown, []) }
        switch type {
        case .integer, .decimal: return (.number, [])
        case .text: return (.text, [])
        case .boolean: return (.boolean, [])
        case .date: return (.date, [])
        case .timestamp: return (.timestamp, [])
        case .time: return (.time, [])
        case .json: return (.unknown, ["the column \"\(name)\" has type json, which no row rule can look into"])
        }
    }

    private func compare(
        _ left: Condition.Operand, _ comparison: Condition.Comparison, _ right: Condition.Operand
    ) -> [String] {
        let (a, b) = (operand(left), operand(right))
        let faults = a.faults + b.faults
        guard faults.isEmpty, a.family != .unknown, b.family != .unknown else { return faults }
        guard Self.isColumn(left) || Self.isColumn(right) else { return ["one side of a comparison must be a column"] }
        if comparison == .contains, a.family != .text || b.family != .text { return ["~ looks for text in text"] }
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

    private static func isColumn(_ operand: Condition.Operand) -> Bool {
        if case .path = operand { return true }
        return false
    }
}
