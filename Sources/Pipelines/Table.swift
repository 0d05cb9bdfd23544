/// A target table: columns, child tables for nested lists, row rules, indexes.
public struct Table: Sendable, Equatable {
    /// The SQL name. Its primary key is the column `id`; the column `updated_at`, where there is one, says which of
    /// two versions of a record is newer.
    public let name: String
    /// What people see; not part of the fingerprint.
    public let title: String
    /// A sentence about it, not part of the fingerprint either.
    public let description: String?
    /// The column that names a row for people; not part of the fingerprint.
    public let label: String?
    /// The columns that full-text search looks through; empty for no such search.
    public let search: [String]
    /// In the order of the file, which is the order in SQLite.
    public internal(set) var columns: [Column]
    /// A table for each nested list.
    public internal(set) var children: [ChildTable]
    /// Conditions over a row of this table.
    public let rules: [RowRule]
    /// The columns of each index. Every reference has an index anyway.
    public let indexes: [[String]]

    /// A table from its parts; nothing is checked here.
    public init(
        name: String, title: String, description: String?, label: String? = nil, search: [String] = [],
        columns: [Column], children: [ChildTable], rules: [RowRule], indexes: [[String]]
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.label = label
        self.search = search
        self.columns = columns
        self.children = children
        self.rules = rules
        self.indexes = indexes
    }

    /// The primary key's column.
    public static let keyColumn = "id"
    /// The column that orders versions of one record.
    public static let versionColumn = "updated_at"

    /// The name of the table that full-text search asks, whether there is one or not.
    public var searchName: String { Self.searchName(of: name) }

    /// The same for a table by its name.
    public static func searchName(of table: String) -> String { table + "_search" }

    /// The column with this name.
    public func column(named name: String) -> Column? { columns.first { $0.name == name } }
}

/// A table of the rows of a nested list; key (parent id, position), position counted from 1.
public struct ChildTable: Sendable, Equatable {
    /// The SQL name, which is also the key of the nested list in a clean line.
    public let name: String
    /// What people see.
    public let title: String
    /// A sentence about it.
    public let description: String?
    /// Where the list is in the record: one or two keys.
    public let path: [String]
    /// The column that refers to the parent, for example `matter_id`.
    public let parentColumn: String
    /// Their paths begin at the element of the list.
    public internal(set) var columns: [Column]
    /// The columns of each index; the key has one anyway.
    public let indexes: [[String]]

    /// A child table from its parts; nothing is checked here.
    public init(
        name: String, title: String, description: String?, path: [String], parentColumn: String, columns: [Column],
        indexes: [[String]]
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.path = path
        self.parentColumn = parentColumn
        self.columns = columns
        self.indexes = indexes
    }
}
