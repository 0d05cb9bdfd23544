import Foundation
import Testing

/// `doctor`: what could go wrong is said before it does.
@Suite(.timeLimit(.minutes(40)))
struct DoctorTests {
    struct Visit: Decodable {
        struct Finding: Decodable {
            let check: String
            let state: String
            let message: String
            let remedy: String?
        }

        let ok: Bool
        let requests: Int
        let findings: [Finding]

        func all(_ state: String) -> [Finding] { findings.filter { $0.state == state } }
        func has(_ state: String, _ check: String, _ words: String) -> Bool {
            findings.contains { $0.state == state && $0.check == check && $0.message.contains(words) }
        }
    }

    private func visit(
        _ sandbox: Sandbox, _ simulator: Simulator?, _ code: Int32, _ arguments: [String] = [],
        settings: [String: String] = [:]
    ) async throws -> Visit {
        let ending = try await sandbox.cliosync(["doctor", "--json"] + arguments, simulator, settings: settings)
        #expect(ending.code == code, "\(ending.stdout) \(ending.stderr)")
        let visit = try JSONDecoder().decode(Visit.self, from: Data(ending.stdout.utf8))
        for finding in visit.findings where finding.state != "ok" {
            #expect(finding.remedy?.isEmpty == false, "\(finding.message) has no remedy")
        }
        #expect(!ending.stdout.contains(Simulator.token))
        return visit
    }

    @Test(.gate) func aHealthySetUpTakesFewRequestsAndNothingIsMade() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small"])
            let healthy = try await visit(sandbox, simulator, 0)
            #expect(healthy.ok && healthy.all("fail").isEmpty)
            #expect(!healthy.findings.contains { $0.check == "fields" }, "\(healthy.all("warn"))")
            let requests = try simulator.requests()
            #expect(requests.count == healthy.requests && requests.count == 10)
            #expect(requests.allSatisfy { $0.status == 200 && !$0.isPage })
            #expect(healthy.findings.filter { $0.check == "access" }.count == 9)
            #expect(healthy.has("ok", "limit", "50 requests a minute"))
            #expect(healthy.has("ok", "clock", "agrees"))
            for made in ["staging", "databases"] {
                #expect(!FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(made)"))
            }
            let text = try await sandbox.cliosync(["doctor"], simulator)
            text.expect(0)
            #expect(text.stdout.contains("healthy") && text.stdout.contains("warn  token"))
        }
    }

    @Test(.gate) func everyListOfEveryPhaseIsAskedForOnce() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            let phases = ["SYNC_PHASES": "core,supporting,historical,extended,billing"]
            let everything = try await visit(sandbox, simulator, 0, settings: phases)
            #expect(everything.findings.filter { $0.check == "access" && $0.state == "ok" }.count == 34)
            #expect(everything.requests == 34 + 1)
            #expect(everything.all("warn").map(\.check) == ["token"], "\(everything.all("warn"))")
        }
    }

    @Test(.gate) func bothShapesOf401AreToldApart() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            let old = try await visit(sandbox, simulator, 4, settings: ["CLIO_ACCESS_TOKEN": "of-another-region"])
            #expect(old.has("fail", "token", "invalid_token") && old.has("fail", "token", "region"))
            let torn = try await visit(sandbox, simulator, 4, settings: ["CLIO_ACCESS_TOKEN": "two words"])
            #expect(torn.has("fail", "token", "not whole"))
            let none = try await visit(sandbox, simulator, 4, settings: ["CLIO_ACCESS_TOKEN": ""])
            #expect(none.has("fail", "token", "there is none"))
            #expect(none.requests == 0)
        }
    }

    @Test(.gate) func whatClioForbidsAndRefusesIsNamed() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000", "--forbid", "tasks"])
            let path = "pipelines/core.yaml"
            let core = String(decoding: sandbox.read(path), as: UTF8.self)
            try sandbox.write(
                core.replacing("      - custom_number\n", with: "      - custom_number\n      - shoe_size\n"), to: path)
            let found = try await visit(sandbox, simulator, 1)
            #expect(found.has("fail", "access", "supporting/tasks: forbidden"))
            #expect(
                found.has("warn", "fields", "core/matters: Clio refuses the field shoe_size"), "\(found.all("warn"))")
            let line = core.split(separator: "\n", omittingEmptySubsequences: false)
                .firstIndex(of: "      - custom_number").map { $0 + 2 }
            let refused = found.findings.first { $0.message.contains("shoe_size") }?.remedy ?? ""
            #expect(refused.contains("pipelines/core.yaml:\(line ?? 0);"), "\(refused)")
            let remedy = found.findings.first { $0.check == "access" && $0.state == "fail" }?.remedy ?? ""
            #expect(remedy.contains("role") && remedy.contains("scope"))
        }
    }

    @Test(.gate) func newFieldsOfClioAreNamedWithTheLineToChange() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000", "--unknown-fields"])
            let found = try await visit(sandbox, simulator, 0)
            let core = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            let lines = core.split(separator: "\n", omittingEmptySubsequences: false)
            let matters = try #require(lines.firstIndex(of: "  matters:"))
            let fields = try #require(lines[matters...].firstIndex(of: "    fields:"))
            let finding = found.findings.first { $0.message.hasPrefix("core/matters: Clio sends x_beta") }
            #expect(finding?.state == "warn" && finding?.check == "fields")
            #expect(finding?.remedy?.contains("pipelines/core.yaml:\(fields + 1), with a column") == true)
        }
    }

    @Test(.gate) func filesDatabaseLocksAndViewsAreLookedAt() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            let sound = try await visit(sandbox, simulator, 0)
            #expect(sound.has("ok", "database", "sound"))
            #expect(sound.has("ok", "permissions", "default.sqlite: for its owner only"))

            _ = try await sandbox.tool("chmod", ["644", "databases/default.sqlite"])
            try sandbox.write("", to: "not-ours.sqlite")
            _ = try await sandbox.tool("sqlite3", ["not-ours.sqlite", "CREATE TABLE mine(x)"])
            let open = try await visit(sandbox, simulator, 0)
            #expect(open.has("warn", "permissions", "mode 644"))
            let foreign = try await visit(sandbox, simulator, 1, ["--database", "not-ours.sqlite"])
            #expect(foreign.has("fail", "database", "was not made by cliosync"))
            let stranger = try await visit(
                sandbox, simulator, 1, ["--database", "databases/default.sqlite", "--connection", "smith"])
            #expect(stranger.has("fail", "database", "belongs to connection default"))

            // Torn in the middle of its pages.
            let path = sandbox.folder + "/databases/default.sqlite"
            var bytes = sandbox.read("databases/default.sqlite")
            bytes.replaceSubrange(20_000..<60_000, with: Data(repeating: 0x55, count: 40_000))
            try bytes.write(to: URL(fileURLWithPath: path))
            let torn = try await visit(sandbox, simulator, 1)
            #expect(torn.all("fail").contains { $0.check == "database" }, "\(torn.findings)")

            let holder = try ChildProcess(
                Programs.tool("flock"),
                ["-n", "staging/default/core/.raw.lock", "sh", "-c", "echo locked; exec sleep 300"],
                environment: ["PATH": "/usr/bin:/bin"], folder: sandbox.folder,
                output: sandbox.folder + "/logs/flock.out")
            defer { holder.send(SIGTERM) }
            try await poll("the lock") { FileManager.default.contents(atPath: holder.output)?.isEmpty == false }
            let locked = try await visit(sandbox, simulator, 1)
            #expect(locked.has("warn", "locks", "another process is at work"))

            let yaml = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            try sandbox.write(
                yaml.replacing("WHERE m.status = 'Open'", with: "WHERE m.state = 'Open'"), to: "pipelines/core.yaml")
            let broken = try await visit(sandbox, simulator, 1)
            #expect(broken.has("fail", "pipelines", "view \"open_matters\""))
            #expect(broken.has("fail", "pipelines", "m.state"))
            // And a run says so before it begins.
            let before = try simulator.requests().count
            let run = try await sandbox.cliosync(["run", "--phase", "core", "--force"], simulator)
            #expect(
                run.code == 2 && run.stderr.contains("core.yaml:") && run.stderr.contains("open_matters"),
                "\(run.stderr)")
            #expect(try simulator.requests().count == before)
        }
    }
}
