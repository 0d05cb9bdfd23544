import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What a scheduler does to the processes that it starts.
@Suite(.timeLimit(.minutes(40)))
struct SchedulerTests {
    /// A firm whose lists end after some pages, so that no run against it ends by itself.
    private func heldFirm(_ sandbox: Sandbox) async throws -> Simulator {
        let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
        try await sandbox.control(simulator, "hold?value=30")
        return simulator
    }

    /// Schedulers signal a process and its process group: two signals, one request.
    @Test(.gate) func twoSignalsInARowAreOneRequest() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await heldFirm(sandbox)
            let run = try sandbox.start(
                ["run", "--json", "--no-progress"], simulator, settings: KillTests.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 4 || !run.isRunning }
            run.send(SIGTERM)
            try await Task.sleep(for: .milliseconds(50))
            run.send(SIGTERM)
            let ending = await run.wait()
            ending.expect(130)
            #expect(try ending.report().job?.status == "PAUSED")
        }
    }

    @Test(.gate) func aRunEndsWithItsParent() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await heldFirm(sandbox)
            let variables = sandbox.environment(
                KillTests.smallPages.merging([
                    "CLIO_ACCESS_TOKEN": Simulator.token, "CLIO_BASE_URL": simulator.address,
                ]) { $1 })
            let command =
                ["env"] + variables.map { "\($0.key)=\($0.value)" }
                + [Programs.cliosync, "run", "--json", "--no-progress", "--exit-with-parent"]
            // A parent that is killed once the run is under way, and tells it nothing.
            let script = """
                "$@" >run.json 2>run.err </dev/null &
                echo $! >pid
                while [ ! -e orphan ]; do sleep 0.05; done
                kill -9 $$
                """
            async let parent = sandbox.tool("sh", ["-c", script, "sh"] + command, mayFail: true)
            do {
                try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 4 }
            } catch {
                // Else the parent is waited for without an end.
                try sandbox.write("", to: "orphan")
                throw error
            }
            try sandbox.write("", to: "orphan")
            _ = try await parent
            defer {
                // What is left of a failed test.
                let text = String(decoding: sandbox.read("pid"), as: UTF8.self)
                if let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)) { kill(pid, SIGKILL) }
            }
            try await poll("the end of the orphan") { !sandbox.read("run.json").isEmpty }
            let report = try JSONDecoder().decode(Report.self, from: sandbox.read("run.json"))
            #expect(report.job?.status == "PAUSED")
        }
    }

    /// One line of `--events`.
    private struct Event: Decodable {
        let v: Int
        let event: String
        let entity: String?
        let page_records: Int?
        let exit_code: Int32?
        let resume_at: String?
        let status: String?
        let reason: String?
    }

    private func events(_ text: String) throws -> [Event] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "", "the last line is whole")
        return try lines.dropLast().map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
    }

    /// Stage by stage as a scheduler runs them: one job, its events, logs that are JSON to the last line.
    @Test(.gate) func stagesInAJobTellWhatHappens() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            for stage in ["extract", "transform", "load", "verify"] {
                let ending = try await sandbox.cliosync(
                    [
                        stage, "--phase", "core", "--in-job", "--json", "--events", "\(stage).events", "--log-format",
                        "json", "--log-level", "info",
                    ], simulator)
                ending.expect(0)
                #expect(try ending.report().job?.status == (stage == "verify" ? "COMPLETED" : "PAUSED"), "\(stage)")
                for line in ending.stderr.split(separator: "\n") {
                    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                }
                let events = try events(String(decoding: sandbox.read("\(stage).events"), as: UTF8.self))
                #expect(events.first?.event == "started")
                #expect(events.last?.event == "ended" && events.last?.exit_code == 0)
                #expect(events.allSatisfy { $0.v == 1 })
                #expect(events.contains { $0.event == "stage_finished" })
                if stage == "extract" {
                    let records = try ending.report().entities.reduce(0) { $0 + $1.extracted }
                    #expect(events.reduce(0) { $0 + ($1.page_records ?? 0) } == records)
                }
            }
            // Wrong usage is JSON, too; stdout has events and the report.
            let wrong = try await sandbox.cliosync(
                ["verify", "--phase", "cores", "--events", "-", "--log-format=json"], simulator)
            wrong.expect(2)
            #expect(try events(wrong.stdout).map(\.exit_code) == [2])
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(wrong.stderr.utf8)) }
        }
    }

    /// Outside of its hours a run frees its slot, and says when to come back.
    @Test(.gate) func aRunThatWouldWaitTooLongEndsAndSaysWhenToContinue() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            let hour = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date()).hour ?? 0
            let (from, to) = ((hour + 12) % 24, (hour + 13) % 24)
            let window = String(format: "%02d:00-%02d:00 UTC", from, to)
            let run = try await sandbox.cliosync(
                ["run", "--phase", "core", "--json", "--max-wait", "5m", "--events", "run.events"], simulator,
                settings: ["SYNC_WINDOW": window])
            run.expect(6)
            #expect(try run.report().job?.status == "PAUSED")
            #expect(run.stdout.contains(String(format: "T%02d:00:00Z", from)), "resume_at: \(run.stdout)")
            #expect(try simulator.requests().isEmpty)
            let events = try events(String(decoding: sandbox.read("run.events"), as: UTF8.self))
            #expect(events.contains { $0.event == "waiting" })
            #expect(events.contains { $0.event == "stopping" && $0.reason == "wait" })
            #expect(events.last?.exit_code == 6 && events.last?.resume_at != nil)
            // In its hours, the same command finishes the same job.
            try await sandbox.cliosync(["run", "--phase", "core", "--json", "--max-wait", "5m"], simulator).expect(0)
        }
    }

    /// A slice of `--for` after the other ends with the whole firm: each continues the one before.
    @Test(.gate) func slicesOfTimeAddUp() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000", "--latency", "700"])
            let first = try await sandbox.cliosync(["run", "--json", "--no-progress", "--for", "2s"], simulator)
            first.expect(6)
            #expect(try first.report().job?.status == "PAUSED")
            try await sandbox.control(simulator, "latency?value=0")
            try await sandbox.cliosync(["run", "--json", "--no-progress", "--for", "1h"], simulator).expect(0)
            let pages = try simulator.requests().filter { $0.isPage && $0.status == 200 }
            let again = Dictionary(grouping: pages, by: \.asked).filter { $1.count > 1 }
            #expect(again.values.allSatisfy { $0.count == 2 })
            let streams = Dictionary(grouping: again.values.compactMap(\.first), by: \.pass)
            #expect(streams.values.allSatisfy { $0.count == 1 }, "at most the page in flight of each stream")
        }
    }
}
