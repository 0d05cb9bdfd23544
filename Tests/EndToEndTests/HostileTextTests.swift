import Foundation
import Testing

/// Text of others that a terminal or a page would obey is shown as text.
@Suite(.timeLimit(.minutes(40)))
struct HostileTextTests {
    private static let choice = ["--phase", "core", "--entity", "matters"]
    /// Escapes of JSON, which the program turns into the characters themselves.
    private static let escaped = #"\u001b]0;pwned\u0007<img src=x onerror=alert(1)>\u202egnp\u009b31m\u0000\r"#
    /// The same as bytes, as far as JSON allows them.
    private static let bare = "\u{202E}\u{9B}31m\u{2066}\u{2028}\u{7F}"

    private static var records: [String] {
        let long = String(repeating: "A", count: 100_000)
        return [
            #"{"id":1,"display_number":"\#(escaped)","status":"\#(escaped)","updated_at":"2026-01-02T03:04:05Z"}"#,
            #"{"id":2,"display_number":"\#(bare)","status":"\#(bare)","description":"\#(long)","#
                + #""updated_at":"2026-01-02T03:04:05Z"}"#,
            #"{"id":"\#(escaped)","display_number":"3","status":"Open"}"#,
            #"{"id":4,"\#(escaped)":1,"\#(bare)":2,"display_number":null,"status":"\#(long)"}"#,
            #"{"id":5,"open_date":"\#(escaped)","display_number":"5","updated_at":"2026-01-02T03:04:05Z"}"#,
            "{\"id\":6,\"display_number\":\"\u{1B}[2J\",\"status\":\"Open\"}",
        ]
    }

    /// Characters that a terminal obeys.
    private func commands(_ text: String) -> [String] {
        text.unicodeScalars.filter { scalar in
            switch scalar.value {
            case 0..<9, 11..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
            default: false
            }
        }.map { String($0.value, radix: 16) }
    }

    @Test(.gate) func nothingInRecordsAndArgumentsReachesTheTerminal() async throws {
        try await Sandbox.use { sandbox in
            try sandbox.write(Self.records.map { $0 + "\n" }.joined(), to: "matters.ndjson")
            try await sandbox.cliosync(["staged", "import"] + Self.choice + ["matters.ndjson"], nil).expect(0)
            let hostile = "\u{1B}[31m<b>\u{9B}\u{202E}"
            var shown = 0
            for (arguments, code) in [
                (["transform", "--log-level", "trace"] + Self.choice, 0 as Int32),
                (["transform", "--force", "--log-level", "trace", "--log-format", "json"] + Self.choice, 0),
                (["load", "--datasette", "--json"] + Self.choice, 0), (["review", "ls"], 0),
                (["review", "ls", "--json"], 0), (["review", "show", "matters", "1"], 0),
                (["review", "show", "matters", "4"], 0), (["review", "show", "matters", "2", "--json"], 0),
                (["trace", "matters", "1"], 0), (["trace", "matters", "2", "--json"], 0),
                (["staged", "stats", "--show-values"] + Self.choice, 0), (["staged", "stats", "--json"], 0),
                (["trace", "matters", hostile], 1), (["review", "show", "matters", hostile], 1),
                (["status", hostile], 2), (["run", "--connection", hostile], 2), (["run", "--phase", hostile], 2),
                (["staged", "cat", "--where", hostile], 2), ([hostile], 2), (["--\(hostile)"], 2),
                (["load", "--pipelines", hostile], 2),
            ] {
                let ending = try await sandbox.cliosync(arguments, nil)
                #expect(ending.code == code, "\(arguments.map(\.debugDescription)): \(ending.stderr.debugDescription)")
                let found = commands(ending.stdout + ending.stderr)
                #expect(found.isEmpty, "\(arguments.map(\.debugDescription)): \(Set(found))")
                shown += ending.stdout.contains("\\u{1b}]0;pwned\\u{7}") ? 1 : 0
            }
            #expect(shown >= 2, "the text itself is shown")
            // A table stays one, however long a value is.
            let stats = try await sandbox.cliosync(["staged", "stats", "--show-values"] + Self.choice, nil)
            #expect((stats.stdout.split(separator: "\n").map(\.count).max() ?? 0) < 2_000)
            let metadata = String(decoding: sandbox.read("databases/default.metadata.json"), as: UTF8.self)
            #expect(metadata.contains("matters") && commands(metadata).isEmpty)
        }
    }

    @Test(.gate) func aPipeGetsTheStagedBytesAndATerminalGetsText() async throws {
        try await Sandbox.use { sandbox in
            let lines = Self.records.map { $0 + "\n" }.joined()
            try sandbox.write(lines, to: "matters.ndjson")
            try await sandbox.cliosync(["staged", "import"] + Self.choice + ["matters.ndjson"], nil).expect(0)
            let piped = try await sandbox.cliosync(["staged", "cat"] + Self.choice, nil)
            let unpacked = try await sandbox.tool(
                "sh", ["-c", "cd \(sandbox.folder) && zcat staging/default/core/raw/matters/*.ndjson.gz"])
            #expect(piped.stdout == unpacked && piped.stdout == lines)
            for command in ["staged cat", "staged head -n 6"] {
                // `script` gives the program a terminal.
                let seen = try await sandbox.tool(
                    "script",
                    [
                        "-qec",
                        "cd \(sandbox.folder) && \(Programs.cliosync) \(command) \(Self.choice.joined(separator: " "))",
                        "/dev/null",
                    ])
                #expect(seen.contains("\\u{1b}[2J") && seen.contains("\\u{202e}"))
                #expect(commands(seen.replacing("\r\n", with: "\n")).isEmpty)
            }
        }
    }
}
