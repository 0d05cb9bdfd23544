import Foundation
import Testing

/// `staged ls|head|cat|stats|check|import`: the files by hand.
@Suite(.timeLimit(.minutes(40)))
struct StagedCommandTests {
    private struct Listing: Decodable {
        let phase: String
        let layer: String
        let entity: String
        let records: Int
    }

    private func lines(_ text: String) -> [Substring] { text.split(separator: "\n") }

    @Test(.gate) func layersAreListedPrintedAndCounted() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            let report = try await sandbox.cliosync(["run", "--json"], simulator).report()
            let list = try await sandbox.cliosync(["staged", "ls", "--json"], nil)
            list.expect(0)
            let listings = try lines(list.stdout).map { try JSONDecoder().decode(Listing.self, from: Data($0.utf8)) }
            for entity in report.entities {
                let raw = listings.first {
                    $0.phase == entity.phase && $0.entity == entity.entity && $0.layer == "raw"
                }
                #expect(raw?.records == entity.extracted)
            }
            let choice = ["--phase", "core", "--entity", "matters"]
            let cat = try await sandbox.cliosync(["staged", "cat"] + choice, nil)
            cat.expect(0)
            let zcat = try await sandbox.tool(
                "sh", ["-c", "zcat staging/default/core/raw/matters/*.ndjson.gz"])
            #expect(cat.stdout == zcat)
            #expect(lines(zcat).count == report["core", "matters"]?.extracted)
            let head = try await sandbox.cliosync(["staged", "head", "-n", "3"] + choice, nil)
            head.expect(0)
            #expect(head.stdout == lines(zcat).prefix(3).map { $0 + "\n" }.joined())
            for layer in ["clean", "flagged"] {
                let some = try await sandbox.cliosync(["staged", "head", "--layer", layer] + choice, nil)
                some.expect(0)
                #expect(!lines(some.stdout).isEmpty)
                for line in lines(some.stdout) {
                    #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
                }
            }
            let stats = try await sandbox.cliosync(["staged", "stats", "--json", "--layer", "clean"] + choice, nil)
            stats.expect(0)
            let fields = try lines(stats.stdout).compactMap {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            let status = try #require(fields.first { $0["field"] as? String == "status" })
            #expect(
                (status["distinct"] as? NSNumber)?.intValue.description
                    == (try await sandbox.query("SELECT count(DISTINCT status) FROM matters")))
        }
    }

    @Test(.gate) func checkFindsAFlippedBitAndAForeignFile() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            for layer in ["raw", "clean", "flagged"] {
                let path = "staging/default/core/\(layer)/matters/00001.ndjson.gz"
                let whole = sandbox.read(path)
                var spoiled = whole
                spoiled[spoiled.count / 2] ^= 0x10
                try spoiled.write(to: URL(fileURLWithPath: "\(sandbox.folder)/\(path)"))
                let check = try await sandbox.cliosync(["staged", "check"], nil)
                check.expect(3)
                #expect(lines(check.stdout).count == 1)
                #expect(check.stdout.contains("\(layer)/matters/00001.ndjson.gz"))
                #expect(check.stdout.contains("--force"))
                try whole.write(to: URL(fileURLWithPath: "\(sandbox.folder)/\(path)"))
            }
            for path in ["raw/matters/notes.txt", "raw/x.ndjson.gz", "clean/matters/00009.ndjson.gz"] {
                try sandbox.write("{}", to: "staging/default/core/\(path)")
                try await expectFinding(path, "move it away", sandbox)
                _ = try await sandbox.tool("rm", ["staging/default/core/\(path)"])
            }
            // Gone: a part of each layer, a manifest, the whole of a layer, the folder that the links lead to.
            let generation =
                ".generations/"
                + (try await sandbox.tool("readlink", ["staging/default/core/.generations/matters"]))
                .trimmingCharacters(in: .whitespacesAndNewlines)
            for (path, finding) in [
                ("raw/matters/00001.ndjson.gz", "extract --phase core --entity matters --force"),
                ("clean/matters/00001.ndjson.gz", "transform --phase core --entity matters --force"),
                ("flagged/matters/00001.ndjson.gz", "transform --phase core --entity matters --force"),
                ("clean/matters/manifest.ndjson", "transform --phase core --entity matters"),
                ("raw/matters/manifest.ndjson", "extract --phase core --entity matters"),
                ("raw/matters", "extract --phase core --entity matters"),
                (generation, "transform --phase core --entity matters"),
            ] {
                _ = try await sandbox.tool("mv", ["staging/default/core/\(path)", "away"])
                try await expectFinding("matters", finding, sandbox)
                _ = try await sandbox.tool("mv", ["away", "staging/default/core/\(path)"])
            }
            // Digits in manifests that have no checksum of their own.
            for (path, pattern) in [
                ("clean/matters/manifest.ndjson", "s/\"accepted\":([0-9]+)/\"accepted\":1\\1/"),
                ("raw/matters/manifest.ndjson", "0,/\"sequence\":/! s/\"sequence\":[0-9]+/\"sequence\":1/"),
            ] {
                let file = "staging/default/core/\(path)"
                _ = try await sandbox.tool("cp", ["-L", file, "manifest"])
                _ = try await sandbox.tool("sed", ["-E", "-i", "--follow-symlinks", pattern, file])
                try await expectFinding("matters/manifest.ndjson", "--force", sandbox)
                _ = try await sandbox.tool("cp", ["manifest", file])
            }
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
        }
    }

    private func expectFinding(_ path: String, _ remedy: String, _ sandbox: Sandbox) async throws {
        let check = try await sandbox.cliosync(["staged", "check"], nil)
        check.expect(3)
        let found = lines(check.stdout).filter { $0.contains(path) && $0.contains(remedy) }
        #expect(!found.isEmpty, "\(path): \(check.stdout)")
    }

    @Test(.gate) func filesFromElsewhereAreImportedPlainAndGzip() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let calm = try await sandbox.digests()
            let requests = try simulator.requests().count
            _ = try await sandbox.tool(
                "sh",
                [
                    "-c",
                    "zcat staging/default/core/raw/matters/*.gz >matters.ndjson; "
                        + "zcat staging/default/supporting/raw/contacts/*.gz | gzip >contacts.ndjson.gz",
                ])
            let there = ["--connection", "elsewhere"]
            let imports = [
                ("core", "matters", "matters.ndjson"), ("supporting", "contacts", "contacts.ndjson.gz"),
            ]
            for (phase, entity, file) in imports {
                let choice = ["--phase", phase, "--entity", entity] + there
                try await sandbox.cliosync(["staged", "import"] + choice + [file], nil).expect(0)
                // Not by accident a second time.
                let twice = try await sandbox.cliosync(["staged", "import"] + choice + [file], nil)
                twice.expect(2)
                #expect(twice.stderr.contains("--force"))
                for stage in ["transform", "load"] { try await sandbox.cliosync([stage] + choice, nil).expect(0) }
            }
            let imported = try await sandbox.digests("databases/elsewhere.sqlite")
            for (table, digest) in calm where table.hasPrefix("matter") || table.hasPrefix("contact") {
                #expect(imported[table] == digest, "\(table)")
            }
            #expect(try simulator.requests().count == requests)
            let gone = try await sandbox.cliosync(
                ["staged", "import", "--phase", "core", "--entity", "users", "gone.ndjson"] + there, nil)
            #expect(gone.code == 1 || gone.code == 2)
            #expect(gone.complaints.count == 1)
        }
    }

    /// The command in an advice does what it says, for the connection and the folder that were meant.
    @Test(.gate) func theAdviceForACompressedFileIsFollowedLiterally() async throws {
        try await Sandbox.use { sandbox in
            try sandbox.write(#"{"id":7,"name":"Family law"}"#, to: "areas.ndjson")
            let options = [
                "--phase", "core", "--entity", "practice_areas", "--connection", "smith", "--staging", "other place",
            ]
            let path = (Programs.cliosync as NSString).deletingLastPathComponent
            for tool in ["bzip2", "xz"] {
                _ = try await sandbox.tool(
                    "bash", ["-c", "cd \(sandbox.folder); \(tool) -k areas.ndjson; mv areas.ndjson.* 'its file'"])
                let refused = try await sandbox.cliosync(["staged", "import", "--force"] + options + ["its file"], nil)
                refused.expect(2)
                let advice = try #require(refused.stderr.split(separator: "convert it: ").last)
                let said = try await sandbox.tool(
                    "bash", ["-c", "cd \(sandbox.folder); export PATH=\(path):$PATH; \(advice)"])
                #expect(said.hasPrefix("1 records imported"), "\(said)")
                // The next step, too, is for the same place.
                let next = try #require(said.split(separator: "next: ").last)
                _ = try await sandbox.tool(
                    "bash", ["-c", "cd \(sandbox.folder); export PATH=\(path):$PATH; \(next)"])
            }
            let list = try await sandbox.cliosync(
                ["staged", "ls", "--json", "--connection", "smith", "--staging", "other place"], nil)
            #expect(list.stdout.contains("practice_areas") && list.stdout.contains("clean"), "\(list.stdout)")
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging"))
        }
    }
}
