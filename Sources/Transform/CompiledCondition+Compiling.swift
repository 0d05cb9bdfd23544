internal import Pipelines

extension CompiledCondition {
    /// Ties a rule's columns to their positions. The pipeline reader has checked names and types already.
    init(_ condition: RuleCondition, columns: [Column]) throws(TransformError) {
        func position(_ name: String) throws(TransformError) -> Int {
            guard let index = columns.firstIndex(where: { $0.name == name }) else {
                throw TransformError(.configuration, "a row rule names the column \(name), which is not there")
            }
            return index
        }
        func isInstant(_ operand: RuleOperand) -> Bool {
            guard case .column(let name) = operand else { return false }
            return columns.contains { $0.name == name && ($0.type == .date || $0.type == .timestamp) }
        }
        func compile(_ operand: RuleOperand, besideInstant: Bool) throws(TransformError) -> CompiledOperand {
            switch operand {
            case .column(let name): return .column(try position(name))
            case .integer(let number): return .integer(number)
            case .decimal(let number): return .decimal(number)
            case .boolean(let value): return .integer(value ? 1 : 0)
            case .text(let text):
                guard besideInstant else { return .text(OwnedBytes(text)) }
                guard let seconds = ColumnPlan.instant(text) else {
                    throw TransformError(.configuration, "a row rule compares a date with '\(text)', which is none")
                }
                return .instant(seconds)
            }
        }
        switch condition {
        case .compare(let left, let comparison, let right):
            self = .compare(
                try compile(left, besideInstant: isInstant(right)), comparison,
                try compile(right, besideInstant: isInstant(left)))
        case .isNull(let column): self = .isNull(try position(column))
        case .isNotNull(let column): self = .not(.isNull(try position(column)))
        case .and(let left, let right):
            self = .and(try CompiledCondition(left, columns: columns), try CompiledCondition(right, columns: columns))
        case .or(let left, let right):
            self = .or(try CompiledCondition(left, columns: columns), try CompiledCondition(right, columns: columns))
        case .not(let inner): self = .not(try CompiledCondition(inner, columns: columns))
        }
    }
}
