import Foundation
import Testing

/// What other people's tools make of the database: sqlite-utils, DuckDB and Datasette, from PyPI (`scripts/setup test`).
@Suite(.timeLimit(.minutes(40)))
struct PeerTests {
    private static let python = Programs.repository + "/.build/peers/bin/python"

    private static let isSkipped = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_SKIP_PEERS"] != nil

    @Test(.gate, .disabled(if: isSkipped)) func otherToolsCountTheSameRows() async throws { try await open("quick") }

    @Test(.deep(.peers), .disabled(if: isSkipped)) func sqliteUtilsDuckDBAndDatasetteOpenTheDatabase() async throws {
        try await open("all")
    }

    private func open(_ depth: String) async throws {
        try #require(
            FileManager.default.fileExists(atPath: Programs.repository + "/.build/peers/installed"),
            "sqlite-utils, DuckDB and Datasette are not installed: run scripts/setup test with PyPI in reach, or set CLIOSYNC_E2E_SKIP_PEERS=1"
        )
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let load = try await sandbox.cliosync(["load", "--datasette"], nil)
            load.expect(0)
            #expect(load.stderr.contains("databases/default.metadata.json"))
            let metadata = "\(sandbox.folder)/databases/default.metadata.json"
            let mode = try FileManager.default.attributesOfItem(atPath: metadata)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let said = try await sandbox.tool(
                Self.python,
                [
                    "-B", Programs.script("peers.py"), "databases/default.sqlite", metadata, sandbox.folder + "/home",
                    depth,
                ])
            #expect(said.split(separator: "\n").allSatisfy { $0.hasPrefix("ok ") })
            #expect(said.contains(depth == "all" ? "ok Datasette labels references" : "ok datasette inspect counts"))
        }
    }
}
