import Foundation
import Testing

/// Clio and the network on a bad day (M25).
@Suite(.timeLimit(.minutes(20)))
struct FaultTests {
    @Test func m25FaultyAnswersChangeNothing() async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let faults = ["http500", "truncate", "reset", "rate429", "html", "badgzip", "nulldata", "http503"]
            let simulator = try await sandbox.simulator(
                firm + ["--limit", "100000"] + faults.flatMap { ["--fault", "\($0)@0.02"] })
            let run = try await sandbox.cliosync(["run", "--json"], simulator, settings: KillTests.smallPages)
            run.expect(0)
            let report = try run.report()
            #expect(report.job?.status == "COMPLETED")
            #expect(report.verify?.ok == true)
            #expect((report.requests?.retried ?? 0) > 5)
            let struck = Set(try simulator.requests().compactMap(\.fault))
            #expect(struck == Set(faults), "every fault struck")
            #expect(try await sandbox.digests() == calm)
        }
    }
}
