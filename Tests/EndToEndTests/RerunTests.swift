import Foundation
import Testing

/// Each stage again by itself, per phase.
@Suite(.timeLimit(.minutes(40)))
struct RerunTests {
    @Test(.gate) func rerunningAStageChangesNothingAndAsksClioNothing() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let files = sandbox.stagedFiles()
            let digests = try await sandbox.digests()
            let requests = try simulator.requests().count
            #expect(files.count > 20)
            for phase in ["core", "supporting", "historical"] {
                for stage in ["extract", "transform", "load", "verify"] {
                    let again = try await sandbox.cliosync([stage, "--phase", phase], simulator)
                    again.expect(0)
                    #expect(sandbox.stagedFiles() == files, "\(stage) \(phase)")
                    #expect(try simulator.requests().count == requests, "\(stage) \(phase)")
                }
            }
            #expect(try await sandbox.digests() == digests)
            // The whole run again, too.
            let again = try await sandbox.cliosync(["run", "--json"], simulator)
            again.expect(0)
            #expect(try again.report().job?.status == "COMPLETED")
            #expect(sandbox.stagedFiles() == files)
            #expect(try await sandbox.digests() == digests)
            #expect(try simulator.requests().count == requests)
        }
    }

    @Test(.gate) func aNewColumnIsFilledWithoutARequest() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let requests = try simulator.requests().count
            let before = try await sandbox.digests()
            let place = "        status: {type: text, allowed: [Pending, Open, Closed], title: Status}\n"
            let column = "        client_initials: {from: client.initials, type: text}\n"
            let text = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            #expect(text.contains(place))
            try sandbox.write(text.replacing(place, with: place + column), to: "pipelines/core.yaml")

            for stage in ["transform", "load", "verify"] {
                try await sandbox.cliosync([stage, "--phase", "core"], simulator).expect(0)
            }
            #expect(try simulator.requests().count == requests)
            let raw = sandbox.stagedFiles().keys.filter { $0.contains("core/raw/matters/") && $0.hasSuffix(".gz") }
            let seen = try await sandbox.tool(
                "python3",
                [
                    Programs.script("column.py"), "databases/default.sqlite", "matters", "client_initials",
                    "client.initials",
                ] + raw.map { "staging/\($0)" })
            #expect(seen.contains(" 0 different"))
            var after = try await sandbox.digests()
            #expect(after["matters"] != before["matters"])
            after["matters"] = before["matters"]
            #expect(after == before)
        }
    }
}
