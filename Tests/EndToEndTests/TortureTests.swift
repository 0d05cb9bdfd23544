import Foundation
import TestSupport
import Testing

/// What schedulers do to a run, at random moments, and what must hold all the same.
@Suite(.timeLimit(.minutes(30)))
struct TortureTests {
    /// `CLIOSYNC_E2E_TORTURES`.
    private static let trials = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_TORTURES"].flatMap(Int.init) ?? 40

    @Test(.deep(.commands)) func aRunEndsAsItsEventsSayWhateverItsSchedulerDoes() async throws {
        try await Sandbox.use { sandbox in
            // So slow that there is something to be stopped.
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000", "--latency", "60"])
            let shim = try await sandbox.shim("set_clock")
            var numbers = TestSeed.numbers("torture")
            let seed = Int.random(in: 0..<1_000_000, using: &numbers)
            let report = try await sandbox.tool(
                "env",
                ["-i"] + sandbox.environment([:]).map { "\($0.key)=\($0.value)" }
                    + [
                        Programs.tool("python3"), Programs.script("torture.py"), Programs.cliosync, simulator.address,
                        Simulator.token, "\(seed)", "\(Self.trials)", shim,
                    ])
            print(report)
            #expect(report.split(separator: "\n").count == Self.trials)
        }
    }
}
