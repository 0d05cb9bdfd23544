internal import SQLite

extension Database {
    /// One row per violation, with what a person decided about it.
    static let flaggedViolations = """
        CREATE VIEW flagged_violations AS
            SELECT f.entity, f.phase, f.id, f.severity, json_extract(v.value, '$.rule') AS rule,
                json_extract(v.value, '$.path') AS path, json_extract(v.value, '$.value') AS value,
                json_extract(v.value, '$.message') AS message, f.part, f.line,
                json_extract(v.value, '$.decision') AS decision, json_extract(v.value, '$.by') AS decided_by,
                json_extract(v.value, '$.at') AS decided_at, json_extract(v.value, '$.note') AS note
            FROM flagged_records AS f, json_each(f.violations) AS v
        """

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
    static func hasRecord(_ parameter: String) -> String {
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
