internal import Pipelines
internal import SQLite
internal import Tables

/// The statements by which a `PartWriter` writes, prepared once for a table and an entity. Not Sendable.
struct PartStatements {
    let insertVersion: SQLiteStatement
    let insertReject: SQLiteStatement
    let insertRow: SQLiteStatement
    let deleteRow: SQLiteStatement
    let children: [(insert: SQLiteStatement, delete: SQLiteStatement, columns: Int)]
    let selectVersion: SQLiteStatement
    let updateVersion: SQLiteStatement
    let updateFeeders: SQLiteStatement
    let packedRows: SQLitePackedRows
    /// From the packed rows.
    let insertRows: SQLiteStatement
    let insertVersions: SQLiteStatement
    let insertFlag: SQLiteStatement
    let deleteFlag: SQLiteStatement
    let insertNameless: SQLiteStatement
    let deleteNameless: SQLiteStatement
    /// Rows of the change feed; nil while the table is not followed.
    let noteInserted: SQLiteStatement?
    let noteUpdated: SQLiteStatement?
    let noteDeleted: SQLiteStatement?
    /// From the packed rows.
    let noteInsertedRows: SQLiteStatement?
    /// Whether users added a column to the table itself.
    let hasUserColumns: Bool

    /// - Parameter userColumns: what users added, by table.
    init(
        _ connection: SQLiteConnection, _ schema: TableSchema, _ place: TableSchema.Place,
        _ feeder: PartWriter.Feeder, _ feed: ChangeFeed?, userColumns: [String: [String]]
    ) throws {
        let table = schema.table
        let main = quotedIdentifier(place.table(table.name))
        let rows = quotedIdentifier(place.rows(table.name))
        func marks(_ count: Int, from first: Int = 1) -> String {
            (first..<first + count).map { "?\($0)" }.joined(separator: ",")
        }
        insertVersion = try connection.prepare("INSERT OR IGNORE INTO \(rows) VALUES(?1,?2,?3,0,\(feeder.bit))")
        insertReject = try connection.prepare("INSERT OR IGNORE INTO \(rows) VALUES(?1,?2,?3,1,0)")
        let names = table.columns.map { quotedIdentifier($0.name) }
        hasUserColumns = userColumns[table.name] != nil
        // A newer version leaves the columns of others as they are.
        let update = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        insertRow = try connection.prepare(
            "INSERT INTO \(main)(\(names.joined(separator: ", "))) VALUES(\(marks(table.columns.count)))"
                + (hasUserColumns ? " ON CONFLICT(\(quotedIdentifier("id"))) DO UPDATE SET \(update)" : ""))
        deleteRow = try connection.prepare("DELETE FROM \(main) WHERE \(quotedIdentifier("id")) = ?1")
        children = try table.children.map { child in
            let name = quotedIdentifier(place.table(child.name))
            return (
                try connection.prepare(
                    "INSERT INTO \(name)(\(child.insertedColumns)) VALUES(\(marks(child.columns.count + 2)))"),
                try connection.prepare("DELETE FROM \(name) WHERE \(quotedIdentifier(child.parentColumn)) = ?1"),
                child.columns.count
            )
        }
        selectVersion = try connection.prepare(
            "SELECT updated_at, sequence, rejected, feeders FROM \(rows) WHERE id = ?1")
        // ?2 and ?3 are the packed updated_at and sequence, as in insertVersion.
        updateVersion = try connection.prepare(
            "UPDATE \(rows) SET updated_at = ?2, sequence = ?3, rejected = ?4, feeders = feeders | ?5 WHERE id = ?1")
        updateFeeders = try connection.prepare("UPDATE \(rows) SET feeders = feeders | ?2 WHERE id = ?1")
        let count = table.columns.count
        packedRows = try SQLitePackedRows(
            connection, name: "cliosync_rows_\(place)_\(table.name)_\(feeder.phase)_\(feeder.entity)", columns: count)
        let source = quotedIdentifier(packedRows.name)
        insertRows = try connection.prepare(
            "INSERT INTO \(main)(\(names.joined(separator: ","))) SELECT \((0..<count).map { "c\($0)" }.joined(separator: ",")) FROM \(source)"
        )
        insertVersions = try connection.prepare(
            "INSERT INTO \(rows) SELECT c\(count),c\(count + 1),c\(count + 2),0,\(feeder.bit) FROM \(source)")
        noteInserted = try feed?.statement(table.name, .inserted, id: "?1")
        noteUpdated = try feed?.statement(table.name, .updated, id: "?1")
        noteDeleted = try feed?.statement(table.name, .deleted, id: "?1")
        noteInsertedRows = try feed?.statement(table.name, .inserted, id: "c\(count)", from: source)
        // The packed values are id, updated_at (not stored), sequence, severity, violations, part, line, record.
        let into =
            "INSERT INTO \(place.flagged)(id, sequence, severity, violations, part, line, record, entity, phase, table_name)"
        let values =
            "?1, ?3, ?4, ?5, ?6, ?7, ?8, \(quotedLiteral(feeder.entity)), \(quotedLiteral(feeder.phase)), "
            + quotedLiteral(table.name)
        insertFlag = try connection.prepare("\(into) VALUES(\(values))")
        // Records without an id are distinguished by their bytes: a list that is fetched again has them again.
        let same = "table_name = \(quotedLiteral(table.name)) AND \(Database.hasRecord("?8"))"
        deleteNameless = try connection.prepare("DELETE FROM \(place.flagged) WHERE \(same) AND sequence < ?3")
        insertNameless = try connection.prepare(
            "\(into) SELECT \(values) WHERE NOT EXISTS (SELECT 1 FROM \(place.flagged) WHERE \(same))")
        deleteFlag = try connection.prepare(
            "DELETE FROM \(place.flagged) WHERE table_name = \(quotedLiteral(table.name)) AND id = ?1")
    }
}
