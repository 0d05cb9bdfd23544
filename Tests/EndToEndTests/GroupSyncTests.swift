import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Matters practice area by practice area, each usable as soon as its data is complete.
@Suite(.timeLimit(.minutes(40)))
struct GroupSyncTests {
    private static let firm = ["--firm", "small", "--matters", "2400", "--defects", "0.02"]

    private static var settings: [String: String] {
        var settings = KillTests.smallPages
        settings["SYNC_MAX_CONCURRENT_REQUESTS"] = "2"
        return settings
    }

    private func groups(_ sandbox: Sandbox) async throws -> [Report.Group] {
        let report = try await sandbox.cliosync(["status", "--json"], nil).report()
        return report.entities.first { $0.entity == "matters" }?.groups ?? []
    }

    @Test(.deep(.firms)) func aGroupIsInTheDatabaseBeforeTheOthersAreExtractedAndOneCanBePrioritized() async throws {
        try await Sandbox.use { sandbox in
            let calm = try await sandbox.undisturbedDigests(Self.firm)
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000", "--latency", "60"])
            let run = try sandbox.start(
                ["run", "--group-by", "practice_area", "--json"], simulator, settings: Self.settings)
            func pages() throws -> [Simulator.Request] {
                try simulator.requests().filter { $0.isPage && $0.path.hasSuffix("/matters.json") }
            }
            try await poll("the first pages of all groups") { try pages().count >= 8 || !run.isRunning }
            // The shortest comes last, unless somebody wants it.
            let known = try await groups(sandbox).filter { $0.id != "rest" }
            let wanted = try #require(known.min { ($0.expected ?? .max) < ($1.expected ?? .max) })
            try await sandbox.cliosync(["prioritize", "latest", "matters", #require(wanted.name)], nil).expect(0)
            try await sandbox.cliosync(["prioritize", "latest", "matters", "No such area"], nil).expect(2)

            var early: [Report.Group] = []
            try await poll("a group in the database") {
                early = try await groups(sandbox)
                return early.contains { $0.status == "LOADED" } || !run.isRunning
            }
            #expect(run.isRunning)
            #expect(early.contains { $0.status != "LOADED" && $0.status != "EXTRACTED" })
            let first = early.filter { $0.status == "LOADED" }
            let rows = Int(try await sandbox.query("SELECT count(*) FROM matters")) ?? 0
            #expect(rows > 0 && rows < 2300, "\(rows) rows of \(first.count) groups")
            for group in first {
                let sql = "SELECT count(*) FROM matters WHERE practice_area_id = \(group.id)"
                // But for those that were rejected.
                #expect((Int(try await sandbox.query(sql)) ?? 0) > group.extracted * 9 / 10)
            }

            let ending = await run.wait()
            ending.expect(0)
            #expect(try ending.report().verify?.ok == true)
            #expect(try await groups(sandbox).allSatisfy { $0.status == "LOADED" })
            #expect(try await sandbox.digests() == calm)
            // What was pulled forward came to its end before a longer one.
            let order = try pages().compactMap { $0.query["practice_area_id"] }
            let others = Set(order).subtracting([wanted.id])
            let last = try #require(order.lastIndex(of: wanted.id))
            #expect(others.contains { id in order.lastIndex(of: id).map { $0 > last } ?? false })
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }

    @Test(.deep(.firms)) func killedGroupsEndInTheSameDatabase() async throws {
        try await Sandbox.use { sandbox in
            let calm = try await sandbox.undisturbedDigests(Self.firm)
            let simulator = try await sandbox.simulator(
                Self.firm + ["--limit", "100000", "--latency", "30", "--jitter", "20"])
            var numbers = TestSeed.numbers()
            for round in 0..<8 {
                let run = try sandbox.start(
                    ["run", "--group-by", "user_group", "--json"], simulator, settings: Self.settings)
                let goal = try simulator.requests().count + Int.random(in: 10...(30 + round * 8), using: &numbers)
                try await poll("requests") { try simulator.requests().count >= goal || !run.isRunning }
                run.send(SIGKILL)
                _ = await run.wait()
            }
            // Whatever is asked for by then, what was begun goes on so.
            let last = try await sandbox.cliosync(["resume", "latest", "--json"], simulator, settings: Self.settings)
            #expect(last.code == 0 || last.code == 2, "\(last.stderr.suffix(500))")
            #expect(try await groups(sandbox).allSatisfy { $0.status == "LOADED" })
            #expect(try await sandbox.digests() == calm)
            try await sandbox.cliosync(["verify"], nil).expect(0)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }

    @Test(.gate) func aStoppedJobContinuesInTheGroupsItBeganWith() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000", "--latency", "200"])
            let run = try sandbox.start(["run", "--group-by", "practice_area"], simulator)
            // The first one asks whose data it is, before there is a job.
            try await poll("a count") { try simulator.requests().count >= 2 || !run.isRunning }
            run.send(SIGKILL)
            _ = await run.wait()
            #expect(try simulator.requests().allSatisfy { !$0.isPage || !$0.path.hasSuffix("/matters.json") })
            try await sandbox.control(simulator, "latency?value=0")
            try await sandbox.cliosync(["resume", "latest"], simulator).expect(0)
            let pages = try simulator.requests().filter { $0.isPage && $0.path.hasSuffix("/matters.json") }
            #expect(Set(pages.compactMap { $0.query["practice_area_id"] }).count > 3)
            #expect(try await groups(sandbox).allSatisfy { $0.status == "LOADED" })
            try await sandbox.cliosync(["verify"], nil).expect(0)
        }
    }

    @Test(.gate) func aFilterThatNoListHasIsRefusedAtOnce() async throws {
        try await Sandbox.use { sandbox in
            let run = try await sandbox.cliosync(
                ["run", "--phase", "core", "--group-by", "practise_area"], nil,
                settings: ["CLIO_BASE_URL": "http://127.0.0.1:9"])
            run.expect(2)
            #expect(run.stderr.contains("practice_area, user_group, user"))
        }
    }
}
