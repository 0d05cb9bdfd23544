import Foundation
import Testing

/// Requests that were estimated, and those that were then made.
@Suite(.timeLimit(.minutes(40)))
struct EstimateCallTests {
    /// Where lists are split because pages take long, where lists are shorter than a page, and where a list is cut in time.
    private static let shapes: [[String]] = [
        [
            "--matters", "1200", "--contacts", "4000", "--calendar-entries", "2000", "--tasks", "1500", "--documents",
            "4000", "--activities", "6000", "--latency", "1500", "--limit", "3000",
        ],
        [
            "--matters", "7", "--contacts", "12", "--calendar-entries", "3", "--tasks", "1", "--documents", "0",
            "--activities", "5", "--users", "2", "--practice-areas", "1", "--latency", "100", "--limit", "1000",
        ],
        ["--firm", "small", "--calendar-entries", "14000", "--latency", "300", "--limit", "1000"],
    ]

    @Test(.deep(.firms), arguments: shapes.indices)
    func callsAreWithinTwoPercentWhateverTheShape(_ index: Int) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.shapes[index])
            let before = try await sandbox.cliosync(["estimate", "--json"], simulator)
            before.expect(0)
            let estimate = try JSONDecoder().decode(EstimateReport.Estimate.self, from: Data(before.stdout.utf8))
            let asked = try simulator.requests().count
            try await sandbox.cliosync(["run", "--json", "--no-progress"], simulator).expect(0)
            let made = try simulator.requests().count - asked
            #expect(
                abs(Double(made - estimate.requests)) <= max(1, Double(estimate.requests) * 0.02),
                "\(estimate.requests) estimated, \(made) made")
        }
    }

    /// A list for each group, and the whole list for what has none.
    ///
    /// Requests one after the other: into how many partitions the other lists are split depends on the latency, which differs
    /// between the estimate and the run on a busy machine.
    @Test(.deep(.firms), arguments: ["practice_area", "user_group", "user"])
    func callsAreWithinTwoPercentWithGroups(_ filter: String) async throws {
        let inOrder = ["SYNC_MAX_CONCURRENT_REQUESTS": "1"]
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "medium", "--users", "60", "--limit", "1000", "--latency", "20",
            ])
            let before = try await sandbox.cliosync(
                ["estimate", "--json", "--group-by", filter], simulator, settings: inOrder)
            before.expect(0)
            let estimate = try JSONDecoder().decode(EstimateReport.Estimate.self, from: Data(before.stdout.utf8))
            let asked = try simulator.requests().count
            let run = try await sandbox.cliosync(
                ["run", "--json", "--no-progress", "--group-by", filter], simulator, settings: inOrder)
            run.expect(0)
            let made = try simulator.requests().count - asked
            #expect(
                abs(Double(made - estimate.requests)) <= Double(estimate.requests) * 0.02,
                "\(estimate.requests) estimated, \(made) made")
            let actual = try JSONDecoder().decode(EstimateReport.self, from: Data(run.stdout.utf8)).estimate.actual
            #expect(abs(try #require(actual).requests_off_percent) <= 2)
        }
    }
}
