import Foundation
import Testing

/// What README.md tells a newcomer to type works as it is written there.
@Suite(.timeLimit(.minutes(40)))
struct ReadmeTests {
    private let text: String

    init() throws { text = try Self.read("README.md") }

    private static func read(_ page: String) throws -> String {
        try String(contentsOfFile: "\(Programs.repository)/\(page)", encoding: .utf8)
    }

    private func blocks(_ language: String, of page: String? = nil) throws -> [String] {
        try (page.map(Self.read) ?? text).components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    @Test(.gate) func everyShellBlockRunsAsWritten() async throws {
        let makefile = try String(contentsOfFile: "\(Programs.repository)/Makefile", encoding: .utf8)
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            // Who edits .env writes a token into it.
            try sandbox.write(
                "#!/bin/sh\nprintf 'CLIO_BASE_URL=%s\\nCLIO_ACCESS_TOKEN=%s\\n' \(simulator.address) \(Simulator.token) >>\"$1\"\n",
                to: "editor")
            let bin = (Programs.cliosync as NSString).deletingLastPathComponent
            var script = "set -eu\nchmod +x editor\nexport HOME=$PWD EDITOR=$PWD/editor PATH=\(bin):$PATH\n"
            var commands = 0
            for line in try blocks("sh").joined(separator: "\n").split(separator: "\n") {
                let words = line.split(separator: " ")
                if words.first == "make" {
                    #expect(makefile.contains("\n\(words[1]): ") || makefile.contains("\n\(words[1]):\n"), "\(line)")
                    continue
                }
                // A browser is AuthTests' business, and a token needs no login.
                if line.hasPrefix("cliosync auth login") { continue }
                script += "echo \"$ \"'\(words.prefix(4).joined(separator: " ").replacing("'", with: ""))'\n\(line)\n"
                commands += 1
            }
            #expect(commands > 12)
            try sandbox.write(script, to: "readme.sh")
            let seen = try await sandbox.tool(
                "env", ["-C", sandbox.folder, "bash", "-o", "pipefail", "readme.sh"])
            for result in ["display_number", "COMPLETED: ", "all ", " checks agree"] {
                #expect(seen.contains(result), "\(result) is not in \(seen.suffix(3_000))")
            }
        }
    }

    @Test("every command and every query of the page about refresh runs", .deep(.commands))
    func theRefreshPageRunsAsWritten() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try sandbox.write(
                "CLIO_BASE_URL=\(simulator.address)\nCLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: ".env")
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: "connections/smith.env")
            let bin = (Programs.cliosync as NSString).deletingLastPathComponent
            let lines = try blocks("sh", of: "docs/refresh.md")
            #expect(lines.count > 2)
            let script =
                "set -eu\nexport HOME=$PWD PATH=\(bin):$PATH\ncliosync init\ncliosync run\ncliosync run --connection smith\n"
                + lines.joined(separator: "\n") + "\n"
            try sandbox.write(script, to: "refresh.sh")
            _ = try await sandbox.tool("env", ["-C", sandbox.folder, "bash", "-o", "pipefail", "refresh.sh"])
            let queries = try blocks("sql", of: "docs/refresh.md")
            #expect(queries.count == 2)
            var answers: [String] = []
            for query in queries {
                answers.append(
                    try await sandbox.tool(
                        "sqlite3", [sandbox.folder + "/databases/default.sqlite", ".parameter set :last 0", query]))
            }
            #expect(answers.first?.contains("|reloaded|") == true && answers.last == "0\n", "\(answers)")
        }
    }

    @Test(.gate) func everyLinkLeadsToAFile() throws {
        var links = 0
        for page in ["README.md", "CONTRIBUTING.md"] + (try documents()) {
            let folder = (page as NSString).deletingLastPathComponent
            let text = try String(contentsOfFile: "\(Programs.repository)/\(page)", encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) where !match.1.contains("://") {
                links += 1
                let target = "\(Programs.repository)/\(folder)/\(match.1)"
                #expect(FileManager.default.fileExists(atPath: target), "\(page): \(match.1)")
            }
        }
        #expect(links > 15)
    }

    private func documents() throws -> [String] {
        let folder = "\(Programs.repository)/docs"
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".md") }.map {
            "docs/\($0)"
        }
    }
}
