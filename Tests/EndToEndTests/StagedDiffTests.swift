import Foundation
import Testing

/// `staged diff`, `staged prune`, filters: what they say is what happens.
@Suite(.timeLimit(.minutes(40)))
struct StagedDiffTests {
    private struct Difference: Decodable {
        struct Move: Decodable {
            let from: String
            let to: String
            let records: Int
        }

        struct Column: Decodable {
            let table: String
            let column: String
            let change: String
            let values: Int
        }

        struct Declaration: Decodable {
            let table: String
            let column: String
            let before: String?
            let after: String?
        }

        let entity: String
        let changes: Bool
        let compared: Int
        let schema: [Declaration]
        let records: [Move]
        let columns: [Column]
    }

    private func diff(_ sandbox: Sandbox) async throws -> [String: Difference] {
        let ending = try await sandbox.cliosync(["staged", "diff", "--phase", "core", "--json"], nil)
        ending.expect(0)
        let all = try ending.stdout.split(separator: "\n").map {
            try JSONDecoder().decode(Difference.self, from: Data($0.utf8))
        }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.entity, $0) })
    }

    /// Also as a later run of the job has it, which asks Clio for nothing that is there.
    @Test(.gate) func aColumnIsRenamedAndAnotherRetyped() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.05", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            _ = try await sandbox.tool("sqlite3", ["databases/default.sqlite", ".backup before.sqlite"])
            var text = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            for (old, new) in [
                ("        location: text\n", "        place: {from: location, type: text}\n"),
                ("        number: {type: integer, ", "        number: {type: decimal, "),
            ] {
                #expect(text.contains(old))
                text = text.replacing(old, with: new)
            }
            try sandbox.write(text, to: "pipelines/core.yaml")
            let matters = try #require(try await diff(sandbox)["matters"])
            #expect(
                matters.schema.map { "\($0.column) \($0.before ?? "-") \($0.after ?? "-")" }.sorted()
                    == ["location TEXT -", "number INTEGER REAL", "place - TEXT"])
            #expect(matters.records.allSatisfy { $0.from == $0.to })
            let requests = try simulator.requests().filter(\.isPage).count
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            #expect(try simulator.requests().filter(\.isPage).count == requests)
            let same = """
                ATTACH 'before.sqlite' AS old; SELECT count(*) = (SELECT count(number) FROM old.matters),
                    sum(n.place IS NOT o.location OR n.number <> o.number), min(typeof(n.number)), max(typeof(n.number))
                FROM main.matters AS n JOIN old.matters AS o USING (id) WHERE o.number IS NOT NULL
                """
            #expect(try await sandbox.query(same) == "1|0|real|real")
        }
    }

    @Test(.gate) func aTableGetsAnotherName() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.05", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let rows = try await sandbox.query("SELECT count(*), sum(id) FROM documents")
            var text = String(decoding: sandbox.read("pipelines/historical.yaml"), as: UTF8.self)
            let entity = try #require(text.range(of: "\n  documents:\n    title:"))
            let table = try #require(text.range(of: "\n    table:\n", range: entity.upperBound..<text.endIndex))
            text.replaceSubrange(table, with: "\n    table:\n      name: files\n")
            text = text.replacing("references: documents}", with: "references: files}")
            try sandbox.write(text, to: "pipelines/historical.yaml")
            let said = try await sandbox.cliosync(["staged", "diff", "--phase", "historical"], nil)
            said.expect(0)
            #expect(said.stdout.contains("its rows move from table documents into files"))
            // Not yet transformed: the rows move, and both load and verify say what is behind.
            let loaded = try await sandbox.cliosync(["load", "--phase", "historical"], nil)
            loaded.expect(0)
            #expect(loaded.stderr.contains("run `cliosync transform --phase historical`"), "\(loaded.stderr)")
            #expect(try await sandbox.query("SELECT count(*), sum(id) FROM files") == rows)
            let verified = try await sandbox.cliosync(["verify", "--phase", "historical", "--json"], nil)
            verified.expect(3)
            let failed = try verified.report().verify?.checks.filter { !$0.ok } ?? []
            #expect(Set(failed.map(\.check)) == ["transformed"])
            for stage in ["transform", "load", "verify"] { try await sandbox.cliosync([stage], nil).expect(0) }
            #expect(try await sandbox.query("SELECT count(*), sum(id) FROM files") == rows)
            let left = "SELECT count(*) FROM sqlite_schema WHERE name GLOB '*_documents*' OR name = 'documents'"
            #expect(try await sandbox.query(left) == "0")
        }
    }

    @Test(.gate) func aDiffSaysWhatThenHappens() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.05", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let calm = try await diff(sandbox)
            #expect(calm.values.allSatisfy { !$0.changes && $0.compared > 0 })
            var text = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            let status = "        status: {type: text, allowed: [Pending, Open, Closed], title: Status}\n"
            #expect(text.contains(status))
            text = text.replacing(
                status,
                with: """
                            status: {type: text, allowed: [Open, Closed, Archived], severity: reject}
                            client_initials: {from: client.initials, type: text}

                    """)
            #expect(text.contains("        location: text\n"))
            text = text.replacing(
                "        location: text\n", with: "        location: {type: text, pattern: '^[A-Z]'}\n")
            #expect(text.contains("        client_reference: text\n"))
            text = text.replacing("        client_reference: text\n", with: "").replacing(
                "client_reference, client_name]", with: "client_name]")
            try sandbox.write(text, to: "pipelines/core.yaml")
            let files = sandbox.stagedFiles()
            let said = try await diff(sandbox)
            #expect(sandbox.stagedFiles() == files)
            #expect(said["contacts"]?.changes == false)
            let matters = try #require(said["matters"])

            _ = try await sandbox.tool("sqlite3", ["databases/default.sqlite", ".backup before.sqlite"])
            for stage in ["transform", "load", "verify"] {
                try await sandbox.cliosync([stage, "--phase", "core"], nil).expect(0)
            }
            func count(_ sql: String) async throws -> Int {
                let text = try await sandbox.query("ATTACH 'before.sqlite' AS old; " + sql)
                return try #require(Int(text))
            }
            let both = "FROM main.matters AS n JOIN old.matters AS o USING (id) WHERE "
            func values(_ column: String, _ change: String) -> Int {
                matters.columns.first { $0.table == "matters" && $0.column == column && $0.change == change }?.values
                    ?? 0
            }
            #expect(values("client_initials", "added") > 0)
            #expect(values("client_reference", "dropped") > 0)
            #expect(values("location", "changed") > 0)
            #expect(
                try await count("SELECT count(*) \(both) n.client_initials IS NOT NULL")
                    == values("client_initials", "added"))
            #expect(
                try await count("SELECT count(*) \(both) o.client_reference IS NOT NULL")
                    == values("client_reference", "dropped"))
            #expect(
                try await count("SELECT count(*) \(both) n.location IS NOT o.location") == values("location", "changed")
            )
            #expect(
                try await count("SELECT count(*) \(both) n.status IS NOT o.status") == values("status", "changed"))
            #expect(
                matters.columns.filter { $0.table == "matters" && $0.values > 0 }.allSatisfy {
                    ["client_initials", "client_reference", "location", "status"].contains($0.column)
                })
            #expect(
                Set(matters.schema.map(\.column)) == ["client_initials", "client_reference"])
            func moved(_ holds: (String, String) -> Bool) -> Int {
                matters.records.filter { holds($0.from, $0.to) }.reduce(0) { $0 + $1.records }
            }
            let gone = "SELECT count(*) FROM old.matters WHERE id NOT IN (SELECT id FROM main.matters)"
            #expect(try await count(gone) == moved { $0 != "rejected" && $1 == "rejected" })
            #expect(moved { $1 == "rejected" } > 0)
            // References are looked at by the load, and are no matter of the diff.
            let other = "EXISTS (SELECT 1 FROM json_each(violations) WHERE value ->> '$.rule' <> 'reference')"
            let newlyWarned = """
                SELECT count(*) FROM main.flagged_records AS n WHERE table_name = 'matters' AND severity = 'warn' AND \(other)
                AND n.id IN (SELECT id FROM old.matters) AND n.id NOT IN
                (SELECT id FROM old.flagged_records WHERE table_name = 'matters' AND id IS NOT NULL AND \(other))
                """
            #expect(try await count(newlyWarned) == moved { $0 == "healthy" && $1 == "warned" })
            #expect(try await diff(sandbox)["matters"]?.changes == false)
        }
    }

    @Test(.gate) func pruneRemovesWhatNothingUsesAndNeverWhatIsInPlace() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let folder = "staging/default/core/.generations"
            try await sandbox.cliosync(["transform", "--phase", "core", "--entity", "matters", "--force"], nil).expect(
                0)
            // As a kill between the switch and the clean-up leaves it.
            _ = try await sandbox.tool(
                "sh",
                ["-c", "cd \(folder) && cp -r matters-0002 matters-0001 && cp -r matters-0002 matters-0003.building"])
            let files = sandbox.stagedFiles().filter { !$0.key.contains("matters-0001") }
            let dry = try await sandbox.cliosync(["staged", "prune", "--dry-run", "--json"], nil)
            dry.expect(0)
            #expect(dry.stdout.split(separator: "\n").count == 1)
            #expect(dry.stdout.contains("matters-0001"))
            let kept = try await sandbox.cliosync(["staged", "prune", "--keep", "1"], nil)
            kept.expect(0)
            #expect(kept.stdout.contains("nothing to remove"))
            try await sandbox.cliosync(["staged", "prune", "--older", "1d"], nil).expect(0)
            #expect(sandbox.stagedFiles().keys.contains { $0.contains("matters-0001") })
            try await sandbox.cliosync(["staged", "prune"], nil).expect(0)
            #expect(sandbox.stagedFiles() == files)
            try await sandbox.cliosync(["staged", "prune", "--older", "0h"], nil).expect(0)
            #expect(!sandbox.stagedFiles().keys.contains { $0.contains(".building") })
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            try await sandbox.cliosync(["verify", "--phase", "core"], nil).expect(0)
            try await sandbox.cliosync(["staged", "prune", "--older", "soon"], nil).expect(2)
        }
    }

    @Test(.gate) func filtersFindWhatPythonFinds() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["extract", "--phase", "historical"], simulator).expect(0)
            let condition = "billed = false and total > 500 and (note ~ 'a' or not matter.id is not null)"
            let cat = try await sandbox.cliosync(
                ["staged", "cat", "--entity", "time_entries", "--where", condition], nil)
            cat.expect(0)
            let script = """
                import glob, gzip, json
                n = 0
                for f in sorted(glob.glob('staging/default/historical/raw/time_entries/*.gz')):
                    for line in gzip.open(f, 'rt', encoding='utf-8', errors='replace', newline='\\n'):
                        r = json.loads(line)
                        number = lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)
                        if r.get('billed') is False and number(r.get('total')) and r['total'] > 500 and (
                            'a' in (r.get('note') or '').lower() or (r.get('matter') or {}).get('id') is None):
                            n += 1
                print(n)
                """
            let expected = try await sandbox.tool("python3", ["-c", script])
            #expect(
                Int(expected.trimmingCharacters(in: .whitespacesAndNewlines)) == cat.stdout.split(separator: "\n").count
            )
            #expect(expected != "0\n")
            let wrong = try await sandbox.cliosync(["staged", "head", "--where", "total >> 5"], nil)
            wrong.expect(2)
            #expect(wrong.complaints.last?.hasSuffix("       ^") == true)
            let stats = try await sandbox.cliosync(
                ["staged", "stats", "--entity", "time_entries", "--where", "billed", "--json"], nil)
            stats.expect(0)
            #expect(stats.stdout.contains(#""field":"matter.id""#))
            #expect(stats.stdout.contains(#""field":"billed","lines""#))
        }
    }
}
