import Foundation
import Testing

/// No token and no record value in what the program says.
@Suite(.timeLimit(.minutes(40)))
struct SecrecyTests {
    @Test(.gate) func neitherTokensNorRecordsAppearInLogsReportsAndManifests() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "small", "--defects", "0.05", "--limit", "100000", "--fault", "html#9", "--fault",
                "truncate#12",
            ])
            let noisy = ["--log-level", "trace", "--log-format", "json"]
            var outputs: [String] = []
            for command in [
                ["run", "--json"], ["run", "--phase", "core", "--force"], ["transform", "--force"],
                ["load", "--force"], ["verify"], ["status", "--json"], ["status"],
            ] {
                let child = try sandbox.start(command + noisy, simulator, settings: KillTests.smallPages)
                await child.wait().expect(0)
                outputs += [child.output, child.output + ".err"]
            }
            for command in [
                ["staged", "stats", "--layer", "clean"], ["staged", "stats", "--json"], ["staged", "ls"],
                ["staged", "check"],
            ] {
                let child = try sandbox.start(command, nil)
                await child.wait().expect(0)
                outputs += [child.output, child.output + ".err"]
            }
            // What goes wrong is told without values too.
            let raw = "staging/default/core/raw/matters/00001.ndjson.gz"
            try sandbox.read(raw).dropLast(1000).write(to: URL(fileURLWithPath: "\(sandbox.folder)/\(raw)"))
            let broken = try sandbox.start(["transform", "--phase", "core", "--force"] + noisy, nil)
            await broken.wait().expect(1)
            outputs += [broken.output, broken.output + ".err"]

            let manifests = sandbox.stagedFiles().keys.filter { $0.hasSuffix("manifest.ndjson") }
            #expect(manifests.count > 10)
            let seen = try await sandbox.tool(
                "python3",
                [Programs.script("leaks.py"), "databases/default.sqlite", "staging/default/job.sqlite"] + outputs
                    + manifests.map { "staging/\($0)" })
            #expect(seen.contains(", 0 found"), "\(seen.prefix(3000))")

            // The token may stand nowhere at all.
            let search = try ChildProcess(
                Programs.tool("grep"), ["-rlaF", Simulator.token, "."], environment: [:], folder: sandbox.folder,
                output: sandbox.folder + ".grep")
            let found = await search.wait()
            try? FileManager.default.removeItem(atPath: search.output)
            try? FileManager.default.removeItem(atPath: search.output + ".err")
            #expect(found.code == 1 && found.stdout.isEmpty, "\(found.stdout)")
        }
    }

    @Test(.gate) func onlyAFileForItsOwnerHoldsARenewedToken() async throws {
        try await Sandbox.use { sandbox in
            let calm = try await sandbox.undisturbedDigests(["--firm", "small"])
            let simulator = try await sandbox.simulator([
                "--firm", "small", "--limit", "100000", "--token-uses", "60",
            ])
            let settings = KillTests.smallPages.merging([
                "CLIO_REFRESH_TOKEN": "simulator-refresh-token", "CLIO_CLIENT_ID": "simulator-client",
                "CLIO_CLIENT_SECRET": "simulator-secret",
            ]) { $1 }
            let run = try await sandbox.cliosync(
                ["run", "--json", "--log-level", "trace"], simulator, settings: settings)
            run.expect(0)
            #expect(try await sandbox.digests() == calm)
            let requests = try simulator.requests()
            #expect(requests.contains { $0.path == "/oauth/token" && $0.status == 200 })
            #expect(Set(requests.compactMap(\.token)).count >= 2, "several access tokens were used")

            let folder = "config/cliosync/renewed"
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(sandbox.folder)/\(folder)")
            let path = "\(folder)/\(try #require(files.first { $0.hasSuffix(".json") }))"
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(sandbox.folder)/\(path)")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            let stored = try #require(
                JSONSerialization.jsonObject(with: sandbox.read(path)) as? [String: Any])
            let token = try #require(stored["access_token"] as? String)
            for secret in [token, "simulator-secret", "simulator-refresh-token"] {
                let files = try await sandbox.tool(
                    "sh", ["-c", "grep -rlaF \(secret) staging databases runtime logs || true"])
                #expect(files.isEmpty, "\(files)")
            }
        }
    }
}
