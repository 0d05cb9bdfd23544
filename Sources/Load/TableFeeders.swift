internal import Pipelines
internal import SQLite
internal import Tables

/// Which entities have records in a table: each has a bit in the row versions.
struct TableFeeders {
    private let database: Database
    private var connection: SQLiteConnection { database.connection }

    init(_ database: Database) { self.database = database }

    /// An entity's bit in the row versions of its table; a new one for a new entity.
    func bit(_ entity: Entity) throws(SQLiteError) -> Int64 {
        let name = SQLiteValue.text(entity.table.name)
        try connection.run(
            """
            INSERT OR IGNORE INTO _cliosync_feeders VALUES(?1, ?2, ?3,
                (SELECT coalesce(max(bit) << 1, 1) FROM _cliosync_feeders WHERE table_name = ?1))
            """, name, .text(entity.phase), .text(entity.name))
        return try connection.value(
            "SELECT bit FROM _cliosync_feeders WHERE table_name = ? AND phase = ? AND entity = ?", name,
            .text(entity.phase), .text(entity.name))?.int64 ?? 1
    }

    /// Rows of the entity's table that hold a record of it, also those that other entities share.
    func rows(_ entity: Entity) throws(SQLiteError) -> Int {
        let table = entity.table.name
        guard try database.loadedSchema(ofTable: table) != nil else { return 0 }
        let sources = try connection.rows(
            "SELECT phase, entity, bit FROM _cliosync_feeders WHERE table_name = ?", .text(table))
        guard let own = sources.first(where: { $0[0].string == entity.phase && $0[1].string == entity.name }),
            let bit = own[2].int64
        else { return 0 }
        // One source: the rows are its own, and the smallest index counts them.
        if sources.count == 1 {
            return try connection.value("SELECT count(*) FROM \(quotedIdentifier(table))")?.int ?? 0
        }
        let rows = quotedIdentifier(TableSchema.Place.live.rows(table))
        return try connection.value(
            "SELECT count(*) FROM \(rows) WHERE rejected = 0 AND feeders & ?1 <> 0", .integer(bit))?.int ?? 0
    }
}
