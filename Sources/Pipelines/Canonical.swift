/// Texts that are equal exactly when the values they represent are equal.
enum Canonical {
    /// A JSON string.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 32:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    static func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ",") + "]" }

    /// What decides how a column's value is read, checked and written.
    static func column(_ column: Column) -> String {
        var line = "column \(quoted(column.name)) from \(list(column.path)) \(column.type.rawValue)"
        if column.required { line += " required" }
        if !column.allowed.isEmpty { line += " allowed \(list(column.allowed))" }
        if let range = column.range {
            line += " range \(range.minimum.map(quoted) ?? "-") \(range.maximum.map(quoted) ?? "-")"
        }
        if let pattern = column.pattern { line += " pattern \(quoted(pattern))" }
        if let references = column.references { line += " references \(quoted(references))" }
        // A column of type text takes ids that are numbers; nothing else of it decides what a row is.
        if column.typedReference != nil, column.type == .text { line += " references by type" }
        if let severity = column.severity { line += " \(severity.rawValue)" }
        if let mask = column.mask { line += " mask \(mask.rawValue)" }
        return line
    }

    /// What decides a column of the SQL table.
    static func schemaColumn(_ column: Column) -> String {
        var line = "column \(quoted(column.name)) \(column.type.rawValue)"
        if column.required { line += " required" }
        if let references = column.references { line += " references \(quoted(references))" }
        return line
    }

    static func condition(_ condition: RuleCondition) -> String {
        switch condition {
        case .compare(let left, let comparison, let right):
            "\(operand(left)) \(comparison.rawValue) \(operand(right))"
        case .isNull(let column): "\(quoted(column)) is null"
        case .isNotNull(let column): "\(quoted(column)) is not null"
        case .and(let left, let right): "(\(Self.condition(left)) and \(Self.condition(right)))"
        case .or(let left, let right): "(\(Self.condition(left)) or \(Self.condition(right)))"
        case .not(let inner): "not (\(Self.condition(inner)))"
        }
    }

    private static func operand(_ operand: RuleOperand) -> String {
        switch operand {
        case .column(let name): quoted(name)
        case .integer(let number): "number \(number)"
        case .decimal(let number): "number \(number)"
        case .text(let text): "text \(quoted(text))"
        case .boolean(let flag): "\(flag)"
        }
    }
}
