internal import Pipelines
internal import SQLite

extension VerifyRun {
    /// `PRAGMA foreign_key_check` must find exactly the references that stand in `flagged_records` as warns.
    func verifyReferences() throws {
        try connection.execute(
            """
            CREATE TEMP TABLE found(table_name TEXT NOT NULL, id ANY, path TEXT NOT NULL) STRICT;
            CREATE TEMP TABLE flagged_references AS
                SELECT f.table_name AS table_name, f.id AS id, json_extract(v.value, '$.path') AS path
                FROM main.flagged_records AS f, json_each(f.violations) AS v
                WHERE json_extract(v.value, '$.rule') = 'reference'
            """)
        let references = try Reference.all(catalog, in: database)
        var total = 0
        for reference in references {
            total += try collect(reference)
        }
        let flagged = try number("SELECT count(*) FROM temp.flagged_references")
        let differing =
            try number("SELECT count(*) FROM (SELECT * FROM temp.found EXCEPT SELECT * FROM temp.flagged_references)")
            + number("SELECT count(*) FROM (SELECT * FROM temp.flagged_references EXCEPT SELECT * FROM temp.found)")
        check(
            "", "database", "references", total, flagged,
            "orphans that PRAGMA foreign_key_check finds, reference warns in flagged_records")
        check(
            "", "database", "reference_ids", 0, differing,
            "orphans without their warn, or warns without their orphan; run load when there are any")
    }

    /// Adds the orphans of one reference to `found`; returns how many `PRAGMA foreign_key_check` finds.
    private func collect(_ reference: Reference) throws -> Int {
        let keys = try connection.rows("PRAGMA foreign_key_list(\(quotedIdentifier(reference.holder)))")
        // id, seq, table, from, to, …
        guard let key = keys.first(where: { $0[3].string == reference.column })?[0].int64 else { return 0 }
        let check = try connection.prepare("PRAGMA foreign_key_check(\(quotedIdentifier(reference.holder)))")
        // A child table has no rowid, so that the pragma cannot say which row: its count is the pragma's, the rows are
        // found by the join.
        let isChild = reference.holder != reference.table
        let insert =
            isChild
            ? nil
            : try connection.prepare(
                """
                INSERT INTO temp.found SELECT \(quotedLiteral(reference.table)), "id", \(reference.path)
                FROM main.\(quotedIdentifier(reference.table)) AS c WHERE rowid = ?
                """)
        var count = 0
        while try check.step() {
            guard check.int64(at: 3) == key else { continue }
            count += 1
            try insert?.bind(check.int64(at: 1), at: 1)
            try insert?.run()
        }
        if isChild {
            try connection.execute(
                "INSERT INTO temp.found SELECT table_name, id, path FROM (\(reference.orphans))")
        }
        return count
    }
}
