import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The examples of docs/automation.md, each under its scheduler, or as that would run it.
@Suite(.timeLimit(.minutes(40)))
struct AutomationTests {
    private let page: DocumentBlocks

    init() throws { page = try DocumentBlocks("docs/automation.md") }

    /// The text of the only block of its kind, with this folder in place of the page's.
    private func block(_ kind: String, _ sandbox: Sandbox) throws -> String {
        let found = page.blocks.filter { $0.kind == kind }
        try #require(found.count == 1, "\(kind)")
        return found[0].text.replacing("/var/lib/cliosync", with: sandbox.folder)
    }

    /// A firm, and how a scheduler's shell is started.
    private func firm(
        _ options: [String] = [],
        _ body: (Sandbox, Simulator, _ shell: (String, [String]) async throws -> String) async throws
            -> Void
    ) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"] + options)
            try sandbox.write(
                "CLIO_BASE_URL=\(simulator.address)\nCLIO_ACCESS_TOKEN=\(Simulator.token)\n",
                to: "connections/smith.env")
            let bin = (Programs.cliosync as NSString).deletingLastPathComponent
            let variables = sandbox.environment([
                "PATH": "\(bin):/usr/bin:/bin", "GITHUB_OUTPUT": "github.out", "GITHUB_STEP_SUMMARY": "github.md",
            ])
            try await body(sandbox, simulator) { script, shell in
                try sandbox.write(script, to: "script")
                let words = ["-i", "-C", sandbox.folder] + variables.map { "\($0.key)=\($0.value)" } + shell
                return try await sandbox.tool("env", words + ["script"])
            }
        }
    }

    /// It mails what is printed: nothing, unless a person is needed.
    @Test(.deep(.commands)) func cron() async throws {
        try await firm { sandbox, simulator, shell in
            let lines = try block("cron", sandbox).split(separator: "\n").filter { $0.hasPrefix("0 19 * * *") }
            let command = try #require(lines.first).dropFirst("0 19 * * *".count)
            #expect(try await shell("\(command)\n", ["sh"]).isEmpty)
            #expect(try await sandbox.query("SELECT count(*) FROM matters", "databases/smith.sqlite") == "300")
            // Outside of its hours, and while another process works: nothing to mail.
            try sandbox.write(
                "CLIO_BASE_URL=\(simulator.address)\nCLIO_ACCESS_TOKEN=wrong\n", to: "connections/smith.env")
            let mail = try await shell("\(command.replacing("cliosync run", with: "cliosync run --force"))\n", ["sh"])
            #expect(mail.contains("CLIO_ACCESS_TOKEN") && !mail.contains("wrong\n"), "\(mail)")
        }
    }

    @Test(.deep(.commands)) func aUnitOfOnesOwn() async throws {
        try await firm { sandbox, _, shell in
            let unit = try block("ini", sandbox)
            try sandbox.write(
                unit.replacing("/usr/bin/cliosync", with: Programs.cliosync).replacing(
                    "User=cliosync", with: "User=nobody"),
                to: "smith.service")
            _ = try await sandbox.tool("systemd-analyze", ["verify", "--man=no", sandbox.folder + "/smith.service"])
            let start = try #require(unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=/usr/bin/") })
            _ = try await shell(String(start.dropFirst("ExecStart=/usr/bin/".count)) + "\n", ["sh"])
            #expect(try await sandbox.query("SELECT count(*) FROM matters", "databases/smith.sqlite") == "300")
        }
    }

    /// Each step as a runner starts it.
    @Test(.deep(.commands)) func gitHubActions() async throws {
        try await firm { sandbox, _, shell in
            let lines = try block("yaml", sandbox).split(separator: "\n", omittingEmptySubsequences: false)
            var steps: [String] = []
            var indent: Int?
            for line in lines {
                let depth = line.prefix { $0 == " " }.count
                if line.hasSuffix("run: |") {
                    steps.append("")
                    indent = depth + 2
                } else if let least = indent, depth >= least {
                    steps[steps.count - 1] += line.dropFirst(least) + "\n"
                } else {
                    indent = nil
                }
            }
            #expect(steps.count == 2)
            for step in steps { _ = try await shell(step, ["bash", "--noprofile", "--norc", "-eo", "pipefail"]) }
            #expect(String(decoding: sandbox.read("github.out"), as: UTF8.self) == "code=0\n")
            let summary = String(decoding: sandbox.read("github.md"), as: UTF8.self)
            #expect(summary.hasPrefix("COMPLETED: ") && summary.hasSuffix(" rows\n"), "\(summary)")
        }
    }

    @Test(.deep(.commands)) func otherSchedulers() async throws {
        try await firm { sandbox, simulator, shell in
            let examples = page.of("Other schedulers", kind: "sh").map(\.text)
            #expect(examples.count == 2)
            #expect(try await shell(examples[0], ["sh", "-eu"]).contains("\"COMPLETED\""))
            _ = try await shell(examples[1], ["sh", "-eu"])
            #expect(String(decoding: sandbox.read("verify.json"), as: UTF8.self).contains("\"ok\":true"))
            // Another process has the lock: later.
            try await sandbox.control(simulator, "hold?value=3")
            let before = try simulator.lists()
            let other = try sandbox.start(["extract", "--force", "--connection", "smith"], simulator)
            try await poll("the other process") { try simulator.lists() > before || !other.isRunning }
            #expect(other.isRunning)
            _ = try await shell(
                "sh -eu -c '\(examples[0].replacing("'", with: "'\\''"))' || [ $? = 75 ]\n", ["sh", "-eu"])
            other.send(SIGKILL)
        }
    }

    /// By Airflow's own operators; `scripts/setup airflow` installs them.
    @Test(.deep(.commands), arguments: ["run", "skip", "stop"]) func airflow(_ what: String) async throws {
        let python =
            ProcessInfo.processInfo.environment["CLIOSYNC_AIRFLOW_PYTHON"]
            ?? Programs.repository + "/.build/airflow/bin/python"
        try await firm(what == "stop" ? ["--latency", "200"] : []) { sandbox, simulator, shell in
            if what == "skip" {
                let hour = Calendar(identifier: .gregorian).dateComponents(in: .gmt, from: Date()).hour ?? 0
                try sandbox.write(
                    "CLIO_BASE_URL=\(simulator.address)\nCLIO_ACCESS_TOKEN=\(Simulator.token)\n"
                        + String(format: "SYNC_WINDOW=%02d:00-%02d:00 UTC\n", (hour + 12) % 24, (hour + 13) % 24),
                    to: "connections/smith.env")
            }
            let said = try await shell(
                "exec '\(python)' '\(Programs.script("airflow_example.py"))' '\(Programs.repository)/docs/automation.md' \"$PWD\" \(what)\n",
                ["sh"])
            #expect(said.contains("as wanted: \(what)"), "\(said.suffix(3000))")
            if what == "run" {
                let status = try await sandbox.cliosync(["status", "--connection", "smith", "--json"], nil)
                #expect(try status.report().job?.status == "COMPLETED")
            }
        }
    }
}
