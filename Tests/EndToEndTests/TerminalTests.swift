import Foundation
import Testing

/// What a terminal gets, narrow and plain ones too; `script` makes one.
@Suite(.timeLimit(.minutes(20)))
struct TerminalTests {
    private static let escape = "\u{1B}"

    /// Runs commands of a shell in a terminal of so many columns.
    private func terminal(
        _ sandbox: Sandbox, _ commands: String, columns: Int, _ variables: [String] = []
    ) async throws -> String {
        let shell =
            "cd \(sandbox.folder) && export \((["TERM=xterm"] + variables).joined(separator: " ")) && "
            + "stty cols \(columns) rows 30 && PATH=\((Programs.cliosync as NSString).deletingLastPathComponent):$PATH && \(commands)"
        return try await sandbox.tool("script", ["-qec", shell, "/dev/null"]).replacing("\r\n", with: "\n")
    }

    @Test(.gate) func tablesFitNarrowTerminalsAndColoursStayOutOfPipes() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.05", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            for command in ["status", "staged ls", "review ls"] {
                let narrow = try await terminal(sandbox, "NO_COLOR=1 cliosync \(command)", columns: 40)
                #expect(narrow.contains("\n  "), "\(command): each row is a few lines: \(narrow)")
                // A path may be longer than a line; a table is not.
                #expect((narrow.split(separator: "\n").map(\.count).max() ?? 0) < 80, "\(command): \(narrow)")
                #expect(!narrow.contains(Self.escape), "\(command)")
            }
            let status = try await terminal(sandbox, "NO_COLOR=1 cliosync status", columns: 80)
            #expect(status.split(separator: "\n").allSatisfy { $0.count < 80 }, "\(status)")
            #expect(status.contains("calendar_entries  COMPLETED"), "\(status)")
            let coloured = try await terminal(sandbox, "cliosync status", columns: 80, ["NO_COLOR="])
            #expect(coloured.contains(Self.escape), "\(coloured.debugDescription)")
            for plain in [
                "NO_COLOR=1 cliosync status", "TERM=dumb cliosync status --watch", "NO_COLOR= cliosync status | cat",
            ] {
                #expect(try await !terminal(sandbox, plain, columns: 80).contains(Self.escape), "\(plain)")
            }
        }
    }

    /// Counted, not timed: a line at least every five seconds while the simulator's log says that the run was waiting.
    @Test(.deep(.commands)) func aPipeIsNotSilentWhilePagesTakeTheirTime() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "300", "--contacts", "300", "--latency", "6500", "--limit", "100000",
            ])
            let run = try await sandbox.cliosync(["run", "--phase", "core"], simulator)
            run.expect(0)
            let times = try simulator.requests().map(\.time)
            let seconds = try #require(times.max()) - #require(times.min())
            let lines = run.stderr.split(separator: "\n").filter { $0.hasPrefix("progress: ") }.count
            // A second of grace for each.
            #expect(seconds > 6 && Double(lines) >= (seconds / 6).rounded(.down), "\(lines) lines in \(seconds) s")
        }
    }
}
