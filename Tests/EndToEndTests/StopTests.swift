import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A person stops a run, by a signal or from another process; the same command goes on later.
@Suite(.timeLimit(.minutes(40)))
struct StopTests {
    /// A person who stops a run is no failure of it, whatever it was about.
    @Test(.deep(.kills)) func aStopAtAnyInstantOfTheLocalStagesPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.02", "--limit", "100000"])
            let shim = try await KillTests.shim(sandbox)
            try await sandbox.cliosync(["extract"], simulator, settings: KillTests.smallPages).expect(0)
            _ = try await sandbox.tool("cp", ["-a", "staging", "extracted"])
            func begin(_ settings: [String: String]) async throws -> ChildProcess.Ending {
                for folder in ["staging", "databases"] {
                    _ = try await sandbox.tool("rm", ["-rf", folder])
                }
                _ = try await sandbox.tool("cp", ["-a", "extracted", "staging"])
                return try await sandbox.cliosync(
                    ["run", "--json"], simulator, settings: settings.merging(["LD_PRELOAD": shim]) { $1 })
            }
            try await begin(["KILL_COUNT": sandbox.folder + "/counted"]).expect(0)
            let calm = try await sandbox.digests()
            let counted = KillTests.counts(sandbox.read("counted"))
            var paused = 0
            for (call, instants) in [("rename", 8), ("pwrite", 4)] {
                let made = try #require(counted.first { $0.call == call }).number
                // Not the first of them: there is nothing yet that a signal could interrupt.
                for instant in 1...instants {
                    let at = "\(call)#\(1 + made * instant / (instants + 1))"
                    let stopped = try await begin(["STOP_AT": at])
                    let code = stopped.code
                    #expect(code == 130 || code == 0, "\(at): \(stopped.stderr)")
                    #expect(try stopped.report().job?.status == (code == 130 ? "PAUSED" : "COMPLETED"), "\(at)")
                    paused += code == 130 ? 1 : 0
                    let resumed = try await sandbox.cliosync(["run", "--json"], simulator)
                    resumed.expect(0)
                    #expect(try await sandbox.digests() == calm, "\(at)")
                }
            }
            #expect(paused >= 6)
        }
    }

    @Test(.gate, arguments: [SIGINT, SIGTERM])
    func aSignalPausesAndTheSameCommandContinues(signal: Int32) async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(firm + ["--limit", "100000", "--latency", "40"])
            let run = try sandbox.start(["run", "--json"], simulator, settings: KillTests.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 20 || !run.isRunning }
            run.send(signal)
            let stopped = await run.wait()
            stopped.expect(130)
            #expect(try stopped.report().job?.status == "PAUSED")
            try await expectPaused(sandbox, simulator, calm)
        }
    }

    @Test(.gate) func stopFromAnotherProcessPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(firm + ["--limit", "100000", "--latency", "60"])
            let run = try sandbox.start(["run", "--json"], simulator, settings: KillTests.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 10 || !run.isRunning }
            let working = try await sandbox.cliosync(["status", "--json"], nil).report()
            let job = try #require(working.job)
            #expect(job.status == "IN_PROGRESS")
            let stop = try await sandbox.cliosync(["stop", String(job.id.prefix(8))], nil)
            stop.expect(0)
            await run.wait().expect(130)
            try await expectPaused(sandbox, simulator, calm)
            // A job that rests cannot be stopped.
            let again = try await sandbox.cliosync(["stop", job.id], nil)
            again.expect(2)
            #expect(again.complaints.count == 1)
        }
    }

    private func expectPaused(_ sandbox: Sandbox, _ simulator: Simulator, _ calm: [String: String]) async throws {
        let status = try await sandbox.cliosync(["status", "--json"], nil)
        status.expect(0)
        let paused = try status.report()
        #expect(paused.job?.status == "PAUSED")
        let last = try await sandbox.cliosync(["run", "--json"], simulator, settings: KillTests.smallPages)
        last.expect(0)
        let report = try last.report()
        #expect(report.job?.status == "COMPLETED")
        #expect(report.job?.id == paused.job?.id, "the same job goes on")
        // A page in flight has half a second to arrive, which a busy machine may need for itself.
        let lists = Dictionary(grouping: try simulator.requests().filter(\.isPage), by: \.pass)
        for (list, pages) in lists {
            let repeated = pages.count - Set(pages.map(\.asked)).count
            #expect(repeated <= 1, "\(repeated) pages of \(list.prefix(60)) again")
        }
        #expect(try await sandbox.digests() == calm)
    }
}
