/// A field whose value is replaced before it reaches a file.
public struct FieldMask: Sendable, Equatable, Hashable {
    /// Where the value is in a record. If a list is on the way, every element is meant.
    public let path: [String]
    /// What replaces it.
    public let mask: ValueMask

    /// One from its parts.
    public init(path: [String], mask: ValueMask) {
        self.path = path
        self.mask = mask
    }

    /// `client.name sha256`: equal exactly when the masks are.
    public var text: String { path.joined(separator: ".") + " " + mask.rawValue }
}

extension Table {
    /// The columns of the table and of each child table, with the path that theirs begin at.
    var columnLists: [(prefix: [String], columns: [Column])] {
        [([], columns)] + children.map { ($0.path, $0.columns) }
    }

    /// The fields that the masks of an entity with this table cover: those of masked columns, and copies of masked columns
    /// of the tables that it refers to, as far as they are asked for and have no column.
    func masks(_ fields: FieldList, tables: [String: Table]) -> [FieldMask] {
        var masks: [FieldMask] = []
        let paths = Set(columnLists.flatMap { list in list.columns.map { list.prefix + $0.path } })
        for (prefix, columns) in columnLists {
            for column in columns {
                if let mask = column.mask { masks.append(FieldMask(path: prefix + column.path, mask: mask)) }
                for copy in column.copies(in: tables) {
                    let path = prefix + copy.path
                    guard !paths.contains(path), fields.isComplete, fields.covers(path) else { continue }
                    masks.append(FieldMask(path: path, mask: copy.mask))
                }
            }
        }
        var seen: Set<FieldMask> = []
        return masks.filter { seen.insert($0).inserted }
    }
}

extension Column {
    /// Where, beside the id of another record, copies of the masked fields of that record may be: `client.name` beside
    /// `client.id`.
    func copies(in tables: [String: Table]) -> [FieldMask] {
        guard path.last == Table.keyColumn else { return [] }
        return referencedTables.compactMap { tables[$0] }.flatMap(\.columns).compactMap { column in
            column.mask.map { FieldMask(path: path.dropLast() + column.path, mask: $0) }
        }
    }
}
