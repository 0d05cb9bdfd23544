internal import Pipelines
internal import SQLite
internal import Tables

/// Full-text search over the tables that ask for it: an FTS5 table beside each, which holds no second copy of the text.
///
/// It is filled anew after a load that changed the table: keeping it up to date row by row would be paid for with every
/// inserted record, and a version that is replaced would have to be read before. Where rows go, it is filled anew in that
/// very transaction: a reader that finds an indexed row missing reports a damaged database.
struct SearchIndex {
    private let catalog: Catalog
    private let database: Database
    private var connection: SQLiteConnection { database.connection }
    /// Which search tables are ours.
    private let own: OwnNames

    init(_ catalog: Catalog, _ database: Database) {
        self.catalog = catalog
        self.database = database
        own = OwnNames("search", database)
    }

    /// Makes, fills anew or drops search tables, as far as something changed.
    func refresh(_ onEvent: (LoadEvent) -> Void) throws {
        let present = try database.loadedTables()
        let wanted = catalog.tables.filter { !$0.search.isEmpty && present.contains($0.name) }
        for name in try own.read().sorted() where !wanted.contains(where: { $0.searchName == name }) {
            try database.atomically { try drop(name) }
        }
        for table in wanted { try refresh(table, onEvent) }
    }

    /// Fills the search table of one table anew, where there is one; inside a transaction.
    func fill(_ table: Table) throws {
        guard !table.search.isEmpty, try own.read().contains(table.searchName) else { return }
        try refresh(table, force: true) { _ in }
    }

    /// Drops the search table of a table that is dropped; inside a transaction.
    func drop(of table: String) throws(SQLiteError) {
        let name = Table.searchName(of: table)
        if try own.read().contains(name) { try drop(name) }
    }

    private func drop(_ name: String) throws(SQLiteError) {
        try connection.execute("DROP TABLE IF EXISTS \(quotedIdentifier(name))")
        try own.write(own.read().subtracting([name]))
    }

    /// Makes it, or fills it anew when the table changed.
    /// - Parameter force: also when nothing written down says so.
    func refresh(_ table: Table, force: Bool = false, _ onEvent: (LoadEvent) -> Void) throws {
        let isOurs = try own.read().contains(table.searchName)
        let name = quotedIdentifier(table.searchName)
        let columns = table.search.map(quotedIdentifier).joined(separator: ", ")
        let sql =
            "CREATE VIRTUAL TABLE \(name) USING fts5(\(columns), content=\(quotedIdentifier(table.name)), "
            + "content_rowid=\(quotedIdentifier(Table.keyColumn)), tokenize=\"unicode61 remove_diacritics 2\")"
        let there = try connection.value("SELECT sql FROM sqlite_schema WHERE name = ?", .text(table.searchName))?
            .string
        guard there == nil || isOurs else {
            throw LoadError(
                .pipeline,
                "\(database.path): already has a \(table.searchName) that cliosync did not make; rename it or the table"
            )
        }
        let key = "search \(table.name)"
        let state = try signature(table)
        let isMade = try there == sql && tablesWithoutRowID(of: table.searchName).isEmpty
        guard try force || !isMade || database.meta(key) != state else { return }
        onEvent(.indexing(table: table.searchName))
        // One transaction: a reader finds by the old rows or by the new ones.
        try database.atomically {
            if !isMade {
                try connection.execute("DROP TABLE IF EXISTS \(name)")
                try connection.execute(sql)
                try giveRowIDs(to: table.searchName)
                if !isOurs { try own.write(own.read().union([table.searchName])) }
            }
            try connection.execute("INSERT INTO \(name)(\(name)) VALUES('rebuild')")
            try database.setMeta(key, state)
        }
    }

    /// FTS5 makes two of its own tables without a rowid, and so DuckDB cannot count their rows. They work as ordinary tables, too.
    private func giveRowIDs(to name: String) throws(SQLiteError) {
        for (table, sql) in try tablesWithoutRowID(of: name) {
            let quoted = quotedIdentifier(table)
            try connection.executeOnShadowTables(
                """
                CREATE TEMP TABLE _cliosync_search AS SELECT * FROM main.\(quoted);
                DROP TABLE main.\(quoted);
                \(sql.dropLast(Self.withoutRowID.count));
                INSERT INTO main.\(quoted) SELECT * FROM temp._cliosync_search;
                DROP TABLE temp._cliosync_search
                """)
        }
    }

    /// The tables of FTS5 that have none, with the statements that made them.
    private func tablesWithoutRowID(of name: String) throws(SQLiteError) -> [(name: String, sql: String)] {
        var tables: [(name: String, sql: String)] = []
        for table in ["_idx", "_config"].map({ name + $0 }) {
            let sql = try connection.value("SELECT sql FROM sqlite_schema WHERE name = ?", .text(table))?.string
            if let sql, sql.hasSuffix(Self.withoutRowID) { tables.append((table, sql)) }
        }
        return tables
    }

    private static let withoutRowID = " WITHOUT ROWID"

    /// Whether the search table of this table is filled from its rows as they are.
    func isCurrent(_ table: Table) throws -> Bool {
        try !table.search.isEmpty && database.meta("search \(table.name)") == signature(table)
    }

    /// Writes down that it is.
    func noteCurrent(_ table: Table) throws { try database.setMeta("search \(table.name)", signature(table)) }

    /// A text that changes with every load that wrote to the table: parts by the ledger, deletions by the rows.
    private func signature(_ table: Table) throws -> String {
        let rows = try connection.value("SELECT count(*) FROM \(quotedIdentifier(table.name))")?.int64 ?? 0
        var parts = ["\(rows) rows"]
        for feeder in catalog.feeders(ofTable: table.name) {
            let row =
                try connection.rows(
                    """
                    SELECT count(*), coalesce(max(loaded_at), ''), coalesce(sum(clean_crc), 0), coalesce(sum(generation), 0)
                    FROM _cliosync_ledger WHERE phase = ? AND entity = ?
                    """, .text(feeder.phase), .text(feeder.name)
                ).first ?? []
            parts.append(row.map { $0.string ?? $0.int64.map(String.init) ?? "" }.joined(separator: " "))
        }
        return parts.joined(separator: ", ")
    }
}
