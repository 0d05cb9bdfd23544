internal import Pipelines
internal import SQLite
internal import Tables

/// Creates the views of the pipeline files in the database and keeps them up to date.
struct ViewSet {
    private let catalog: Catalog
    private let database: Database
    private var connection: SQLiteConnection { database.connection }
    /// The views that we made.
    private let own: OwnNames

    init(_ catalog: Catalog, _ database: Database) {
        self.catalog = catalog
        self.database = database
        own = Self.own(database)
    }

    /// Asks SQLite, in memory, whether every view can be read with the tables that it names and no others.
    static func check(_ catalog: Catalog) throws(LoadError) {
        for view in catalog.views {
            do throws(SQLiteError) {
                let connection = try SQLiteConnection(path: ":memory:", mode: .create)
                for table in catalog.tables
                where view.tables.contains(table.name)
                    || table.children.contains(where: { view.tables.contains($0.name) })
                {
                    for statement in TableSchema(table: table).create(.live) { try connection.execute(statement) }
                }
                try connection.execute(ViewStatement(example: view).sql)
                if view.columns != nil { _ = try ViewStatement(view, connection) }
                _ = try connection.prepare("SELECT * FROM \(quotedIdentifier(view.name))")
            } catch {
                throw failure(view, error)
            }
        }
    }

    /// The views that a load made.
    static func own(_ database: Database) -> OwnNames { OwnNames("views", database) }

    /// Drops views of ours whose names are tables' now; inside a transaction.
    func drop(_ names: Set<String>) throws(SQLiteError) {
        let mine = try own.read()
        guard !mine.isDisjoint(with: names) else { return }
        for name in mine.intersection(names) { try connection.execute("DROP VIEW IF EXISTS \(quotedIdentifier(name))") }
        try own.write(mine.subtracting(names))
    }

    /// Makes the views whose tables are there, replaces those that changed, drops ours that no file has any more.
    func refresh() throws {
        let present = try database.loadedTables()
        let wanted = catalog.views.filter { $0.tables.allSatisfy(present.contains) }
        let mine = try own.read()
        var there: [String: String] = [:]
        for row in try connection.rows("SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'table')") {
            there[row[0].string ?? ""] = row[1].string ?? ""
        }
        var statements: [String: String] = [:]
        for view in wanted { statements[view.name] = try statement(view) }
        let changed = wanted.filter { there[$0.name] != statements[$0.name] }
        let obsolete = mine.filter { name in !wanted.contains { $0.name == name } }
        guard !changed.isEmpty || !obsolete.isEmpty else { return }
        for view in changed where there[view.name] != nil && !mine.contains(view.name) {
            throw LoadError(
                .pipeline,
                "\(view.place): the database already has a \(view.name) that cliosync did not make; give the view another name"
            )
        }
        try database.atomically {
            for name in obsolete.union(changed.map(\.name)) {
                try connection.execute("DROP VIEW IF EXISTS \(quotedIdentifier(name))")
            }
            for view in changed {
                do throws(SQLiteError) {
                    try connection.execute(statements[view.name] ?? "")
                    _ = try connection.prepare("SELECT * FROM \(quotedIdentifier(view.name))")
                } catch {
                    guard error.kind == .other else { throw error }
                    throw Self.failure(view, error)
                }
            }
            try own.write(Set(wanted.map(\.name)))
        }
    }

    private func statement(_ view: View) throws -> String {
        do {
            return try ViewStatement(view, connection).sql
        } catch {
            guard error.kind == .other else { throw error }
            throw Self.failure(view, error)
        }
    }

    private static func failure(_ view: View, _ error: SQLiteError) -> LoadError {
        LoadError(
            .pipeline,
            "\(view.place): view \"\(view.name)\": SQLite says: \(error.message); it may read "
                + view.tables.joined(separator: ", ") + " and their child tables")
    }
}
