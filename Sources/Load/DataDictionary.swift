internal import Hashing
internal import Pipelines
internal import SQLite
internal import Tables

/// Keeps `_cliosync_columns`, the data dictionary inside the database: a row for each column of each table that is loaded.
///
/// The table is one of ours, so that a copy of the database explains itself without the pipeline files.
struct DataDictionary {
    private let catalog: Catalog
    private let database: Database
    private var connection: SQLiteConnection { database.connection }

    /// The table's name.
    static let table = "_cliosync_columns"
    /// A hash of what the table holds, so that a load that changes nothing writes nothing.
    private static let key = "columns"

    init(_ catalog: Catalog, _ database: Database) {
        self.catalog = catalog
        self.database = database
    }

    /// Describes the tables and views that are there now, in one transaction; does nothing when they are described already.
    func refresh() throws {
        let names = try connection.rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")
        let there = Set(names.compactMap(\.first?.string))
        let tables = SchemaDescription(catalog).tables.filter { there.contains($0.name) }
        let rows = tables.flatMap(Self.rows)
        let text = rows.map { $0.map { $0.map { "'\($0)'" } ?? "-" }.joined(separator: " ") }.joined(separator: "\n")
        let hash = SHA256.hex(text)
        guard try !there.contains(Self.table) || database.meta(Self.key) != hash else { return }
        try database.atomically {
            try connection.execute("DROP TABLE IF EXISTS \(Self.table)")
            try connection.execute(
                """
                CREATE TABLE \(Self.table)(
                    table_name TEXT NOT NULL, kind TEXT NOT NULL, position INTEGER NOT NULL, column_name TEXT,
                    storage TEXT, type TEXT, unit TEXT, meaning TEXT, source TEXT, refers_to TEXT,
                    required INTEGER, allowed TEXT, mask TEXT, PRIMARY KEY(table_name, position)) STRICT
                """)
            let insert = try connection.prepare(
                "INSERT INTO \(Self.table) VALUES(\(Array(repeating: "?", count: 13).joined(separator: ", ")))")
            for row in rows {
                for (index, value) in row.enumerated() {
                    if let value { try insert.bind(value, at: index + 1) } else { try insert.bindNull(at: index + 1) }
                }
                try insert.run()
            }
            try database.setMeta(Self.key, hash)
        }
    }

    /// A row for the table itself, with position 0, and one for each column.
    private static func rows(_ table: DescribedTable) -> [[String?]] {
        let meaning = [table.title, table.description].compactMap(\.self).joined(separator: ": ")
        let kind = table.kind.rawValue
        let head: [String?] = [
            table.name, kind, "0", nil, nil, nil, nil, meaning, table.sources.joined(separator: " "), nil, nil, nil,
            nil,
        ]
        return [head]
            + table.columns.enumerated().map { index, column in
                [
                    table.name, kind, String(index + 1), column.name, column.storage, column.type, column.unit,
                    column.meaning, column.source, list(column.references), column.required ? "1" : "0",
                    list(column.allowed), column.mask,
                ]
            }
    }

    private static func list(_ words: [String]) -> String? { words.isEmpty ? nil : words.joined(separator: ", ") }
}
