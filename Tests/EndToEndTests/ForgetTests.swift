import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A firm leaves: nothing of it stays but a receipt.
@Suite(.timeLimit(.minutes(40)))
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
            // Once more, as after a kill that came too late: the same receipt. Of a firm that never was there is none.
            try await sandbox.cliosync(["forget", "smith", "--yes"], simulator).expect(0)
            #expect(try self.receipt(sandbox).state == "done")
            try await sandbox.cliosync(["forget", "smiths", "--yes"], simulator).expect(2)
        }
    }

    /// What `cliosync` is started with in `project`, where the user's own folders are, too: all of it can be searched.
    private func project(_ sandbox: Sandbox, _ more: [String]) -> [String] {
        let place = sandbox.folder + "/project"
        return ["-i", "-C", place, "PATH=/usr/bin:/bin", "HOME=\(place)/home", "XDG_CONFIG_HOME=\(place)/config"]
            + ["XDG_RUNTIME_DIR=\(place)/runtime", "TMPDIR=\(place)/tmp"] + more
    }

    /// `kill -9` just before each call that changes the disk, then the same command: afterwards nothing on the file system
    /// mentions the firm but its receipt. The firm has all that a firm can have: renewed tokens, an export, a database
    /// elsewhere, what a killed export left.
    @Test(.deep(.kills)) func aRemovalThatIsKilledAnywhereEndsWithItsReceiptAndLeavesNothing() async throws {
        try await Sandbox.use { sandbox in
            let firm = "zephyr-and-quill"
            let clio = try await sandbox.simulator([
                "--limit", "100000", "--seed", "5", "--token", "first-access-token-5",
            ])
            let other = try await sandbox.simulator(["--limit", "100000", "--seed", "6"])
            for name in ["home", "config", "runtime", "tmp", "databases", "backups", "elsewhere"] {
                try FileManager.default.createDirectory(
                    atPath: sandbox.folder + "/project/\(name)", withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
            }
            _ = try await sandbox.tool("cp", ["-r", "pipelines", "project/"])
            try sandbox.write(
                "CLIO_CLIENT_ID=simulator-client\nCLIO_CLIENT_SECRET=simulator-secret\n", to: "project/.env")
            try sandbox.write(
                "CLIO_BASE_URL=\(clio.address)\nCLIO_ACCESS_TOKEN=first-access-token-5\n"
                    + "CLIO_REFRESH_TOKEN=simulator-refresh-token\n", to: "project/connections/\(firm).env")
            try sandbox.write(
                "CLIO_BASE_URL=\(other.address)\nCLIO_ACCESS_TOKEN=\(Simulator.token)\n",
                to: "project/connections/jones.env")
            func cliosync(_ arguments: String...) async throws {
                _ = try await sandbox.tool("env", project(sandbox, [Programs.cliosync] + arguments))
            }
            try await cliosync("run", "--connection", "jones", "--no-progress")
            try await cliosync("run", "--connection", firm, "--no-progress")
            try await sandbox.control(clio, "expire")
            try await cliosync("refresh", "--connection", firm, "--no-progress")
            try await cliosync(
                "run", "--connection", firm, "--no-progress", "--phase", "core", "--database", "elsewhere/own.sqlite")
            try await cliosync("export", "backups/\(firm).sqlite", "--connection", firm)
            _ = try await sandbox.tool(
                "cp", ["project/backups/\(firm).sqlite", "project/backups/\(firm).sqlite.tmp4711"])
            let shim = try await sandbox.shim("kill_at")
            let report = try await sandbox.tool(
                "env",
                project(
                    sandbox,
                    [
                        Programs.tool("python3"), Programs.script("forget_everywhere.py"), Programs.cliosync, shim,
                        firm,
                        "jones",
                    ]))
            print(report)
            struct Summary: Decodable {
                let instants: Int
                let killed: Int
            }
            let summary = try JSONDecoder().decode(
                Summary.self, from: Data((report.split(separator: "\n").last ?? "").utf8))
            #expect(summary.instants > 40 && summary.killed * 10 > summary.instants * 8)
        }
    }

    /// A token that a service or a shell still has does not bring the firm back; a person who wants it makes its file anew.
    @Test(.gate) func aTokenThatStaysInTheEnvironmentBringsNoFirmBack() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--limit", "100000"])
            let run = ["run", "--phase", "core", "--connection", "smith", "--no-progress"]
            try await sandbox.cliosync(run, simulator).expect(0)
            try await sandbox.cliosync(["forget", "smith", "--yes", "--local"], simulator).expect(0)
            let refused = try await sandbox.cliosync(run, simulator)
            refused.expect(2)
            #expect(refused.stderr.contains("smith was removed from this folder"), "\(refused.stderr)")
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging/smith"))
            try sandbox.write("", to: "connections/smith.env")
            try await sandbox.cliosync(run, simulator).expect(0)
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
