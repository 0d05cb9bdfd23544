import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// What an operations team does with jobs: stop, resume, reset, windows, alarms, several firms, estimates.
@Suite(.timeLimit(.minutes(40)))
struct OperationsTests {
    // MARK: Control

    @Test(.gate) func aJobIsPrioritizedStoppedResumedAndResetByItsId() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000", "--latency", "250"])
            let run = try sandbox.start(["run", "--no-progress", "--connection", "smith"], simulator)
            try await poll("the first pages") { try simulator.requests().filter(\.isPage).count > 3 }
            // No connection is named: the job's is found.
            try await sandbox.cliosync(["prioritize", "latest", "documents"], nil).expect(0)
            try await sandbox.cliosync(["resume", "latest"], simulator).expect(5)
            try await sandbox.cliosync(["reset", "latest", "--yes"], nil).expect(5)
            try await sandbox.cliosync(["stop", "latest"], nil).expect(0)
            let stopped = await run.wait()
            stopped.expect(130)
            let requests = try simulator.requests().filter(\.isPage).count
            let status = try await sandbox.cliosync(["status", "latest", "--json"], nil)
            let job = try #require(status.report().job)
            #expect(job.status == "PAUSED")
            let resumed = try await sandbox.cliosync(["resume", String(job.id.prefix(8)), "--json"], simulator)
            resumed.expect(0)
            #expect(try resumed.report().job?.status == "COMPLETED")
            // It went on: what was there was not asked for again, but the page in flight of each list.
            #expect(try simulator.requests().filter(\.isPage).count < requests + 60)
            let again = try await sandbox.cliosync(["resume", job.id], simulator)
            again.expect(2)
            #expect(again.stderr.contains("COMPLETED"))
            try await reset(job.id, sandbox, simulator)
        }
    }

    private func reset(_ job: String, _ sandbox: Sandbox, _ simulator: Simulator) async throws {
        let database = "databases/smith.sqlite"
        let before = try await sandbox.query("SELECT count(*) FROM documents", database)
        let preview = try await sandbox.cliosync(["reset", job], nil)
        preview.expect(0)
        #expect(preview.stdout.contains("nothing was changed"))
        #expect(try await sandbox.query("SELECT count(*) FROM documents", database) == before)
        try await sandbox.cliosync(["reset", job, "--entity", "documents", "--yes"], nil).expect(0)
        #expect(!sandbox.stagedFiles().keys.contains { $0.contains("/documents/") })
        #expect(try await sandbox.query("SELECT count(*) FROM sqlite_schema WHERE name = 'documents'", database) == "0")
        #expect(try await sandbox.query("SELECT count(*) > 0 FROM tasks", database) == "1")
        try await sandbox.cliosync(["resume", job, "--no-progress"], simulator).expect(0)
        #expect(try await sandbox.query("SELECT count(*) FROM documents", database) == before)
        // Killed wherever it is, the same command does the rest.
        for delay in [15, 40, 60, 90, 140] {
            let killed = try sandbox.start(["reset", job, "--yes"], nil)
            try await Task.sleep(for: .milliseconds(delay))
            killed.send(SIGKILL)
            _ = await killed.wait()
        }
        let done = try await sandbox.cliosync(["reset", job, "--yes", "--json"], nil)
        done.expect(0)
        #expect(done.stdout.contains("\"status\":\"CANCELLED\""))
        #expect(sandbox.stagedFiles().isEmpty)
        #expect(try await sandbox.query("SELECT count(*) FROM _cliosync_ledger", database) == "0")
        try await sandbox.cliosync(["resume", job], simulator).expect(2)
    }

    /// What a job was begun with holds for whoever goes on with it.
    @Test(.gate) func theLimitOfRejectsHoldsForTheResumedJob() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.1", "--limit", "100000", "--latency", "150"])
            let run = try sandbox.start(["run", "--no-progress", "--max-rejected", "1"], simulator)
            try await poll("the first pages") { try simulator.requests().filter(\.isPage).count > 3 }
            run.send(SIGINT)
            await run.wait().expect(130)
            let resumed = try await sandbox.cliosync(["resume", "latest", "--json", "--ignore-disk-space"], simulator)
            resumed.expect(3)
            #expect(try resumed.report().job?.status == "PARTIALLY_COMPLETED")
            #expect(resumed.stdout.contains("more than --max-rejected 1"))
            let more = try await sandbox.cliosync(["resume", "latest", "--json", "--max-rejected", "100%"], simulator)
            more.expect(0)
            #expect(try more.report().job?.status == "COMPLETED")
        }
    }

    // MARK: Hours and alarms

    /// No request is made outside of the window, however long the wait; a stop ends it. That requests are made once it
    /// opens is shown with a clock that can be turned (`ClioClientTests`).
    @Test(.gate) func aJobWaitsForItsWindow() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            // Some hours away, whatever the time is now.
            let opens = (Date().timeIntervalSince1970 / 3600).rounded(.down) * 3600 + 6 * 3600
            let settings = [
                "SYNC_WINDOW": "\(clock(opens))-\(clock(opens + 6 * 3600)) UTC",
                // Far less than the wait for the window, which does not count.
                "SYNC_JOB_MAX_RUNTIME_HOURS": "0.0009",
            ]
            let run = try sandbox.start(["run", "--phase", "core"], simulator, settings: settings)
            try await poll("the wait to show") {
                try await sandbox.cliosync(["status"], nil).stdout.contains("waits for the window, \(clock(opens)) UTC")
            }
            run.send(SIGINT)
            let ending = await run.wait()
            ending.expect(130)
            #expect(ending.stderr.contains("waits for the window, \(clock(opens)) UTC"))
            #expect(try simulator.requests().isEmpty)
        }
    }

    @Test(.gate) func theEndOfAJobIsToldToWebhookAndCommand() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            let receiver = try await Receiver(sandbox)
            let settings = [
                "SYNC_NOTIFY_WEBHOOK_URL": receiver.url,
                "SYNC_NOTIFY_COMMAND": "printf '%s ' \"$CLIOSYNC_EVENT\" \"$CLIO_ACCESS_TOKEN\" >> alarms",
            ]
            let ending = try await sandbox.cliosync(["run", "--phase", "core"], simulator, settings: settings)
            ending.expect(0)
            #expect(String(decoding: sandbox.read("alarms"), as: UTF8.self) == "completed  ")
            let alarm = try receiver.alarms.map { try JSONDecoder().decode(Alarm.self, from: Data($0.utf8)) }
            #expect(alarm.map(\.event) == ["completed"])
            #expect(alarm.first?.text.contains("cliosync default: completed") == true)
            #expect(!(ending.stderr + ending.stdout).contains("hook-secret"))
        }
    }

    /// A run that hangs is told of while it hangs, and a critical end when it comes.
    @Test(.gate) func stallsAndCriticalErrorsAreReported() async throws {
        try await Sandbox.use { sandbox in
            // Users are one page, after the one for their count.
            let simulator = try await sandbox.simulator(["--limit", "100000", "--fault", "stall#2", "--stall", "6"])
            let settings = [
                "SYNC_STALL_MINUTES": "0.03", "SYNC_NOTIFY_COMMAND": "echo \"$CLIOSYNC_EVENT\" >> alarms",
                "SYNC_REQUEST_TIMEOUT_MS": "4000",
            ]
            try await sandbox.cliosync(
                ["run", "--phase", "core", "--entity", "users", "--no-progress"], simulator, settings: settings
            ).expect(0)
            // On a busy machine more than the stalled request may take that long.
            let told = String(decoding: sandbox.read("alarms"), as: UTF8.self).split(separator: "\n")
            #expect(told.first == "stalled" && told.last == "completed" && Set(told).count == 2, "\(told)")
            let critical = try await sandbox.cliosync(
                ["run", "--phase", "supporting", "--no-progress"], simulator,
                settings: settings.merging(["CLIO_ACCESS_TOKEN": "wrong"]) { $1 })
            critical.expect(4)
            #expect(String(decoding: sandbox.read("alarms"), as: UTF8.self).hasSuffix("critical\n"))
        }
    }

    @Test("status --alarm tells once of data that are too old, and ends with 3 as long as they are", .gate)
    func staleDataAreToldOnce() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core", "--no-progress"], simulator).expect(0)
            try await Task.sleep(for: .milliseconds(1_100))
            let settings = [
                "SYNC_FRESHNESS_HOURS": "0.0001", "SYNC_NOTIFY_COMMAND": "echo \"$CLIOSYNC_EVENT\" >> alarms",
            ]
            for _ in 0..<2 {
                let look = try await sandbox.cliosync(["status", "--alarm"], nil, settings: settings)
                look.expect(3)
                #expect(look.stdout.contains("a refresh is overdue: cliosync refresh"), "\(look.stdout)")
            }
            #expect(String(decoding: sandbox.read("alarms"), as: UTF8.self) == "stale\n")
            try await sandbox.cliosync(["status", "--alarm"], nil).expect(0)
        }
    }

    /// By a clock that is set: 30 days after its first use, a token of which nothing else is known has ended.
    @Test(.deep(.commands)) func aTokenThatEndsIsToldSevenDaysAhead() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core", "--no-progress"], simulator).expect(0)
            let shim = try await sandbox.shim("set_clock")
            var settings = [
                "LD_PRELOAD": shim, "CLOCK_FILE": sandbox.folder + "/clock",
                "SYNC_NOTIFY_COMMAND": "echo \"$CLIOSYNC_TEXT\" >> alarms",
            ]
            func look(_ days: Double, _ arguments: String...) async throws -> ChildProcess.Ending {
                let seconds = withUnsafeBytes(of: days * 86_400) { Data($0) }
                try seconds.write(to: URL(fileURLWithPath: sandbox.folder + "/clock"))
                // The same value for another host would be another token.
                return try await sandbox.cliosync(["status"] + arguments, simulator, settings: settings)
            }
            let early = try await look(22.9, "--alarm")
            early.expect(0)
            #expect(!early.stdout.contains("access token"))
            for _ in 0..<2 {
                let due = try await look(23.1, "--alarm")
                due.expect(3)
                #expect(due.stdout.contains("the access token expires in 6 d, at the latest at "), "\(due.stdout)")
            }
            let alarms = String(decoding: sandbox.read("alarms"), as: UTF8.self)
            #expect(alarms.hasPrefix("cliosync default: expiring: the access token expires in 6 d"), "\(alarms)")
            #expect(alarms.split(separator: "\n").count == 1 && alarms.contains("next: cliosync doctor"))
            #expect(try await look(31, "--json").stdout.contains("\"expiring\":true"))
            // Another value is there.
            settings["CLIO_ACCESS_TOKEN"] = "another"
            try await look(31, "--alarm").expect(0)
        }
    }

    private func clock(_ instant: Double) -> String {
        let seconds = Int(instant) % 86_400
        let parts = [seconds / 3600, seconds / 60 % 60] + (seconds % 60 == 0 ? [] : [seconds % 60])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }

    private struct Alarm: Decodable {
        let event: String
        let text: String
    }

    // MARK: Several firms

    /// One process, each firm with its own files and token, the worst exit code.
    @Test(.gate) func allFirmsRunInOneProcess() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: "connections/jones.env")
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: "connections/smith.env")
            try sandbox.write("CLIO_ACCESS_TOKEN=expired\n", to: "connections/brown.env")
            // Without a token of its own: never with another firm's.
            try sandbox.write("SYNC_RATE_LIMIT_BURST=5\n", to: "connections/empty.env")
            let run = try await sandbox.cliosync(
                ["run", "--all", "--phase", "core", "--json", "--no-progress"], simulator,
                settings: ["SYNC_MAX_CONCURRENT_JOBS": "2"])
            run.expect(2)
            let all = try JSONDecoder().decode(Firms.self, from: Data(run.stdout.utf8)).connections
            #expect(all.map(\.connection) == ["default", "brown", "empty", "jones", "smith"])
            #expect(all.map(\.exit_code) == [0, 4, 2, 0, 0])
            #expect(all.map { $0.report?.job?.status } == ["COMPLETED", "PAUSED", nil, "COMPLETED", "COMPLETED"])
            for firm in ["jones", "smith"] {
                #expect(try await sandbox.query("SELECT count(*) FROM matters", "databases/\(firm).sqlite") == "300")
            }
            let status = try await sandbox.cliosync(["status"], nil)
            status.expect(0)
            #expect(status.stdout.contains("smith") && status.stdout.contains("3 COMPLETED"))
            try await sandbox.cliosync(["run", "--all", "--database", "x.sqlite"], simulator).expect(2)
        }
    }

    private struct Firms: Decodable {
        struct Firm: Decodable {
            let connection: String
            let exit_code: Int32
            let report: Report?
        }
        let connections: [Firm]
    }

    @Test(.gate) func initWritesUnitsThatSystemdTakes() async throws {
        try await Sandbox.use { sandbox in
            try await sandbox.cliosync(["init", "--systemd", "--region", "eu"], nil).expect(0)
            let units = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder + "/systemd").sorted()
            #expect(units.filter { $0.hasSuffix(".timer") }.count == 4 && units.count == 8)
            let service = String(decoding: sandbox.read("systemd/cliosync-historical.service"), as: UTF8.self)
            #expect(service.contains("WorkingDirectory=\(sandbox.folder)\n"))
            #expect(service.contains("cliosync\" run --all --phase historical"))
            #expect(service.contains("cliosync-core.service cliosync-supporting.service"))
            let refresh = String(decoding: sandbox.read("systemd/cliosync-refresh@.service"), as: UTF8.self)
            #expect(refresh.contains("cliosync\" refresh --connection %i --log-format json\n"))
            let mode = try FileManager.default.attributesOfItem(atPath: sandbox.folder + "/.env")[.posixPermissions]
            #expect(mode as? Int == 0o600)
            guard FileManager.default.isExecutableFile(atPath: Programs.tool("systemd-analyze")) else { return }
            let paths = units.map { "\(sandbox.folder)/systemd/\($0)" }
            _ = try await sandbox.tool("systemd-analyze", ["verify"] + paths)
        }
    }
}

/// Takes webhook calls and writes their bodies down.
private struct Receiver {
    let url: String
    private let process: ChildProcess
    private let file: String

    init(_ sandbox: Sandbox) async throws {
        file = sandbox.folder + "/hooks"
        let program = """
            import http.server, sys
            class Hook(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    open(sys.argv[1], "ab").write(body + b"\\n")
                    self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
                def log_message(self, *words): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
            print(server.server_port, flush=True)
            server.timeout = 60
            server.handle_request()
            """
        let child = try ChildProcess(
            Programs.tool("python3"), ["-c", program, file], environment: ["PATH": "/usr/bin:/bin"],
            folder: sandbox.folder, output: sandbox.folder + "/logs/receiver.out")
        process = child
        var port = ""
        try await poll("the receiver to listen") {
            port = ((try? String(contentsOfFile: child.output, encoding: .utf8)) ?? "")
                .trimmingCharacters(in: .whitespacesAndNewlines)
            return !port.isEmpty
        }
        url = "http://127.0.0.1:\(port)/hook-secret"
    }

    var alarms: [String] {
        ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}
