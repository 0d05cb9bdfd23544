import Foundation
import TestSupport
import Testing

/// A second double of Clio, written from Clio's documents alone: what the first one and the product may both have got wrong
/// shows here. It judges every request, and compares the database with its own records, field by field.
@Suite(.timeLimit(.minutes(40)))
struct OtherDoubleTests {
    private static let script = "other_clio.py"

    /// How the product is run against a variant, and what must come of it.
    private struct Expectation: Decodable {
        let exit: [Int32]
        let environment: [String: String]
        let arguments: [String]
        let says: String
        let allow: [String]?
    }

    private struct Verdict: Decodable {
        /// Rules that requests broke, and how often.
        let requests: [String: Int]
        let request_examples: [String: String]
        /// What is wrong in the database, and how often.
        let database: [String: Int]
        let database_examples: [String: String]
        let cells: Int
    }

    private func judge(_ address: String, _ sandbox: Sandbox) async throws -> Verdict {
        let text = try await sandbox.python(Self.script, "judge", address, "databases/default.sqlite")
        return try JSONDecoder().decode(Verdict.self, from: Data(text.utf8))
    }

    private func run(
        _ variant: String, _ sandbox: Sandbox
    ) async throws -> (address: String, ending: ChildProcess.Ending, expected: Expectation) {
        let text = try await sandbox.python(Self.script, "expect", variant)
        let expected = try JSONDecoder().decode(Expectation.self, from: Data(text.utf8))
        let address = try await sandbox.server(Self.script, "serve", variant)
        let settings = ["CLIO_BASE_URL": address, "CLIO_ACCESS_TOKEN": "first-token-0123456789abcdef"]
        let ending = try await sandbox.cliosync(
            ["run", "--json", "--no-progress"] + expected.arguments, nil,
            settings: settings.merging(expected.environment) { $1 })
        return (address, ending, expected)
    }

    /// A day on which much goes wrong; the deep lane tries every variant.
    @Test(.gate) func anotherClioIsReadCompletely() async throws { try await read("day-trouble") }

    @Test(.deep(.double), arguments: variants())
    func anotherClioIsReadCompletelyAndByItsRules(_ variant: String) async throws {
        try await Sandbox.use { sandbox in
            _ = try await sandbox.python(Self.script, "try", Programs.cliosync, Programs.pipelines, variant)
        }
    }

    /// What the script lists; `CLIOSYNC_E2E_VARIANTS` chooses some, separated by commas.
    private static func variants() -> [String] {
        guard Lane.current == .double else { return [] }
        if let some = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_VARIANTS"] {
            return some.split(separator: ",").map(String.init)
        }
        let listed = Tool.runBlocking("python3", ["-B", Programs.script(script), "list"]).text
        return listed.split(separator: "\n").map(String.init)
    }

    private func read(_ variant: String) async throws {
        try await Sandbox.use { sandbox in
            let (address, ending, expected) = try await run(variant, sandbox)
            #expect(ending.code.map(expected.exit.contains) == true, "\(ending.stderr.suffix(1500))")
            #expect(ending.stderr.contains(expected.says) || expected.says.isEmpty)
            let report = try ending.report()
            #expect(report.verify?.ok == true)
            let verdict = try await judge(address, sandbox)
            #expect(verdict.database.isEmpty, "\(verdict.database_examples)")
            let broken = verdict.requests.filter { expected.allow?.contains($0.key) != true }
            #expect(broken.isEmpty, "\(verdict.request_examples)")
            #expect(verdict.cells > 50_000)
        }
    }

    /// The judge itself: it sees one cell, one row and one request too many.
    @Test(.deep(.double)) func theJudgeSeesWhatIsWrong() async throws {
        try await Sandbox.use { sandbox in
            let (address, ending, _) = try await run("exact", sandbox)
            ending.expect(0)
            let before = try await judge(address, sandbox)
            #expect(before.database.isEmpty && before.requests.isEmpty)
            _ = try await sandbox.query(
                """
                UPDATE matters SET updated_at = '2020-01-01T00:00:00Z' WHERE id = (SELECT min(id) FROM matters);
                DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks);
                """)
            let call = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"
            let asked = "/api/v4/tasks.json?limit=200&fields=id,secret&since=2020"
            _ = try? await sandbox.tool(
                "python3", ["-c", call, address + "/api/v4/users.json?limit=1&order=id(asc)&q=1"], mayFail: true)
            _ = try? await sandbox.tool("python3", ["-c", call, address + asked], mayFail: true)
            let after = try await judge(address, sandbox)
            #expect(Set(after.database.keys) == ["matters.updated_at", "tasks: rows are missing"])
            #expect(
                Set(after.requests.keys).isSuperset(of: [
                    "no bearer", "no user agent", "unknown parameter", "unknown field", "no order=id(asc)",
                ]))
        }
    }
}
