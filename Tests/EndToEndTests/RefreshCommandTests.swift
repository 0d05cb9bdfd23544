import Foundation
import Testing

/// `cliosync refresh` and its options.
@Suite(.timeLimit(.minutes(40)))
struct RefreshCommandTests {
    private struct Preview: Decodable {
        struct List: Decodable {
            let entity: String
            let fetched: Int?
            let netDeleted: Int?
            let work: String

            private enum CodingKeys: String, CodingKey {
                case entity, fetched, work
                case netDeleted = "net_deleted"
            }
        }

        let lists: [List]
        let requests: Int
    }

    private struct Changes: Decodable {
        struct Change: Decodable {
            let table: String
            let inserted, updated, unchanged, deleted, flagged: Int
        }
        let changes: [Change]
    }

    /// A refresh that waits for a person leaves the data as old as they were, and the alarm says so.
    @Test(.gate) func aRefreshThatStopsAtTheGuardLeavesTheAgeOfTheData() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--tasks", "100", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            let before = try await sandbox.cliosync(["status", "--json"], nil).report().job?.as_of
            try await sandbox.control(simulator, "change?kind=tasks&delete=60")
            try await sandbox.cliosync(["refresh", "--no-progress"], simulator).expect(4)
            // `run` continues it, and does not say that all is well.
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(4)
            let after = try await sandbox.cliosync(["status", "--json"], nil).report().job?.as_of
            #expect(before != nil && after != nil, "\(before ?? ""), \(after ?? "")")
            let old = ["SYNC_FRESHNESS_HOURS": "0.0001"]
            // The moment has whole seconds: at most a second from now the data are old.
            try await poll("the alarm") {
                try await sandbox.cliosync(["status", "--alarm"], nil, settings: old).code == 3
            }
        }
    }

    @Test(.gate) func aPreviewSaysWhatARefreshFindsAndDeepFindsWhatLeftUpdatedAtAsItWas() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["refresh", "--dry-run"], simulator).expect(2)
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let files = sandbox.stagedFiles()
            try await sandbox.control(simulator, "change?kind=tasks&kind=documents&edit=3&quiet=2&delete=1&seed=3")

            let dry = try await sandbox.cliosync(["refresh", "--dry-run", "--json"], simulator)
            dry.expect(0)
            let preview = try JSONDecoder().decode(Preview.self, from: Data(dry.stdout.utf8))
            for list in preview.lists {
                let isChanged = ["tasks", "documents"].contains(list.entity)
                // Of a list this short, all ids take fewer requests than a search.
                #expect(
                    list.work == (isChanged ? "ids" : "counts") && list.netDeleted == (isChanged ? 1 : 0), "\(list)")
                if isChanged { #expect(list.fetched == 3, "\(list)") }
            }
            let text = try await sandbox.cliosync(["refresh", "--dry-run"], simulator)
            text.expect(0)
            #expect(text.stdout.contains("at least \(preview.requests) requests"))
            #expect(sandbox.stagedFiles() == files)

            try await sandbox.cliosync(["refresh", "--deep", "--deletions", "off"], simulator).expect(2)
            let deep = try await sandbox.cliosync(["refresh", "--deep", "--json"], simulator)
            deep.expect(0)
            // What changed is in the report, in the change feed, and in one row of `refreshes`.
            let changes = try JSONDecoder().decode(Changes.self, from: Data(deep.stdout.utf8)).changes
            #expect(changes.map(\.table).sorted() == Array(Set(changes.map(\.table))).sorted())
            for change in changes {
                let isChanged = ["tasks", "documents"].contains(change.table)
                #expect(change.updated == (isChanged ? 5 : 0) && change.deleted == (isChanged ? 1 : 0), "\(change)")
                let rows = try await sandbox.query("SELECT count(*) FROM \(change.table)")
                #expect(rows == "\(change.inserted + change.updated + change.unchanged)", "\(change)")
            }
            let refreshes = try await sandbox.query("SELECT updated, deleted FROM refreshes ORDER BY id")
            #expect(refreshes.split(separator: "\n").count == 2 && refreshes.hasSuffix("\n10|2"), "\(refreshes)")
            #expect(try deep.report().verify?.ok == true)
            try sandbox.write("", to: "truth.ndjson")
            _ = try await sandbox.python(
                "compare.py", simulator.address, Simulator.token, "databases/default.sqlite",
                "\(sandbox.folder)/truth.ndjson")
        }
    }
}
