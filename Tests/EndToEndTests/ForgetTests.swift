import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A firm leaves: nothing of it stays but a receipt.
@Suite(.timeLimit(.minutes(5)))
struct ForgetTests {
    private struct Receipt: Decodable {
        struct Item: Decodable {
            let kind: String
            let records: Int?
            let sha256: String?
        }
        let state: String
        let connection: String
        let consent: String
        let items: [Item]
    }

    /// Two firms in one folder, each with its settings, its database and an export.
    private func firms(_ sandbox: Sandbox) async throws -> Simulator {
        let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
        for name in ["smith", "jones"] {
            try FileManager.default.createDirectory(
                atPath: sandbox.folder + "/connections", withIntermediateDirectories: true)
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: "connections/\(name).env")
            try await sandbox.cliosync(
                ["run", "--phase", "core", "--connection", name, "--no-progress"], simulator,
                settings: ["CLIO_ACCESS_TOKEN": ""]
            ).expect(0)
        }
        try FileManager.default.createDirectory(
            atPath: sandbox.folder + "/backups", withIntermediateDirectories: true)
        try await sandbox.cliosync(["export", "backups/smith.sqlite", "--connection", "smith"], simulator).expect(0)
        return simulator
    }

    private func receipt(_ sandbox: Sandbox) throws -> Receipt {
        let names = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder + "/receipts")
        #expect(names.count == 1, "\(names)")
        return try JSONDecoder().decode(Receipt.self, from: sandbox.read("receipts/" + (names.first ?? "")))
    }

    @Test(.gate) func nothingOfAFirmStaysButItsReceipt() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await firms(sandbox)
            let value = try await sandbox.query(
                "SELECT display_number FROM matters ORDER BY id LIMIT 1", "databases/smith.sqlite")
            #expect(!value.isEmpty)
            let rows = Int(
                try await sandbox.query("SELECT sum(records) FROM _cliosync_entities", "databases/smith.sqlite"))
            let before = sandbox.stagedFiles()
            let preview = try await sandbox.cliosync(["forget", "smith"], simulator)
            preview.expect(0)
            #expect(preview.stdout.contains("nothing was changed"))
            #expect(sandbox.stagedFiles() == before)
            try await sandbox.cliosync(["forget", "smith", "--yes"], simulator).expect(0)
            let receipt = try receipt(sandbox)
            #expect(receipt.state == "done" && receipt.consent.hasPrefix("revoked at"))
            #expect(
                Set(receipt.items.map(\.kind)) == ["staged", "database", "export", "settings", "budget"]
                    || Set(receipt.items.map(\.kind)) == ["staged", "database", "export", "settings"])
            #expect(receipt.items.first { $0.kind == "database" }?.records == rows)
            #expect(receipt.items.allSatisfy { $0.sha256?.count == 64 })
            // The other firm is whole; of this one nothing is left, and nothing is brought back.
            for path in ["staging/smith", "databases/smith.sqlite", "connections/smith.env", "backups/smith.sqlite"] {
                #expect(!FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(path)"), "\(path)")
            }
            try await sandbox.cliosync(["verify", "--phase", "core", "--connection", "jones"], simulator).expect(0)
            let left = try await sandbox.tool(
                "grep", ["-rIl", "--exclude-dir=receipts", "--exclude-dir=logs", "smith", "."], mayFail: true)
            #expect(left.isEmpty, "\(left)")
            let all = try await sandbox.cliosync(["run", "--all", "--no-progress"], simulator)
            #expect(!all.stderr.contains("smith"))
            // Once more, there is nothing to forget.
            try await sandbox.cliosync(["forget", "smith", "--yes"], simulator).expect(2)
        }
    }

    /// The same command continues a removal that was killed, at whichever of its steps.
    @Test(.deep(.accounts), arguments: ["connections/smith.env", "databases/smith.sqlite", "staging/smith"])
    func anInterruptedRemovalContinues(gone: String) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await firms(sandbox)
            // A removal that cannot end: a folder in place of the database's own file cannot be removed by an unprivileged
            // step, so the receipt of a finished one is set back and what comes after the step is put back.
            try await sandbox.cliosync(["export", "backups/copy.sqlite", "--connection", "jones"], simulator).expect(0)
            _ = try await sandbox.tool("cp", ["-a", "staging/smith", "kept"])
            _ = try await sandbox.tool("cp", ["databases/smith.sqlite", "kept.sqlite"])
            try await sandbox.cliosync(["forget", "smith", "--yes", "--receipt", "r.json"], simulator).expect(0)
            let text = String(decoding: sandbox.read("r.json"), as: UTF8.self)
            try sandbox.write(text.replacing("\"state\":\"done\"", with: "\"state\":\"begun\""), to: "r.json")
            if gone != "staging/smith" { _ = try await sandbox.tool("mv", ["kept", "staging/smith"]) }
            if gone == "connections/smith.env" {
                _ = try await sandbox.tool("mv", ["kept.sqlite", "databases/smith.sqlite"])
            } else if gone == "staging/smith" {
                _ = try await sandbox.tool("mv", ["kept", "staging/.forgotten-smith"])
            }
            try await sandbox.cliosync(["forget", "smith", "--yes", "--receipt", "r.json"], simulator).expect(0)
            let done = try JSONDecoder().decode(Receipt.self, from: sandbox.read("r.json"))
            #expect(done.state == "done")
            for path in ["staging/smith", "staging/.forgotten-smith", "databases/smith.sqlite"] {
                #expect(!FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(path)"), "\(path)")
            }
        }
    }

    /// A sync that runs is stopped first; without Clio nothing is removed.
    @Test(.gate) func aRunningSyncIsStoppedAndClioIsAskedFirst() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            try await sandbox.control(simulator, "hold?value=30")
            let run = try sandbox.start(
                ["run", "--json", "--no-progress"], simulator, settings: KillTests.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 4 || !run.isRunning }
            let unreachable = try await sandbox.cliosync(
                ["forget", "default", "--yes"], nil, settings: ["CLIO_BASE_URL": "http://127.0.0.1:9"])
            #expect(unreachable.code != 0)
            #expect(FileManager.default.fileExists(atPath: sandbox.folder + "/staging/default/job.sqlite"))
            await run.wait().expect(130)
            try await sandbox.cliosync(["forget", "default", "--yes", "--local"], simulator).expect(0)
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging/default"))
        }
    }
}
