internal import Pipelines
internal import SQLite

extension VerifyRun {
    /// `PRAGMA foreign_key_check` must find exactly the references that stand in `flagged_records` as warns.
    func verifyReferences() throws {
        try connection.execute(
            """
            CREATE TEMP TABLE _cliosync_found(table_name TEXT NOT NULL, id ANY, path TEXT NOT NULL) STRICT;
            CREATE TEMP TABLE _cliosync_warned AS
                SELECT f.table_name AS table_name, f.id AS id, json_extract(v.value, '$.path') AS path
                FROM main.flagged_records AS f, json_each(f.violations) AS v
                WHERE json_extract(v.value, '$.rule') = 'reference' AND f.table_name IN (\(Reference.tables(catalog)))
            """)
        let references = try Reference.all(catalog, in: database)
        var total = 0
        var holders: Set<String> = []
        for reference in references where holders.insert(reference.holder).inserted {
            total += try collect(references.filter { $0.holder == reference.holder }, in: reference.holder)
        }
        let flagged = try number("SELECT count(*) FROM temp._cliosync_warned")
        let differing =
            try number(
                "SELECT count(*) FROM (SELECT * FROM temp._cliosync_found EXCEPT SELECT * FROM temp._cliosync_warned)")
            + number(
                "SELECT count(*) FROM (SELECT * FROM temp._cliosync_warned EXCEPT SELECT * FROM temp._cliosync_found)")
        check(
            "", "database", "references", total, flagged,
            "orphans that PRAGMA foreign_key_check finds, reference warns in flagged_records")
        check(
            "", "database", "reference_ids", 0, differing,
            "orphans without their warn, or warns without their orphan; run load when there are any")
    }

    /// Adds the orphans of all references of one table to `found`; returns how many `PRAGMA foreign_key_check` finds.
    ///
    /// The pragma looks at all references of a table at once, and only it is asked which rows are at fault.
    private func collect(_ references: [Reference], in holder: String) throws -> Int {
        // id, seq, table, from, to, …
        let keys = try connection.rows("PRAGMA foreign_key_list(\(quotedIdentifier(holder)))")
        var inserts: [Int64: SQLiteStatement?] = [:]
        var lists: [Reference] = []
        for reference in references {
            guard let key = keys.first(where: { $0[3].string == reference.column })?[0].int64 else { continue }
            // A child table has no rowid, so that the pragma cannot say which row: its count is the pragma's, the rows are
            // found by the join.
            guard holder == reference.table else {
                inserts[key] = .some(nil)
                lists.append(reference)
                continue
            }
            inserts[key] = try connection.prepare(
                """
                INSERT INTO temp._cliosync_found SELECT \(quotedLiteral(reference.table)), "id", \(reference.path)
                FROM main.\(quotedIdentifier(reference.table)) AS c WHERE _rowid_ = ?
                """)
        }
        let check = try connection.prepare("PRAGMA foreign_key_check(\(quotedIdentifier(holder)))")
        var count = 0
        while try check.step() {
            guard let insert = inserts[check.int64(at: 3)] else { continue }
            count += 1
            try insert?.bind(check.int64(at: 1), at: 1)
            try insert?.run()
        }
        for reference in lists {
            try connection.execute(
                "INSERT INTO temp._cliosync_found SELECT table_name, id, path FROM (\(reference.orphans))")
        }
        return count
    }
}
