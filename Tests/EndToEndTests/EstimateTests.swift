import Foundation
import Testing

/// What an estimate says of a firm's size and limit, and what a run tells of it afterwards. How close the estimated
/// duration is depends on the machine: `Benchmarks/estimate` measures that.
@Suite(.timeLimit(.minutes(40)))
struct EstimateTests {
    /// Records of a firm that is of a size by its matters and contacts, and small enough for a test otherwise.
    static let firms: [(size: String, options: [String])] = [
        ("small", ["--matters", "300", "--contacts", "900"]), ("medium", ["--matters", "1200", "--contacts", "4000"]),
        ("large", ["--matters", "2600", "--contacts", "10500"]),
    ]
    private static let rest = [
        "--calendar-entries", "800", "--tasks", "600", "--documents", "1500", "--activities", "2500",
    ]

    @Test(.gate, arguments: firms.prefix(1))
    func theRequestsOfASmallFirmAreThoseOfTheEstimate(size: String, options: [String]) async throws {
        try await compare(size, options + ["--latency", "5"], limit: 100_000)
    }

    @Test(.deep(.firms), arguments: firms)
    func theRequestsOfARunAreThoseOfTheEstimate(size: String, options: [String]) async throws {
        try await compare(size, options + ["--latency", "400"], limit: 200)
    }

    /// How many streams a run has, and whether the last list is partitioned for them, follows from how soon answers come. One
    /// stream is the same on a busy machine; `Benchmarks/estimate` compares runs with several.
    private static let streams = ["SYNC_MAX_CONCURRENT_REQUESTS": "1"]

    private func compare(_ size: String, _ options: [String], limit: Int) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(options + Self.rest + ["--limit", "\(limit)"])
            let before = try await sandbox.cliosync(["estimate", "--json"], simulator, settings: Self.streams)
            before.expect(0)
            let estimate = try JSONDecoder().decode(EstimateReport.Estimate.self, from: Data(before.stdout.utf8))
            #expect(estimate.firm_size == size)
            #expect(estimate.limit_per_minute == limit)
            #expect(estimate.phases.count == 3 && estimate.phases.allSatisfy { !$0.features.isEmpty })
            let asked = try simulator.requests().count
            let run = try await sandbox.cliosync(
                ["run", "--json", "--no-progress"], simulator, settings: Self.streams)
            run.expect(0)
            let actual = try #require(
                JSONDecoder().decode(EstimateReport.self, from: Data(run.stdout.utf8)).estimate.actual)
            let made = try simulator.requests().count - asked
            #expect(actual.requests == made)
            #expect(abs(Double(made - estimate.requests)) <= max(1, Double(estimate.requests) * 0.02))
            #expect(abs(actual.requests_off_percent) <= 2, "\(actual.requests_off_percent)")
            #expect(actual.limit_changes.isEmpty)
        }
    }

    @Test(.deep(.firms)) func aLimitThatChangesMeanwhileIsReported() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "300", "--latency", "150"])
            let run = try sandbox.start(["run", "--no-progress"], simulator)
            try await poll("the first pages") { try simulator.requests().filter(\.isPage).count > 3 }
            try await sandbox.control(simulator, "limit?value=250")
            let ending = await run.wait()
            ending.expect(0)
            #expect(ending.stdout.contains("Clio changed its limit meanwhile: 300, then 250 a minute"))
            let status = try await sandbox.cliosync(["status", "--json"], nil)
            let stored = try JSONDecoder().decode(EstimateReport.self, from: Data(status.stdout.utf8)).estimate
            #expect(stored.actual?.limit_changes.map(\.limit_per_minute) == [250])
        }
    }
}
