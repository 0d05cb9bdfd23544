internal import SQLite

extension Database {
    /// One row per violation, with what a person decided about it.
    static let flaggedViolations = """
        CREATE VIEW flagged_violations AS
            SELECT f.entity, f.phase, f.id, f.severity, v.value ->> '$.rule' AS rule,
                v.value ->> '$.path' AS path, v.value ->> '$.value' AS value,
                v.value ->> '$.message' AS message, f.part, f.line,
                v.value ->> '$.decision' AS decision, v.value ->> '$.by' AS decided_by,
                v.value ->> '$.at' AS decided_at, v.value ->> '$.note' AS note
            FROM flagged_records AS f, json_each(f.violations) AS v
        """

    static let metaTable = "CREATE TABLE _cliosync_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"

    /// Makes those of our tables anew whose declaration earlier versions had in a way that DuckDB cannot read.
    func refreshOwnTables() throws {
        let find = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql LIKE ?"
        let isOldMeta = try connection.value(find, "_cliosync_meta", "%WITHOUT ROWID%") != nil
        let areOldFlags = try connection.value(find, "flagged_records", "%id ANY%") != nil
        let ledger = try connection.rows("PRAGMA table_info(_cliosync_ledger)")
        let isOldLedger = !ledger.contains { $0[1].string == "sequence" }
        guard isOldMeta || areOldFlags || isOldLedger else { return }
        try connection.transaction {
            if isOldLedger { try connection.execute("ALTER TABLE _cliosync_ledger ADD COLUMN sequence INTEGER") }
            if isOldMeta {
                try connection.execute(
                    """
                    ALTER TABLE _cliosync_meta RENAME TO _cliosync_old_meta;
                    \(Self.metaTable);
                    INSERT INTO _cliosync_meta SELECT * FROM _cliosync_old_meta;
                    DROP TABLE _cliosync_old_meta
                    """)
            }
            if areOldFlags {
                try connection.execute(
                    """
                    DROP VIEW IF EXISTS flagged_violations;
                    ALTER TABLE flagged_records RENAME TO _cliosync_old_flags;
                    DROP INDEX IF EXISTS flagged_records_id;
                    DROP INDEX IF EXISTS flagged_records_record;
                    \(Self.flaggedTable(.live))
                    INSERT INTO flagged_records SELECT * FROM _cliosync_old_flags;
                    DROP TABLE _cliosync_old_flags
                    """)
            }
        }
    }

    /// Makes the view anew in a database whose view is of another version.
    func refreshFlaggedViolations() throws {
        let name = SQLiteValue.text("flagged_violations")
        let present = try connection.value("SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?", name)
        guard present?.string != Self.flaggedViolations else { return }
        try connection.transaction {
            try connection.execute("DROP VIEW IF EXISTS flagged_violations; \(Self.flaggedViolations)")
        }
    }

    /// Rejects are looked for by their record when no id tells them apart.
    static func nameless(_ place: TableSchema.Place) -> String {
        """
        CREATE INDEX \(place.flaggedIndex("record")) ON \(place.flagged)(table_name, length(record), substr(record, -64))
            WHERE record IS NOT NULL
        """
    }

    /// The condition that a row of the flagged records has this very record.
    package static func hasRecord(_ parameter: String) -> String {
        "record IS NOT NULL AND length(record) = length(\(parameter)) AND substr(record, -64) = substr(\(parameter), -64) "
            + "AND record = \(parameter)"
    }

    /// Makes the index in a database of a version that kept such a record as often as it came, and keeps the newest.
    func refreshNameless() throws {
        let name = SQLiteValue.text(TableSchema.Place.live.flaggedIndex("record"))
        guard try connection.value("SELECT 1 FROM sqlite_schema WHERE name = ?", name) == nil else { return }
        try connection.transaction {
            try connection.execute(
                """
                \(Self.nameless(.live));
                DELETE FROM flagged_records AS old WHERE record IS NOT NULL AND EXISTS
                    (SELECT 1 FROM flagged_records AS new WHERE new.table_name = old.table_name
                        AND length(new.record) = length(old.record) AND substr(new.record, -64) = substr(old.record, -64)
                        AND new.record = old.record AND new.sequence > old.sequence)
                """)
        }
    }
}
