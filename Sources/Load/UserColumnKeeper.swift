internal import Pipelines
internal import SQLite

/// Keeps the values in columns that users added to child tables while the rows of one record are replaced: an element
/// that is there again has them again. Not Sendable.
final class UserColumnKeeper {
    private struct Statements {
        let keep: SQLiteStatement
        let restore: SQLiteStatement
        let forget: SQLiteStatement
    }

    private let children: [Statements]
    private var isKeeping = false

    /// The names of stored columns beside ours, by table.
    static func columns(_ connection: SQLiteConnection, _ table: Table) throws(SQLiteError) -> [String: [String]] {
        let lists =
            [(table.name, table.columns.map(\.name))]
            + table.children.map { ($0.name, $0.columns.map(\.name) + [$0.parentColumn, "position"]) }
        var found: [String: [String]] = [:]
        for (name, ours) in lists {
            let rows = try connection.rows("PRAGMA table_xinfo(\(quotedIdentifier(name)))")
            let others = rows.filter { $0[6].int == 0 }.compactMap { $0[1].string }.filter { !ours.contains($0) }
            if !others.isEmpty { found[name] = others }
        }
        return found
    }

    /// Nil when no child table has a column of others.
    init?(_ connection: SQLiteConnection, _ table: Table, _ columns: [String: [String]]) throws(SQLiteError) {
        var children: [Statements] = []
        for child in table.children {
            guard let names = columns[child.name] else { continue }
            let kept = quotedIdentifier("_cliosync_kept_" + child.name)
            let live = "main." + quotedIdentifier(child.name)
            let parent = quotedIdentifier(child.parentColumn)
            let list = names.map(quotedIdentifier).joined(separator: ", ")
            try connection.execute(
                """
                DROP TABLE IF EXISTS temp.\(kept);
                CREATE TEMP TABLE \(kept) AS SELECT * FROM \(live) WHERE 0
                """)
            let old = "temp.\(kept) AS o WHERE \(child.sameElement("o", "n"))"
            children.append(
                Statements(
                    keep: try connection.prepare("INSERT INTO temp.\(kept) SELECT * FROM \(live) WHERE \(parent) = ?1"),
                    restore: try connection.prepare(
                        """
                        UPDATE \(live) AS n SET (\(list)) = (SELECT \(list) FROM \(old))
                        WHERE \(parent) = ?1 AND EXISTS (SELECT 1 FROM \(old))
                        """),
                    forget: try connection.prepare("DELETE FROM temp.\(kept)")))
        }
        guard !children.isEmpty else { return nil }
        self.children = children
    }

    /// Before the rows of a record go.
    func keep(_ id: UnsafeRawPointer) throws(SQLiteError) {
        for child in children {
            try child.keep.bind(packed: id, count: 1)
            try child.keep.run()
        }
        isKeeping = true
    }

    /// Once its new rows are there.
    func restore(_ id: UnsafeRawPointer) throws(SQLiteError) {
        guard isKeeping else { return }
        isKeeping = false
        for child in children {
            try child.restore.bind(packed: id, count: 1)
            try child.restore.run()
            try child.forget.run()
        }
    }
}

extension ChildTable {
    /// The columns of a row in the order of its values.
    var insertedColumns: String {
        ([parentColumn, "position"] + columns.map(\.name)).map(quotedIdentifier).joined(separator: ", ")
    }
}
