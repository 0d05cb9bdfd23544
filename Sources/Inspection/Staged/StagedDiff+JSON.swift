public import JSON
internal import Load
internal import Transform

extension StagedDiff.Difference {
    /// The difference as a report.
    /// - Parameter showValues: whether examples have their values.
    public func report(showValues: Bool) -> some JSONReport { DifferenceReport(self, showValues: showValues) }
}

/// What `staged diff --json` prints of one entity.
private struct DifferenceReport: JSONReport {
    let phase: String
    let entity: String
    let changes: Bool
    let compared: Int
    let newRecords: Int
    let rebuild: Bool
    let formerTable: String?
    let schema: [SchemaDifference.Change]
    let records: [LayerDifference.Move]
    let rules: [LayerDifference.RuleChange]
    let columns: [Column]
    let childRows: [String: Int]

    struct Column: Encodable {
        let table: String
        let column: String
        let change: LayerDifference.ColumnChange.Kind
        let values: Int
        let examples: [Example]
    }

    enum Example: Encodable {
        case id(String)
        case values(LayerDifference.Example)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .id(let id): try id.encode(to: encoder)
            case .values(let example): try example.encode(to: encoder)
            }
        }
    }

    init(_ difference: StagedDiff.Difference, showValues: Bool) {
        let layers = difference.layers
        phase = layers.phase
        entity = layers.entity
        changes = !difference.isEmpty
        compared = layers.compared
        newRecords = layers.fresh
        rebuild = !layers.isCurrent || difference.schema?.isRebuilt == true
        formerTable = difference.schema?.formerTable
        schema = difference.schema?.changes ?? []
        records = layers.moves
        rules = layers.rules
        columns = layers.columns.map { column in
            Column(
                table: column.table, column: column.column, change: column.kind, values: column.values,
                examples: column.examples.map { showValues ? .values($0) : .id($0.id) })
        }
        childRows = layers.childRows
    }
}
