internal import Pipelines
internal import SQLite
internal import Tables

extension VerifyRun {
    /// A declared reference under its number.
    private typealias Numbered = (number: Int, reference: Reference)

    /// `PRAGMA foreign_key_check` must find exactly the references that `flagged_records` has as warns.
    func verifyReferences() throws {
        try connection.execute(
            """
            CREATE TEMP TABLE _cliosync_found(
                table_name TEXT NOT NULL, id ANY, path TEXT NOT NULL, reference INTEGER NOT NULL, value ANY) STRICT;
            CREATE TEMP TABLE _cliosync_warned AS
                SELECT f.table_name AS table_name, f.id AS id, json_extract(v.value, '$.path') AS path
                FROM main.flagged_records AS f, json_each(f.violations) AS v
                WHERE json_extract(v.value, '$.rule') = 'reference' AND f.table_name IN (\(Reference.tables(staged.catalog)))
            """)
        let references = try Reference.all(staged.catalog, in: database)
        let numbered = references.enumerated().map { (number: $0.offset, reference: $0.element) }
        var total = 0
        var holders: Set<String> = []
        for reference in references where holders.insert(reference.holder).inserted {
            total += try collect(numbered.filter { $0.reference.holder == reference.holder }, in: reference.holder)
        }
        let flagged = try number("SELECT count(*) FROM temp._cliosync_warned")
        let found = "SELECT table_name, id, path FROM temp._cliosync_found"
        let warned = "SELECT table_name, id, path FROM temp._cliosync_warned"
        let differing =
            try number("SELECT count(*) FROM (\(found) EXCEPT \(warned))")
            + number("SELECT count(*) FROM (\(warned) EXCEPT \(found))")
        check(
            "", "database", "references", total, flagged,
            "orphans that PRAGMA foreign_key_check and joins by type find, reference warns in flagged_records")
        check(
            "", "database", "reference_ids", 0, differing,
            "orphans without their warn, or warns without their orphan; run load when there are any")
        report.missingParents = try missingParents(references)
    }

    /// What the orphans look for, from `found`.
    private func missingParents(_ references: [Reference]) throws -> [MissingParents] {
        let counts = try connection.rows(
            """
            SELECT reference, count(*), count(DISTINCT value) FROM temp._cliosync_found
            GROUP BY reference ORDER BY 2 DESC, 1
            """)
        return try counts.compactMap { row in
            guard let number = row[0].int, references.indices.contains(number) else { return nil }
            let reference = references[number]
            let most = try connection.rows(
                """
                SELECT CAST(value AS TEXT), count(*) FROM temp._cliosync_found WHERE reference = ?
                GROUP BY value ORDER BY 2 DESC, value LIMIT 5
                """, row[0])
            return MissingParents(
                table: reference.holder, column: reference.column, parent: reference.parent, records: row[1].int ?? 0,
                missing: row[2].int ?? 0,
                mostFrequent: most.map { .init(id: $0[0].string ?? "", records: $0[1].int ?? 0) })
        }
    }

    /// Adds the orphans of all references of one table to `found`; returns how many `PRAGMA foreign_key_check` finds.
    ///
    /// The pragma looks at all references of a table at once, and only it is asked which rows are at fault.
    private func collect(_ references: [Numbered], in holder: String) throws -> Int {
        // id, seq, parent, from, to, …
        let keys = try connection.rows("PRAGMA foreign_key_list(\(quotedIdentifier(holder)))")
        var inserts: [Int64: SQLiteStatement?] = [:]
        var lists: [Numbered] = []
        var outdated = 0
        var count = 0
        for (number, reference) in references {
            if !reference.isDeclared {
                // SQLite knows none that depend on another column, or that lead to a phase on request.
                lists.append((number, reference))
                count += try self.number("SELECT count(*) FROM (\(reference.orphans))")
                continue
            }
            guard let declared = keys.first(where: { $0[3].string == reference.column }), let key = declared[0].int64
            else { continue }
            guard declared[2].string == reference.parent else {
                // Declared before the parent got another name: the pragma cannot be asked.
                lists.append((number, reference))
                outdated += 1
                count += try self.number("SELECT count(*) FROM (\(reference.orphans))")
                continue
            }
            // Of a child table the pragma's rowid says neither parent nor position: its count is the pragma's, the rows are
            // found by the join.
            guard holder == reference.table else {
                inserts[key] = .some(nil)
                lists.append((number, reference))
                continue
            }
            inserts[key] = try connection.prepare(
                """
                INSERT INTO temp._cliosync_found
                SELECT \(quotedLiteral(reference.table)), "id", \(reference.path), \(number), \(quotedIdentifier(reference.column))
                FROM main.\(quotedIdentifier(reference.table)) AS c WHERE _rowid_ = ?
                """)
        }
        if outdated > 0, let table = references.first?.reference.table {
            let phases = staged.catalog.feeders(ofTable: table).map { "`cliosync load --phase \($0.phase)`" }
            self.check(
                "", holder, "declared", 0, outdated,
                "references to a table that has another name in the pipeline files; run "
                    + phases.joined(separator: " or "))
        }
        let check = try connection.prepare("PRAGMA foreign_key_check(\(quotedIdentifier(holder)))")
        while try check.step() {
            guard let insert = inserts[check.int64(at: 3)] else { continue }
            count += 1
            try insert?.bind(check.int64(at: 1), at: 1)
            try insert?.run()
        }
        for (number, reference) in lists {
            try connection.execute(
                "INSERT INTO temp._cliosync_found SELECT table_name, id, path, \(number), value FROM (\(reference.orphans))"
            )
        }
        return count
    }
}
