import Foundation
import TestSupport
import Testing

/// Clio and the network on a bad day.
@Suite(.timeLimit(.minutes(40)))
struct FaultTests {
    /// Every fault that the simulator names in its help, so that a new one is tested as soon as it is there.
    static let names: [String] = {
        let text = Tool.runBlocking(Programs.simulator, ["--help"]).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let section = lines.drop { !$0.hasPrefix("FAULTS") }.prefix { !$0.isEmpty }
        return section.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.flatMap { line in
            // `  http500, http503   the status, …`: the names come before the wide gap.
            let gap = line.dropFirst(2).range(of: "   ")?.lowerBound ?? line.endIndex
            return line[..<gap].split(whereSeparator: { " ,".contains($0) }).map(String.init)
        }
    }()

    private static let firm = ["--firm", "small", "--defects", "0.02"]
    /// A few pages of each list, for one fault after the other.
    private static let tiny =
        [
            "--matters", "80", "--contacts", "160", "--calendar-entries", "200", "--tasks", "80", "--documents", "200",
            "--activities", "500", "--users", "4", "--defects", "0.02",
        ]
    /// One undisturbed run is enough for all of them.
    private static let calmTiny = Task {
        try await Sandbox.use { sandbox in
            _ = try await sandbox.undisturbedDigests(tiny)
            return try await sandbox.digests("databases/calm.sqlite", anyPhase: true)
        }
    }

    @Test(.gate) func theSimulatorNamesItsFaults() { #expect(Self.names.count >= 13) }

    /// Those that a person must look at end a run, which says which entity it is; the same command goes on.
    @Test(.deep(.faults), arguments: names)
    func aFaultByItselfEndsInTheSameDatabaseOrSaysWhy(_ fault: String) async throws {
        let calm = try await Self.calmTiny.value
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(
                Self.tiny + ["--limit", "100000", "--stall", "3"]
                    // By number as well: a share of few requests may be none.
                    + ["--fault", "\(fault)@0.05", "--fault", "\(fault)#12"])
            try await Self.run(in: sandbox, against: simulator)
            // What was stalled is written down at its end, which the run need not wait for.
            try await poll("the fault") { try simulator.requests().contains { $0.fault != nil } }
            let struck = Set(try simulator.requests().compactMap(\.fault))
            #expect(struck == [fault])
            let digests = try await sandbox.digests(anyPhase: true)
            #expect(
                digests == calm,
                "\(digests.filter { calm[$0.key] != $0.value }) for \(calm.filter { digests[$0.key] != $0.value })")
        }
    }

    /// Runs until a run is through.
    private static func run(in sandbox: Sandbox, against simulator: Simulator) async throws {
        var settings = KillTests.smallPages
        settings["SYNC_REQUEST_TIMEOUT_MS"] = "1500"
        for _ in 0..<40 {
            let run = try await sandbox.cliosync(["run", "--json"], simulator, settings: settings)
            let code = try #require(run.code)
            guard code != 0 else { return }
            // Partly done, or paused for a person: the report says which entity, and why.
            #expect([3, 4].contains(code), "\(run.stderr.suffix(500))")
            #expect(run.stderr.contains("/"), "it names the entity")
        }
        Issue.record("forty runs did not come to an end")
    }

    @Test(.gate) func faultyAnswersChangeNothing() async throws {
        try await Sandbox.use { sandbox in
            let calm = try await sandbox.undisturbedDigests(Self.firm)
            let faults = Self.names.filter { !["loopnext", "foreignnext", "stall"].contains($0) }
            let simulator = try await sandbox.simulator(
                Self.firm + ["--limit", "100000"] + faults.flatMap { ["--fault", "\($0)@0.02"] })
            let run = try await sandbox.cliosync(["run", "--json"], simulator, settings: KillTests.smallPages)
            run.expect(0)
            let report = try run.report()
            #expect(report.job?.status == "COMPLETED")
            #expect(report.verify?.ok == true)
            #expect((report.requests?.retried ?? 0) > 5)
            let struck = Set(try simulator.requests().compactMap(\.fault))
            #expect(struck == Set(faults), "every fault struck")
            let digests = try await sandbox.digests()
            #expect(
                digests == calm,
                "\(digests.filter { calm[$0.key] != $0.value }) for \(calm.filter { digests[$0.key] != $0.value })")
        }
    }

    /// No network, by any cause: the estimate ends like a run, without numbers.
    @Test(.deep(.faults), arguments: ["closed", "unknown", "silent", "proxy"])
    func anEstimateWithoutANetworkHasNoNumbers(_ cause: String) async throws {
        try await Sandbox.use { sandbox in
            var settings = ["SYNC_REQUEST_TIMEOUT_MS": "200"]
            let blamed: String
            switch cause {
            case "closed": (settings["CLIO_BASE_URL"], blamed) = ("http://127.0.0.1:9", "127.0.0.1:9/")
            case "unknown": (settings["CLIO_BASE_URL"], blamed) = ("https://clio.invalid", "clio.invalid/")
            // An address for documents: packets to it are lost, or there is no way to it.
            case "silent": (settings["CLIO_BASE_URL"], blamed) = ("https://192.0.2.1", "192.0.2.1/")
            default:
                settings["CLIO_BASE_URL"] = "https://clio.invalid"
                settings["HTTPS_PROXY"] = "http://ada:proxy-secret@127.0.0.1:9"
                blamed = "the proxy http://127.0.0.1:9 (HTTPS_PROXY) cannot be reached"
            }
            for command in [["estimate"], ["estimate", "--json"]] {
                let ending = try await sandbox.cliosync(command, nil, settings: settings)
                ending.expect(4)
                #expect(ending.stdout.isEmpty, "\(ending.stdout)")
                #expect(ending.complaints.last?.contains(blamed) == true, "\(ending.stderr)")
                #expect(ending.stderr.contains("5 retries did not help"), "\(ending.stderr)")
                #expect(!ending.stderr.contains("secret"))
            }
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/databases"))
        }
    }

    /// Those that a person must look at end a run; the same command goes on, and nothing is lost or doubled.
    @Test(.deep(.faults)) func everyFaultAtOnceEndsInTheSameDatabaseOrSaysWhy() async throws {
        try await Sandbox.use { sandbox in
            _ = try await sandbox.undisturbedDigests(Self.firm)
            let calm = try await sandbox.digests("databases/calm.sqlite", anyPhase: true)
            let simulator = try await sandbox.simulator(
                Self.firm + ["--limit", "100000", "--stall", "3"] + Self.names.flatMap { ["--fault", "\($0)@0.02"] })
            try await Self.run(in: sandbox, against: simulator)
            let struck = Set(try simulator.requests().compactMap(\.fault))
            #expect(struck == Set(Self.names), "every fault struck")
            let digests = try await sandbox.digests(anyPhase: true)
            #expect(
                digests == calm,
                "\(digests.filter { calm[$0.key] != $0.value }) for \(calm.filter { digests[$0.key] != $0.value })")
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }
}
