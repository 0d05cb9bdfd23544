internal import Bytes
internal import JSON
internal import Pipelines

/// The keys and types that a clean line of a table must have, prepared for matching by expected order.
struct LinePlan: Sendable {
    struct Field: Sendable {
        let name: String
        let key: [UInt8]
        let type: ColumnType
    }

    struct Child: Sendable {
        let name: String
        let key: [UInt8]
        let fields: [Field]
    }

    let fields: [Field]
    let children: [Child]
    /// The position of `id`.
    let keyIndex: Int
    /// The position of `updated_at`, or -1.
    let versionIndex: Int
    let isKeyInteger: Bool

    init(_ table: Table) {
        func fields(_ columns: [Column]) -> [Field] {
            columns.map { Field(name: $0.name, key: Array($0.name.utf8), type: $0.type) }
        }
        self.fields = fields(table.columns)
        children = table.children.map {
            Child(name: $0.name, key: Array($0.name.utf8), fields: fields($0.columns))
        }
        keyIndex = table.columns.firstIndex { $0.name == Table.keyColumn } ?? 0
        versionIndex =
            table.columns.firstIndex { $0.name == Table.versionColumn && $0.type == .timestamp } ?? -1
        isKeyInteger = table.column(named: Table.keyColumn)?.type == .integer
    }
}

/// How a record starts in a batch.
///
/// - `row`: the columns, then id, updated_at (milliseconds or null) and sequence again; then child rows, each a byte
///   (index + 1), its position and its columns; then 0.
/// - `reject` and `warn`: id, updated_at, sequence, severity, violations, part, line, record.
/// - `unkeyed`: the same for a reject whose id cannot be an id of the table.
enum RecordTag {
    static let row: UInt8 = 1
    static let reject: UInt8 = 2
    static let warn: UInt8 = 3
    static let unkeyed: UInt8 = 4
}
