/// An index of a table or child table in SQLite.
public struct TableIndex: Sendable, Equatable {
    /// The table that it is on.
    public let table: String
    /// In order.
    public let columns: [String]
    /// Whether it is there for a reference, and holds only the rows that have one.
    public let isPartial: Bool

    /// `idx_TABLE_COLUMN_…`, the name that people who come from other tools expect. All tables, indexes and views of
    /// a database share one space of names.
    public var name: String { "idx_\(table)_" + columns.joined(separator: "_") }
}

extension Table {
    /// An index on every declared reference and those that the pipeline file declares, child tables too.
    public var allIndexes: [TableIndex] {
        Self.indexes(name, columns, indexes) + children.flatMap { Self.indexes($0.name, $0.columns, $0.indexes) }
    }

    private static func indexes(_ table: String, _ columns: [Column], _ declared: [[String]]) -> [TableIndex] {
        let references = columns.filter { $0.references != nil && $0.isReferenceDeclared && $0.name != keyColumn }
            .map(\.name)
        // A declared index that begins with the reference serves it too.
        let needed = references.filter { reference in !declared.contains { $0.first == reference } }
        return needed.map { TableIndex(table: table, columns: [$0], isPartial: true) }
            + declared.map { TableIndex(table: table, columns: $0, isPartial: false) }
    }
}
