import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The status page beside a real run, in a real browser and before a real Prometheus.
@Suite(.timeLimit(.minutes(40)))
struct StatusPageTests {
    /// Starts `cliosync serve` on a free port.
    private func serve(
        _ sandbox: Sandbox, _ simulator: Simulator?, _ arguments: [String] = []
    ) async throws -> (page: String, process: ChildProcess) {
        let process = try sandbox.start(["serve", "--port", "0"] + arguments, simulator)
        let greeting = "listening on "
        var page: String?
        try await poll("the page to listen") {
            let text = (try? String(contentsOfFile: process.output, encoding: .utf8)) ?? ""
            if text.hasPrefix(greeting), text.hasSuffix("\n") {
                page = text.dropFirst(greeting.count).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            return page != nil || !process.isRunning
        }
        return (try #require(page), process)
    }

    @Test("a browser sees progress move, pulls an entity forward, pauses and resumes", .deep(.peers))
    func inABrowser() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "medium", "--latency", "700", "--limit", "300", "--window", "20", "--defects", "0.02",
            ])
            let (page, process) = try await serve(sandbox, simulator)
            let run = try sandbox.start(
                ["run", "--connection", "smith", "--no-progress", "--group-by", "practice_area"], simulator)
            try await poll("the first page of matters") {
                try simulator.requests().contains { $0.isPage && $0.path.hasSuffix("/matters.json") }
            }
            let shots = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_SHOTS"]
            let seen = try await sandbox.tool(
                "python3", [Programs.script("statuspage.py"), page, "smith"] + (shots.map { [$0] } ?? []))
            #expect(seen.hasPrefix("ok: "), "\(seen)")
            let first = await run.wait()
            #expect(first.code == 130)

            // What runs now was started by the page; a second one is told so, and the first goes on without the page.
            let status = try await sandbox.cliosync(["status", "--connection", "smith", "--json"], nil)
            #expect(["INITIALIZING", "IN_PROGRESS"].contains(try status.report().job?.status))
            process.send(SIGTERM)
            let ending = await process.wait()
            #expect(ending.code == 0, "\(ending.stderr)")
            try await sandbox.control(simulator, "latency?value=0")
            try await sandbox.control(simulator, "limit?value=100000")
            try await poll("the resumed sync to end") {
                let status = try await sandbox.cliosync(["status", "--connection", "smith", "--json"], nil)
                try await Task.sleep(for: .milliseconds(200))
                return try status.report().job?.status == "COMPLETED"
            }
            let matters = try await sandbox.query("SELECT count(*) FROM matters", "databases/smith.sqlite")
            #expect(Int(matters) ?? 0 > 1_400)
        }
    }

    @Test("metrics, JSON and page say what the command says", .gate)
    func thePageSaysWhatTheCommandSays() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000", "--defects", "0.02"])
            try await sandbox.cliosync(["run", "--connection", "smith", "--no-progress"], simulator).expect(0)
            let (page, process) = try await serve(sandbox, nil)
            let metrics = try await sandbox.tool("curl", ["-sS", page + "/metrics"])
            #expect(metrics.contains("cliosync_job_progress_ratio{connection=\"smith\"} 1\n"))
            try sandbox.write(metrics, to: "metrics.txt")
            let lint = try await sandbox.tool("sh", ["-c", "promtool check metrics < metrics.txt"])
            #expect(lint.isEmpty, "\(lint)")

            let status = try await sandbox.cliosync(["status", "--connection", "smith", "--json"], nil)
            let json = try await sandbox.tool("curl", ["-sS", page + "/api/status/smith"])
            let own = try status.report()
            let other = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
            #expect(other.job?.status == own.job?.status && other.job?.synced_items == own.job?.synced_items)
            #expect(other.job?.features_available == own.job?.features_available)
            for entity in own.entities {
                let same = other[entity.phase, entity.entity]
                #expect(same?.loaded == entity.loaded && same?.expected == entity.expected, "\(entity.entity)")
                #expect(same?.rejected == entity.rejected && same?.warned == entity.warned, "\(entity.entity)")
                #expect(same?.extracted == entity.extracted && same?.status == entity.status, "\(entity.entity)")
            }
            _ = try await sandbox.python("glance.py", page + "/firms/smith", "smith")

            // What an operator decides on the page is what `review` decides.
            let firm = try await sandbox.tool("curl", ["-sS", page + "/firms/smith"])
            let jar = sandbox.folder + "/cookies"
            var flagged = ""
            // The first rules may be those of records without an id, which cannot be decided.
            for link in firm.matches(of: /"(\/firms\/smith\/flagged\?[^"]*)"/) where !flagged.contains("name=\"id\"") {
                flagged = try await sandbox.tool(
                    "curl", ["-sS", "-c", jar, page + link.1.replacing("&amp;", with: "&")])
            }
            let token = try #require(flagged.firstMatch(of: /name="csrf" value="([^"]*)"/)?.1)
            let id = try #require(flagged.firstMatch(of: /name="id" value="([^"]*)"/)?.1)
            let fields = ["phase", "entity", "rule", "path"].flatMap { name -> [String] in
                let value = flagged.components(separatedBy: "name=\"\(name)\" value=\"").dropFirst().first ?? ""
                return ["--data-urlencode", "\(name)=\(value.prefix { $0 != "\"" })"]
            }
            let said = try await sandbox.tool(
                "curl",
                ["-sSL", "-b", jar, "-d", "csrf=\(token)&action=reject&id=\(id)&note=seen"] + fields
                    + [page + "/firms/smith/actions"])
            #expect(said.contains("1 record rejected.") && said.contains("waits for the next sync: seen"))
            let decisions = String(decoding: sandbox.read("staging/smith/decisions.ndjson"), as: UTF8.self)
            #expect(decisions.contains("\"reject\"") && decisions.contains("\"note\":\"seen\""), "\(decisions)")
            process.send(SIGINT)
            #expect(await process.wait().code == 0)
        }
    }

    @Test(
        "the list, a firm, its flagged records and its report are accessible, with and without JavaScript", .deep(.page)
    )
    func accessible() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000", "--defects", "0.05"])
            try await sandbox.cliosync(["run", "--connection", "smith", "--no-progress"], simulator).expect(0)
            try FileManager.default.createDirectory(
                atPath: sandbox.folder + "/connections", withIntermediateDirectories: true)
            for name in ["jones", "lee"] { try sandbox.write("CLIO_ACCESS_TOKEN=x\n", to: "connections/\(name).env") }
            let (page, _) = try await serve(sandbox, nil)
            let seen = try await sandbox.python("accessible.py", page, "smith")
            #expect(seen.hasPrefix("ok: "), "\(seen)")
        }
    }

    @Test("a real Prometheus scrapes the metrics", .deep(.peers))
    func beforePrometheus() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000", "--defects", "0.02"])
            try await sandbox.cliosync(["run", "--connection", "smith", "--no-progress"], simulator).expect(0)
            let token = "0123456789abcdef-metrics"
            let (page, _) = try await serve(sandbox, nil, ["--token", token])
            let seen = try await sandbox.python(
                "prometheus.py", page, token, "cliosync_entity_loaded_records{entity=\"matters\"}")
            #expect(Int(seen.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 100, "\(seen)")
        }
    }

    @Test("the page listens on this machine only, and a link needs a secret", .gate)
    func unsafeOptions() async throws {
        try await Sandbox.use { sandbox in
            let open = try await sandbox.cliosync(["serve", "--host", "0.0.0.0"], nil)
            open.expect(2)
            #expect(open.stderr.contains("through a proxy"))
            let socket = sandbox.folder + "/page.sock"
            let page = try sandbox.start(["serve", "--socket", socket, "--staging", "nostaging"], nil)
            try await poll("the socket") { FileManager.default.fileExists(atPath: socket) || !page.isRunning }
            let health = try await sandbox.tool(
                "curl",
                ["-s", "--retry", "5", "--retry-all-errors", "--unix-socket", socket, "http://localhost/healthz"])
            #expect(health == "ok\n")
            page.send(SIGTERM)
            let served = await page.wait()
            #expect(served.code == 0)
            #expect(served.stderr.contains("nostaging: there is no such folder"), "\(served.stderr)")
            #expect(!FileManager.default.fileExists(atPath: socket))
            try sandbox.write("CLIO_REGION=us\n", to: "connections/smith.env")
            try await sandbox.cliosync(["serve", "--print-link", "smith"], nil).expect(2)
            let unknown = try await sandbox.cliosync(
                ["serve", "--print-link", "smyth"], nil, settings: ["SYNC_STATUS_LINK_SECRET": "0123456789abcdef"])
            unknown.expect(2)
            #expect(unknown.stderr.contains("there is no firm smyth here") && unknown.stderr.contains("\"smith\"?"))
            try await sandbox.cliosync(["serve", "--public-url", "status.example.com"], nil).expect(2)
            let link = try await sandbox.cliosync(
                ["serve", "--print-link", "smith", "--public-url", "https://status.example.com"], nil,
                settings: ["SYNC_STATUS_LINK_SECRET": "0123456789abcdef"])
            link.expect(0)
            #expect(link.stdout.hasPrefix("https://status.example.com/firms/smith?expires="))
        }
    }
}
