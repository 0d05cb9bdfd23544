import Foundation
import Testing

/// What a terminal gets, narrow and plain ones too; `script` makes one.
@Suite(.timeLimit(.minutes(40)))
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

    /// When a line is due is tested with a clock that is turned; here, what a pipe gets of a real run.
    @Test(.deep(.commands)) func aPipeGetsALineAtEveryChangeWithTimeAndFirm() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "300", "--contacts", "300", "--latency", "2500", "--limit", "100000",
            ])
            let run = try await sandbox.cliosync(["run", "--phase", "core", "--connection", "smith"], simulator)
            run.expect(0)
            let lines = run.stderr.split(separator: "\n").filter { $0.hasPrefix("progress: ") }
            #expect(lines.count > 1)
            for line in lines {
                #expect(line.contains(#/^progress: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ smith: /#), "\(line)")
            }
            #expect(lines.contains { $0.contains(" % fetched, ") && $0.contains("extract core/matters ") })
        }
    }

    /// The view of a run in a terminal of twelve rows, whole: what is drawn never leaves the terminal.
    @Test(.deep(.commands), arguments: [40, 80, 200]) func aRunFitsATerminalOfAnyWidth(_ columns: Int) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--latency", "500", "--limit", "100000"])
            let text = try await terminal(
                sandbox,
                "NO_COLOR=1 CLIO_BASE_URL=\(simulator.address) CLIO_ACCESS_TOKEN=\(Simulator.token) cliosync run 2>&1 >/dev/null",
                columns: columns)
            let drawn = text.split(separator: "\n").filter {
                $0.hasPrefix("\r\(Self.escape)[2K") || $0.contains("\(Self.escape)[2K")
            }
            #expect(drawn.count > 5, "\(text.debugDescription)")
            for line in drawn {
                let shown = line.replacing(/\u{1B}\[[0-9]*[A-Z]/, with: "").replacing("\r", with: "")
                #expect(shown.count < columns, "\(shown)")
            }
            #expect(drawn.contains { $0.contains(" % fetched") })
        }
    }
}
