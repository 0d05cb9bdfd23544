/// The data dictionary: every table, view and column of the database as the pipeline files describe them.
public struct SchemaDescription: Sendable, Encodable {
    /// Tables in the order of the pipeline files, each followed by its child tables, then views, then the tables of flags.
    public let tables: [DescribedTable]

    /// Describes what these pipeline files load.
    public init(_ catalog: Catalog) {
        var tables: [DescribedTable] = []
        for table in catalog.tables {
            let sources = catalog.feeders(ofTable: table.name).map { "\($0.phase).\($0.name)" }
            tables.append(DescribedTable(table, sources: sources))
            tables += table.children.map { DescribedTable($0, of: table, sources: sources) }
        }
        tables += catalog.phases.flatMap { phase in phase.views.map { DescribedTable($0, phase: phase.name) } }
        self.tables = tables + DescribedTable.own
    }

    private init(tables: [DescribedTable]) { self.tables = tables }

    /// Only the tables with these names.
    public func only(_ names: [String]) -> SchemaDescription {
        SchemaDescription(tables: tables.filter { names.contains($0.name) })
    }
}

/// A table, child table or view of the database.
public struct DescribedTable: Sendable, Encodable {
    /// What it is.
    public enum Kind: String, Sendable, Encodable {
        /// A row for each record of Clio.
        case table
        /// A row for each element of a nested list.
        case child
        /// A query that is kept in the database.
        case view
        /// What is wrong with the records.
        case flags
        /// What loads changed.
        case changes
    }

    /// The SQL name.
    public let name: String
    /// What it is.
    public let kind: Kind
    /// What people see.
    public let title: String
    /// What a row is, and what to know about it; nil where the title says it all.
    public let description: String?
    /// `phase.entity` of each list that fills it; the phase of a view.
    public let sources: [String]
    /// The columns in their order in SQLite; empty for a view, whose columns are those of its query.
    public let columns: [DescribedColumn]
}

/// A column of the database.
public struct DescribedColumn: Sendable, Encodable {
    /// The SQL name.
    public let name: String
    /// What SQLite stores: INTEGER, REAL or TEXT.
    public let storage: String
    /// What the value is: the type of the pipeline file.
    public let type: String
    /// What it is measured in, for example `seconds`; nil where nothing is measured.
    public let unit: String?
    /// What it means; nil where the name says it all.
    public let meaning: String?
    /// Where the value is in Clio's record; nil for a column that is not from Clio.
    public let source: String?
    /// The tables whose key it holds.
    public let references: [String]
    /// Whether a record without it is flagged.
    public let required: Bool
    /// The only values allowed; empty for no such rule.
    public let allowed: [String]
    /// How extract replaces the value; nil for a plain one.
    public let mask: String?

    /// What it means and what it is measured in, in one line; nil where the name says it all.
    public var words: String? {
        guard let meaning else { return unit }
        return unit.map { "\(meaning) (\($0))" } ?? meaning
    }
}

extension DescribedTable {
    fileprivate init(_ table: Table, sources: [String]) {
        self.init(
            name: table.name, kind: .table, title: table.title, description: table.description, sources: sources,
            columns: table.columns.map { DescribedColumn($0, below: []) })
    }

    fileprivate init(_ child: ChildTable, of table: Table, sources: [String]) {
        let key = table.column(named: Table.keyColumn)?.type ?? .integer
        let place = child.path.joined(separator: ".")
        let columns =
            [
                DescribedColumn(
                    child.parentColumn, key, "The record that the row belongs to", references: [table.name],
                    required: true),
                DescribedColumn(
                    "position", .integer, "The place in Clio's list `\(place)`, counted from 1", required: true),
            ] + child.columns.map { DescribedColumn($0, below: child.path) }
        self.init(
            name: child.name, kind: .child, title: "\(table.title): \(child.title)", description: child.description,
            sources: sources, columns: columns)
    }

    fileprivate init(_ view: View, phase: String) {
        self.init(
            name: view.name, kind: .view, title: view.title, description: view.description, sources: [phase],
            columns: [])
    }

    /// The tables that every database has.
    public static let own: [DescribedTable] = [
        DescribedTable(
            name: "flagged_records", kind: .flags, title: "Flagged records",
            description: "Records that broke a rule, each with all its reasons; rejects are in no other table.",
            sources: [],
            columns: [
                DescribedColumn("entity", .text, "The list that the record is from", required: true),
                DescribedColumn("phase", .text, "The phase of that list", required: true),
                DescribedColumn("id", nil, "The record's id as Clio sent it; NULL where there is no usable one"),
                DescribedColumn(
                    "severity", .text, "`reject`: the record is not loaded; `warn`: it is, with NULL for the bad value",
                    required: true, allowed: ["reject", "warn"]),
                DescribedColumn(
                    "violations", .json, "A JSON list of rule, path, value and message", required: true),
                DescribedColumn("part", .text, "The raw part that holds the record's line"),
                DescribedColumn("line", .integer, "The line in that part, counted from 1"),
                DescribedColumn("record", .json, "The raw record, of a reject only"),
                DescribedColumn("sequence", .integer, "The record's number, in the order of fetching", required: true),
                DescribedColumn("table_name", .text, "The table that the record is or would be in", required: true),
            ]),
        DescribedTable(
            name: "flagged_violations", kind: .flags, title: "Flagged violations",
            description: "The reasons of the flagged records, one a row.", sources: [],
            columns: []),
        DescribedTable(
            name: "changes", kind: .changes, title: "Changes",
            description: "What loads inserted, updated and deleted in complete tables, in order.", sources: [],
            columns: [
                DescribedColumn("seq", .integer, "Rises with every change; never used twice", required: true),
                DescribedColumn(
                    "refresh_id", .integer, "The load that made the change", references: ["refreshes"], required: true),
                DescribedColumn("table_name", .text, "The table", required: true),
                DescribedColumn("id", nil, "The id of the row; NULL for `reloaded`: the whole table"),
                DescribedColumn(
                    "change", .text, "What happened to the row", required: true,
                    allowed: ["inserted", "updated", "deleted", "reloaded"]),
                DescribedColumn("at", .timestamp, "When it was loaded, UTC", required: true),
            ]),
        DescribedTable(
            name: "refreshes", kind: .changes, title: "Refreshes",
            description: "The loads that changed something, with their sums.", sources: [],
            columns: [
                DescribedColumn("id", .integer, "The number of the load", required: true),
                DescribedColumn("at", .timestamp, "When it began, UTC", required: true),
                DescribedColumn("inserted", .integer, "Rows inserted", required: true),
                DescribedColumn("updated", .integer, "Rows updated", required: true),
                DescribedColumn("deleted", .integer, "Rows deleted", required: true),
            ]),
    ]
}

extension DescribedColumn {
    fileprivate init(_ column: Column, below list: [String]) {
        name = column.name
        storage = column.type.storage
        type = column.type.rawValue
        unit = column.unit ?? (column.type == .timestamp ? "UTC" : nil)
        meaning = [column.title, column.description].compactMap(\.self).joined(separator: ": ").nonEmpty
        source = (list.isEmpty ? "" : list.joined(separator: ".") + "[].") + column.path.joined(separator: ".")
        references = column.references.map { [$0] } ?? []
        required = column.required
        allowed = column.allowed
        mask = column.mask?.rawValue
    }

    /// A column that is not from Clio.
    /// - Parameter type: nil for one without a declared type.
    fileprivate init(
        _ name: String, _ type: ColumnType?, _ meaning: String, references: [String] = [], required: Bool = false,
        allowed: [String] = []
    ) {
        self.name = name
        storage = type?.storage ?? ""
        self.type = type?.rawValue ?? "any"
        unit = nil
        self.meaning = meaning
        source = nil
        self.references = references
        self.required = required
        self.allowed = allowed
        mask = nil
    }
}

extension ColumnType {
    /// The type in the CREATE TABLE statement.
    public var storage: String {
        switch self {
        case .integer, .boolean: "INTEGER"
        case .decimal: "REAL"
        case .text, .date, .timestamp, .time, .json: "TEXT"
        }
    }
}

extension String {
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
