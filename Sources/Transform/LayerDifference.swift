/// What transform would change in the clean and flagged layers of an entity under the present pipelines and decisions.
public struct LayerDifference: Sendable, Equatable {
    /// What a record is in the layers.
    public enum State: String, Encodable, Sendable, CaseIterable {
        /// In its table, without a flag.
        case healthy
        /// In its table, with a flag.
        case warned
        /// In no table.
        case rejected
    }

    /// Records that go from one state to another.
    public struct Move: Encodable, Sendable, Equatable {
        /// Before.
        public let from: State
        /// After.
        public let to: State
        /// How many.
        public internal(set) var records = 0
        /// A few ids.
        public internal(set) var examples: [String] = []
    }

    /// A value that is another one.
    public struct Example: Encodable, Sendable, Equatable {
        /// The record's id.
        public let id: String
        /// The value as JSON, cut when it is long; nil where there was none.
        public let before: String?
        /// The value that it becomes; nil where there is none any more.
        public let after: String?
    }

    /// A column whose values change.
    public struct ColumnChange: Sendable, Equatable {
        /// What happens to a column.
        public enum Kind: String, Encodable, Sendable {
            /// The column is new; counted are its values that are not NULL.
            case added
            /// The column goes; counted are its values that were not NULL.
            case dropped
            /// The column stays, values of it change.
            case changed
        }

        /// The table or child table.
        public let table: String
        /// The column.
        public let column: String
        /// What happens to it.
        public let kind: Kind
        /// How many values.
        public internal(set) var values = 0
        /// A few of them.
        public internal(set) var examples: [Example] = []
    }

    /// Violations of a rule at a path, before and after.
    public struct RuleChange: Encodable, Sendable, Equatable {
        /// The rule.
        public let rule: String
        /// The path, with the places in lists left out.
        public let path: String
        /// Violations before.
        public internal(set) var before = 0
        /// Violations after.
        public internal(set) var after = 0
    }

    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// Records that were compared.
    public internal(set) var compared = 0
    /// Records that are transformed for the first time: of new raw parts, or of a raw layer that was extracted again.
    public internal(set) var fresh = 0
    /// Whether the pipeline, the transform and the decisions are those of the present layers.
    public internal(set) var isCurrent = false
    /// Records whose state changes.
    public internal(set) var moves: [Move] = []
    /// Columns whose values change, in records that are in their table before and after.
    public internal(set) var columns: [ColumnChange] = []
    /// Child tables whose number of rows changes, by how much.
    public internal(set) var childRows: [String: Int] = [:]
    /// Rules whose violations change in number.
    public internal(set) var rules: [RuleChange] = []

    init(phase: String, entity: String) {
        self.phase = phase
        self.entity = entity
    }

    /// Whether transform would change anything.
    public var isEmpty: Bool {
        fresh == 0 && moves.isEmpty && columns.isEmpty && childRows.isEmpty && rules.isEmpty
    }

    /// Examples that are kept of each change.
    static let mostExamples = 3

    mutating func move(from: State, to: State, id: String?, records: Int = 1) {
        let index =
            moves.firstIndex { $0.from == from && $0.to == to }
            ?? {
                moves.append(Move(from: from, to: to))
                return moves.count - 1
            }()
        moves[index].records += records
        if let id, moves[index].examples.count < Self.mostExamples { moves[index].examples.append(id) }
    }

    mutating func change(
        _ table: String, _ column: String, _ kind: ColumnChange.Kind, values: Int, _ examples: [Example]
    ) {
        let index =
            columns.firstIndex { $0.table == table && $0.column == column && $0.kind == kind }
            ?? {
                columns.append(ColumnChange(table: table, column: column, kind: kind))
                return columns.count - 1
            }()
        columns[index].values += values
        let room = Self.mostExamples - columns[index].examples.count
        columns[index].examples += examples.prefix(max(0, room))
    }

    mutating func count(_ rule: String, _ path: String, before: Int = 0, after: Int = 0) {
        let index =
            rules.firstIndex { $0.rule == rule && $0.path == path }
            ?? {
                rules.append(RuleChange(rule: rule, path: path))
                return rules.count - 1
            }()
        rules[index].before += before
        rules[index].after += after
    }

    /// Adds what another part came to.
    mutating func merge(_ other: LayerDifference) {
        compared += other.compared
        for move in other.moves {
            self.move(from: move.from, to: move.to, id: nil, records: move.records)
            guard let index = moves.firstIndex(where: { $0.from == move.from && $0.to == move.to }) else { continue }
            moves[index].examples += move.examples.prefix(max(0, Self.mostExamples - moves[index].examples.count))
        }
        for column in other.columns {
            change(column.table, column.column, column.kind, values: column.values, column.examples)
        }
        for (table, rows) in other.childRows { childRows[table, default: 0] += rows }
        for rule in other.rules { count(rule.rule, rule.path, before: rule.before, after: rule.after) }
    }
}
