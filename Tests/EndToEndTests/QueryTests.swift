import Foundation
import Testing

/// The queries of docs/queries.md answer their questions: the right answers come from the raw lines alone.
@Suite(.timeLimit(.minutes(40)))
struct QueryTests {
    private static let isSkipped = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_SKIP_PEERS"] != nil

    @Test(.gate) func sqliteAnswersTheQuestionsOfAnAnalyst() async throws {
        try await ask("sqlite", Programs.tool("python3"))
    }

    @Test(.deep(.peers), .disabled(if: isSkipped)) func duckDBAnswersThemTooAndWritesParquet() async throws {
        try await ask("duckdb", Programs.repository + "/.build/peers/bin/python")
    }

    private func ask(_ program: String, _ python: String) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "small", "--matters", "60", "--contacts", "120", "--calendar-entries", "60", "--tasks", "60",
                "--documents", "100", "--activities", "400", "--limit", "100000",
            ])
            let phases = "core,supporting,historical,extended,billing"
            try await sandbox.cliosync(["run"], simulator, settings: ["SYNC_PHASES": phases]).expect(0)
            let script = [
                "-B", Programs.script("queries.py"), program, Programs.repository + "/docs/queries.md",
                "databases/default.sqlite", "staging/default", "2025-06-12",
            ]
            // DuckDB unpacks its extension below the home folder.
            let said = try await sandbox.tool("env", ["HOME=\(sandbox.folder)/home", python] + script)
            let lines = said.split(separator: "\n")
            #expect(lines.allSatisfy { $0.hasPrefix("ok ") })
            #expect(lines.count { $0.hasPrefix("ok question ") } == 30)
            #expect(program == "sqlite" || said.contains("ok Parquet files of all tables"))
        }
    }
}
