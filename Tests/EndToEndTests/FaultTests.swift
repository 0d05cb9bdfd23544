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
            let digests = try await sandbox.digests()
            #expect(
                digests == calm,
                "\(digests.filter { calm[$0.key] != $0.value }) for \(calm.filter { digests[$0.key] != $0.value })")
        }
    }

    /// Those that a person must look at end a run; the same command goes on, and nothing is lost or doubled.
    @Test func m25EveryFaultAtOnceEndsInTheSameDatabaseOrSaysWhy() async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            _ = try await sandbox.undisturbedDigests(firm)
            let calm = try await sandbox.digests("databases/calm.sqlite", anyPhase: true)
            let faults = [
                "http500", "truncate", "reset", "rate429", "html", "badgzip", "nulldata", "http503", "loopnext",
                "foreignnext", "stall",
            ]
            let simulator = try await sandbox.simulator(
                firm + ["--limit", "100000", "--stall", "3"] + faults.flatMap { ["--fault", "\($0)@0.02"] })
            var settings = KillTests.smallPages
            settings["SYNC_REQUEST_TIMEOUT_MS"] = "1500"
            var codes: [Int32] = []
            while codes.last != 0, codes.count < 40 {
                let run = try await sandbox.cliosync(["run", "--json"], simulator, settings: settings)
                codes.append(try #require(run.code))
                guard let code = run.code, code != 0 else { break }
                // Partly done, or paused for a person: the report says which entity, and why.
                #expect([3, 4].contains(code), "\(run.stderr.suffix(500))")
                #expect(run.stderr.contains("/"), "it names the entity")
            }
            #expect(codes.last == 0)
            #expect(Set(try simulator.requests().compactMap(\.fault)).count >= faults.count - 2)
            let digests = try await sandbox.digests(anyPhase: true)
            #expect(
                digests == calm,
                "\(digests.filter { calm[$0.key] != $0.value }) for \(calm.filter { digests[$0.key] != $0.value })")
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }
}
