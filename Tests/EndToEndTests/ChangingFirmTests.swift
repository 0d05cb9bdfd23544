import Foundation
import Testing

/// Clio while it is being read: people go on working.
@Suite(.timeLimit(.minutes(40)), .deep(.firms))
struct ChangingFirmTests {
    @Test func afterASweepTheDatabaseEqualsTheFirmAsItIsThen() async throws {
        try await Sandbox.use { sandbox in
            // The answer sheet of a firm that changed is the firm itself.
            let truth = "\(sandbox.folder)/truth.ndjson"
            try sandbox.write("", to: "truth.ndjson")
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000", "--latency", "30"])
            let run = try sandbox.start(["run", "--json"], simulator, settings: KillTests.smallPages)
            for (pages, changes) in [
                (10, ["touch?kind=matters&count=9", "add?kind=contacts&count=4", "delete?kind=documents&count=3"]),
                (60, ["touch?kind=contacts&count=9", "add?kind=tasks&count=7", "delete?kind=matters&count=2"]),
                (
                    110,
                    [
                        "touch?kind=activities&count=30", "add?kind=calendar_entries&count=5",
                        "delete?kind=tasks&count=4",
                    ]
                ),
            ] {
                try await poll("pages") { try simulator.requests().filter(\.isPage).count >= pages || !run.isRunning }
                for change in changes { try await sandbox.control(simulator, change) }
            }
            let ending = await run.wait()
            ending.expect(0)
            #expect(try ending.report().verify?.ok == true)
            for change in ["touch?kind=users", "delete?kind=contacts&count=2", "delete?kind=calendar_entries&count=2"] {
                try await sandbox.control(simulator, change)
            }

            let before = try simulator.requests().count
            let sweep = try await sandbox.cliosync(["run", "--sweep", "--json"], simulator)
            sweep.expect(0)
            #expect(try sweep.report().verify?.ok == true)
            _ = try await sandbox.python(
                "compare.py", simulator.address, Simulator.token, "databases/default.sqlite", truth)
            // Ids come two hundred a page, and of records only what changed.
            let asked = try simulator.requests().dropFirst(before)
            #expect(asked.count < 130, "\(asked.count) requests")

            // Built anew from the files, it is the same database.
            let digests = try await sandbox.digests()
            for stage in ["transform", "load"] {
                try await sandbox.cliosync([stage, "--force", "--database", "again.sqlite"], nil).expect(0)
            }
            #expect(try await sandbox.digests("again.sqlite") == digests)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }

    @Test func theLastMonthsCanBeUsedBeforeTheHistoryIsThere() async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(firm + ["--limit", "100000", "--latency", "60"])
            var settings = KillTests.smallPages
            settings["SYNC_MAX_CONCURRENT_REQUESTS"] = "2"
            // The simulated firm's last day lies in the past.
            let run = try sandbox.start(["run", "--recent", "24mo", "--json"], simulator, settings: settings)
            var early = 0
            try await poll("the first time entries") {
                let rows = try? await sandbox.query(
                    "SELECT CASE WHEN EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'documents') THEN 1 ELSE 0 END")
                if rows == "1", run.isRunning {
                    early = Int(try await sandbox.query("SELECT count(*) FROM documents")) ?? 0
                }
                return early > 0 || !run.isRunning
            }
            let ending = await run.wait()
            ending.expect(0)
            let all = Int(try await sandbox.query("SELECT count(*) FROM documents")) ?? 0
            #expect(early > 0 && early < all, "\(early) of \(all) documents came first")
            #expect(try await sandbox.digests() == calm)
        }
    }
}
