internal import Pipelines
internal import SQLite
internal import Tables

/// An index whose entries can be computed from the table's columns alone: plain columns, the collation BINARY, and all
/// rows or those in which its only column is not NULL.
struct IndexShape: Sendable {
    let name: String
    /// The columns of the key, in order.
    let columns: [String]
    let descending: [Bool]
    let isUnique: Bool
    /// Whether rows with NULL in its only column have no entry.
    let isPartial: Bool

    /// The indexes of a table, or nil when one of them is of another kind, or the table has no rowid.
    static func all(of table: String, _ connection: SQLiteConnection) throws(SQLiteError) -> [IndexShape]? {
        var shapes: [IndexShape] = []
        // seq, name, unique, origin, partial
        for index in try connection.rows("PRAGMA index_list(\(quotedIdentifier(table)))") {
            let isPartial = index[4].int != 0
            guard let name = index[1].string,
                let shape = try IndexShape(
                    name, of: table, isUnique: index[2].int != 0, isPartial: isPartial, connection)
            else { return nil }
            shapes.append(shape)
        }
        return shapes
    }

    private init?(
        _ name: String, of table: String, isUnique: Bool, isPartial: Bool, _ connection: SQLiteConnection
    ) throws(SQLiteError) {
        self.name = name
        self.isUnique = isUnique
        self.isPartial = isPartial
        var columns: [String] = []
        var descending: [Bool] = []
        // seqno, cid (-1 is the rowid, -2 an expression), name, desc, coll, key
        for term in try connection.rows("PRAGMA index_xinfo(\(quotedIdentifier(name)))") {
            guard term[5].int != 0 else {
                // After the key comes the rowid; in a table without one, its primary key.
                guard term[1].int == -1 else { return nil }
                continue
            }
            guard let column = term[2].string, let number = term[1].int, number >= 0, term[4].string == "BINARY" else {
                return nil
            }
            columns.append(column)
            descending.append(term[3].int != 0)
        }
        self.columns = columns
        self.descending = descending
        guard isPartial else { return }
        let own = TableSchema.Index(name: name, table: table, columns: columns, isPartial: true)
        let sql = try connection.value("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?", .text(name))
        guard columns.count == 1, sql?.string == own.sql else { return nil }
    }

    /// Reads the key and the rowid of every entry, from the index and not from the table.
    /// - Returns: nil when SQLite would read the table.
    func entries(
        of table: String, rowid: String, _ connection: SQLiteConnection
    ) throws(SQLiteError) -> SQLiteStatement? {
        let key = columns.map(quotedIdentifier).joined(separator: ", ")
        let sql =
            "SELECT \(key), \(rowid) FROM main.\(quotedIdentifier(table)) INDEXED BY \(quotedIdentifier(name))"
            + (isPartial ? " WHERE \(key) IS NOT NULL" : "")
        let plan = try connection.rows("EXPLAIN QUERY PLAN " + sql)
        guard plan.count == 1, plan[0][3].string?.contains("COVERING INDEX") == true else { return nil }
        return try connection.prepare(sql)
    }
}
