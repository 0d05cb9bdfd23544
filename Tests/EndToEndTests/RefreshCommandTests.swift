import Foundation
import Testing

/// `cliosync refresh` and its options.
@Suite(.timeLimit(.minutes(20)))
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
            #expect(try deep.report().verify?.ok == true)
            try sandbox.write("", to: "truth.ndjson")
            _ = try await sandbox.python(
                "compare.py", simulator.address, Simulator.token, "databases/default.sqlite",
                "\(sandbox.folder)/truth.ndjson")
        }
    }
}
