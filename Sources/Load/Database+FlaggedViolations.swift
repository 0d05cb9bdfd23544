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
}
