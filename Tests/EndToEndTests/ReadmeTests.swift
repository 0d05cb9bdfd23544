import Foundation
import Testing

/// What README.md tells a newcomer to type works as it is written there.
@Suite(.timeLimit(.minutes(20)))
struct ReadmeTests {
    private let text: String

    init() throws { text = try String(contentsOfFile: "\(Programs.repository)/README.md", encoding: .utf8) }

    private func blocks(_ language: String) -> [String] {
        text.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
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
            for line in blocks("sh").joined(separator: "\n").split(separator: "\n") {
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
