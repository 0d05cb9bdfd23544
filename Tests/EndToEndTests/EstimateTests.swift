import Foundation
import Testing

/// M12, M15: what was estimated, and what it then took. One after the other: their clocks are real.
@Suite(.serialized, .timeLimit(.minutes(20)))
struct EstimateTests {
    private struct Estimate: Decodable {
        struct Actual: Decodable {
            let requests: Int
            let requests_off_percent: Double
            let seconds_off_percent: Double
            let limit_changes: [Change]
        }
        struct Change: Decodable { let limit_per_minute: Int }
        struct Phase: Decodable { let features: [String] }
        let firm_size: String
        let records: Int
        let requests: Int
        let seconds: Double
        let database_bytes: Int
        let limit_per_minute: Int
        let phases: [Phase]
        let actual: Actual?
    }

    private struct Reported: Decodable { let estimate: Estimate }

    /// Records of a firm that is of a size by its matters and contacts, and small enough for a test otherwise.
    static let firms: [(size: String, options: [String])] = [
        ("small", ["--matters", "300", "--contacts", "900"]), ("medium", ["--matters", "1200", "--contacts", "4000"]),
        ("large", ["--matters", "2600", "--contacts", "10500"]),
    ]
    private static let rest = [
        "--calendar-entries", "800", "--tasks", "600", "--documents", "1500", "--activities", "2500", "--latency",
        "400",
    ]

    @Test(arguments: firms.indices)
    func m12CallsAreWithinTwoPercentAndTheDurationWithinTen(_ index: Int) async throws {
        let firm = Self.firms[index]
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(firm.options + Self.rest + ["--limit", "200"])
            let before = try await sandbox.cliosync(["estimate", "--json"], simulator)
            before.expect(0)
            let estimate = try JSONDecoder().decode(Estimate.self, from: Data(before.stdout.utf8))
            #expect(estimate.firm_size == firm.size)
            #expect(estimate.limit_per_minute == 200)
            #expect(estimate.phases.count == 3 && estimate.phases.allSatisfy { !$0.features.isEmpty })
            let asked = try simulator.requests().count
            let run = try await sandbox.cliosync(["run", "--json", "--no-progress"], simulator)
            run.expect(0)
            let actual = try #require(
                JSONDecoder().decode(Reported.self, from: Data(run.stdout.utf8)).estimate.actual)
            let made = try simulator.requests().count - asked
            #expect(actual.requests == made)
            #expect(abs(Double(made - estimate.requests)) <= max(1, Double(estimate.requests) * 0.02))
            #expect(abs(actual.requests_off_percent) <= 2, "\(actual.requests_off_percent)")
            #expect(abs(actual.seconds_off_percent) <= 10, "\(actual.seconds_off_percent)")
            #expect(actual.limit_changes.isEmpty)
        }
    }

    /// Where chains part because pages take long, where lists are shorter than a page, and where a list is cut in time.
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

    @Test(arguments: shapes.indices)
    func m12CallsAreWithinTwoPercentWhateverTheShape(_ index: Int) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.shapes[index])
            let before = try await sandbox.cliosync(["estimate", "--json"], simulator)
            before.expect(0)
            let estimate = try JSONDecoder().decode(Estimate.self, from: Data(before.stdout.utf8))
            let asked = try simulator.requests().count
            try await sandbox.cliosync(["run", "--json", "--no-progress"], simulator).expect(0)
            let made = try simulator.requests().count - asked
            #expect(
                abs(Double(made - estimate.requests)) <= max(1, Double(estimate.requests) * 0.02),
                "\(estimate.requests) estimated, \(made) made")
        }
    }

    /// A walk for each group, and one of the whole list for what has none.
    @Test(arguments: ["practice_area", "user_group", "user"])
    func m12CallsAreWithinTwoPercentWithGroups(_ filter: String) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "medium", "--users", "60", "--limit", "6000", "--latency", "20",
            ])
            let before = try await sandbox.cliosync(["estimate", "--json", "--group-by", filter], simulator)
            before.expect(0)
            let estimate = try JSONDecoder().decode(Estimate.self, from: Data(before.stdout.utf8))
            let asked = try simulator.requests().count
            let run = try await sandbox.cliosync(
                ["run", "--json", "--no-progress", "--group-by", filter], simulator)
            run.expect(0)
            let made = try simulator.requests().count - asked
            #expect(
                abs(Double(made - estimate.requests)) <= Double(estimate.requests) * 0.02,
                "\(estimate.requests) estimated, \(made) made")
            let actual = try JSONDecoder().decode(Reported.self, from: Data(run.stdout.utf8)).estimate.actual
            #expect(abs(try #require(actual).requests_off_percent) <= 2)
        }
    }

    @Test func aLimitThatChangesMeanwhileIsReported() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "300", "--latency", "150"])
            let run = try sandbox.start(["run", "--no-progress"], simulator)
            try await poll("the first pages") { try simulator.requests().filter(\.isPage).count > 3 }
            try await sandbox.control(simulator, "limit?value=250")
            let ending = await run.wait()
            ending.expect(0)
            #expect(ending.stdout.contains("Clio changed its limit meanwhile: 300, then 250 a minute"))
            let status = try await sandbox.cliosync(["status", "--json"], nil)
            let stored = try JSONDecoder().decode(Reported.self, from: Data(status.stdout.utf8)).estimate
            #expect(stored.actual?.limit_changes.map(\.limit_per_minute) == [250])
        }
    }
}
