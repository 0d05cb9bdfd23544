import Foundation
import Testing

/// No order of commands brings one account's data into the other's files.
@Suite(.timeLimit(.minutes(40)))
struct AccountTests {
    @Test(.gate) func anotherAccountsTokenIsRefusedBeforeTheFirstList() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            let first = try await firms.run(["run", "--phase", "core"])
            first.expect(0)
            #expect(first.stderr.contains("Smith LLP (account "), "\(first.stderr)")
            #expect(first.stderr.contains("(user ") && first.stderr.contains("token from the environment"))
            #expect(first.stdout.contains("Smith LLP"))
            let digests = try await sandbox.digests()
            let before = try firms.listRequests()
            let status = try await firms.run(["status", "--json"], as: nil)
            #expect(status.stdout.contains("\"name\":\"Smith LLP\""))
            let later = [
                ["run", "--phase", "supporting"], ["run", "--phase", "core", "--sweep"], ["run", "--force"],
                ["run", "--sweep", "--accept-removals"], ["extract", "--phase", "historical"], ["estimate"],
                ["run", "--phase", "core"], ["extract", "--phase", "core"],
            ]
            for command in later {
                let ending = try await firms.run(command, as: AccountSandbox.second)
                #expect(ending.code == 2, "\(command): \(ending.stderr)")
                #expect(
                    ending.stderr.contains("Smith LLP (account ") && ending.stderr.contains("Jones LLP (account "),
                    "\(command): \(ending.stderr)")
                #expect(ending.stderr.contains("--connection"))
            }
            let doctor = try await firms.run(["doctor"], as: AccountSandbox.second)
            #expect(doctor.code == 2 && doctor.stdout.contains("Jones LLP"), "\(doctor.stdout)")
            #expect(try firms.listRequests() == before)
            // Nothing of it is left, not even in the job; only the data are older.
            let after = try await firms.run(["status", "--json"], as: nil)
            let age = /"age_seconds":\d+/
            #expect(after.stdout.replacing(age, with: "") == status.stdout.replacing(age, with: ""))
            try await firms.run(["run"]).expect(0)
            #expect(try await firms.owners("default")["default"]?.rows == "A")
            #expect(try await sandbox.digests().filter { digests[$0.key] == $0.value }["matters"] != nil)
            try await firms.run(["doctor"]).expect(0)
        }
    }

    @Test(.gate) func aWrongTokenIsNotReplacedByAStoredLogin() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.logIn(as: AccountSandbox.first)
            let wrong = try await firms.run(["run", "--phase", "core"], as: "wrong")
            #expect(wrong.code == 4, "\(wrong.stdout) \(wrong.stderr)")
            #expect((wrong.stdout + wrong.stderr).contains("give CLIO_ACCESS_TOKEN a new value in the environment"))
            #expect(
                try firms.listRequests()
                    == (try firms.simulator.requests().filter { $0.path.hasPrefix("/oauth") }.count))
            // The login is used where nothing else is said, and named.
            let login = try await firms.run(["run", "--phase", "core"], as: nil)
            login.expect(0)
            #expect(login.stderr.contains("token from the stored login"))
            // In another folder it is not there.
            _ = try await sandbox.tool("mkdir", ["elsewhere"])
            let elsewhere = try await sandbox.tool(
                "sh",
                [
                    "-c",
                    "cd elsewhere && cp -r ../pipelines . && env -i HOME=../home XDG_CONFIG_HOME=\(sandbox.folder)/config "
                        + "CLIO_BASE_URL=\(firms.simulator.address) \(Programs.cliosync) run 2>&1",
                ], mayFail: true)
            #expect(elsewhere.contains("there is no access token"), "\(elsewhere)")
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/elsewhere/staging"))
        }
    }

    /// A person logs in as somebody else while a run goes on, and the old token expires.
    @Test(.gate) func aLoginThatIsReplacedMeanwhileSwitchesNoAccount() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox, ["--latency", "150"])
            try await firms.logIn(as: AccountSandbox.first)
            let run = try sandbox.start(
                ["run", "--no-progress"], firms.simulator,
                settings: [
                    "CLIO_ACCESS_TOKEN": "", "SYNC_MAX_CONCURRENT_REQUESTS": "1", "SYNC_BATCH_SIZE_MATTERS": "5",
                    "SYNC_BATCH_SIZE_CONTACTS": "5",
                ])
            try await poll("some pages") { try firms.simulator.requests().filter(\.isPage).count > 5 || !run.isRunning }
            let before = try await sandbox.tool("sh", ["-c", "cat config/cliosync/*/default.json"])
            let token = try #require(before.firstMatch(of: /"access_token":"([^"]+)"/)?.1)
            try await firms.logIn(as: AccountSandbox.second)
            try await sandbox.control(firms.simulator, "expire?token=\(token)")
            let ending = await run.wait()
            #expect(ending.code == 4, "\(ending.stdout) \(ending.stderr)")
            #expect((ending.stdout + ending.stderr).contains("Jones LLP"), "\(ending.stderr)")
            let again = try await firms.run(["run"], as: nil)
            #expect(again.code == 2 && again.stderr.contains("Jones LLP"), "\(again.stderr)")
        }
    }

    @Test(.gate) func aSweepThatWouldTakeOutTooMuchWaitsForAWord() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.run(["run", "--phase", "core"]).expect(0)
            try await sandbox.control(firms.simulator, "delete?kind=matters&count=25")
            let sweep = try await firms.run(["run", "--phase", "core", "--sweep"])
            #expect(sweep.code == 4, "\(sweep.stdout)")
            #expect(
                (sweep.stdout + sweep.stderr).contains("25 of 60 records (41.7 %)"), "\(sweep.stdout) \(sweep.stderr)")
            #expect(try await sandbox.query("SELECT count(*) FROM matters") == "60")
            let said = try await firms.run(["run", "--phase", "core", "--sweep", "--accept-removals"])
            said.expect(0)
            #expect(try await sandbox.query("SELECT count(*) FROM matters") == "35")
        }
    }

    /// The second user sees two thirds of the lists.
    @Test(.gate) func whatAnotherUserDoesNotSeeIsKept() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.run(["run", "--phase", "core"]).expect(0)
            let sweep = try await firms.run(["run", "--phase", "core", "--sweep"], as: AccountSandbox.lesser)
            #expect(sweep.code == 3, "\(sweep.stdout) \(sweep.stderr)")
            #expect(sweep.stderr.contains("may see less"), "\(sweep.stderr)")
            #expect(try await sandbox.query("SELECT count(*) FROM matters") == "60")
            let force = try await firms.run(["run", "--phase", "core", "--force"], as: AccountSandbox.lesser)
            #expect(force.code == 4, "\(force.stdout) \(force.stderr)")
            #expect(try await sandbox.query("SELECT count(*) FROM matters") == "60")
        }
    }

    @Test(.gate) func allFirmsAreThoseOfThisFolderAndAreNamedFirst() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.logIn(as: AccountSandbox.first)
            // A login that another folder, or an earlier version, made.
            let logins = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder + "/config/cliosync")
            let own = try #require(logins.first { $0.count == 16 })
            for place in ["0123456789abcdef/default.json", "default.json", "smith.json"] {
                try sandbox.write(
                    String(decoding: sandbox.read("config/cliosync/\(own)/default.json"), as: UTF8.self),
                    to: "config/cliosync/\(place)")
            }
            try FileManager.default.removeItem(atPath: sandbox.folder + "/config/cliosync/\(own)")
            try sandbox.write("CLIO_ACCESS_TOKEN=\(AccountSandbox.second)\n", to: "connections/jones.env")
            let run = try await firms.run(["run", "--all", "--phase", "core", "--no-progress"], as: nil)
            run.expect(0)
            #expect(run.stderr.hasPrefix("firm jones: connections/jones.env\n"), "\(run.stderr)")
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging/default"))
            let status = try await firms.run(["auth", "status", "--connection", "jones", "--json"], as: nil)
            status.expect(0)
            #expect(status.stdout.contains("Jones LLP") && status.stdout.contains("connections/jones.env"))
            let doctor = try await firms.run(["doctor", "--connection", "jones"], as: nil)
            #expect(doctor.code == 0 && doctor.stdout.contains("Jones LLP"), "\(doctor.stdout)")
        }
    }

    @Test(.gate) func foldersAndDatabasesOfTwoAccountsAreNotMixed() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.run(["run", "--phase", "core"]).expect(0)
            _ = try await sandbox.tool("mkdir", ["b"])
            let other = ["--staging", "b/staging", "--database", "b/b.sqlite"]
            try await firms.run(["run", "--phase", "core"] + other, as: AccountSandbox.second).expect(0)
            for command in [
                ["load", "--force", "--staging", "b/staging"], ["transform", "--database", "b/b.sqlite"],
                ["verify", "--staging", "b/staging"], ["run", "--phase", "supporting", "--database", "b/b.sqlite"],
            ] {
                let ending = try await firms.run(command)
                #expect(ending.code == 2, "\(command): \(ending.stdout) \(ending.stderr)")
                #expect(ending.stderr.contains("Smith LLP") && ending.stderr.contains("Jones LLP"), "\(ending.stderr)")
            }
            let part = "b/staging/default/core/raw/matters/00001.ndjson.gz"
            let imported = try await firms.run(
                ["staged", "import", "--phase", "core", "--entity", "matters", "--force", part])
            #expect(imported.code == 2, "\(imported.stdout) \(imported.stderr)")
            // A layer that was copied over.
            _ = try await sandbox.tool(
                "cp", ["-r", "b/staging/default/core/raw/contacts", "staging/default/core/raw/x"])
            _ = try await sandbox.tool(
                "sh",
                [
                    "-c",
                    "rm -r staging/default/core/raw/contacts; mv staging/default/core/raw/x staging/default/core/raw/contacts",
                ])
            let copied = try await firms.run(["transform", "--phase", "core"])
            #expect(copied.code == 2 && copied.stderr.contains("contacts"), "\(copied.stderr)")
            #expect(try await firms.owners("default")["default"]?.rows == "A")
        }
    }

    @Test(.gate) func aResetMakesRoomForAnotherAccount() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            try await firms.run(["run", "--phase", "core"]).expect(0)
            try await firms.run(["reset", "latest", "--yes"]).expect(0)
            try await firms.run(["run", "--phase", "core"], as: AccountSandbox.second).expect(0)
            let owners = try await firms.owners("default")
            #expect(owners["default"]?.files == "B" && owners["default"]?.rows == "B", "\(owners)")
        }
    }

    /// The command in the message is run as it is shown, by a shell; then the other account's data come.
    @Test(.gate, arguments: [true, false]) func theAdviceOfARefusalIsFollowedLiterally(_ hasMore: Bool) async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            let place = ["--connection", "smith", "--staging", "other place", "--database", "it's.sqlite"]
            try await firms.run(["run", "--phase", "core"] + place).expect(0)
            // Outside of the job: its reset would leave that, and the account.
            let rest = ["--phase", "supporting", "--entity", "tasks"]
            if hasMore { try await firms.run(["extract"] + rest + place).expect(0) }
            let refused = try await firms.run(["run", "--phase", "core"] + place, as: AccountSandbox.second)
            refused.expect(2)
            let advice: String
            if let command = refused.stderr.firstMatch(of: /`(cliosync [^`]+)`/)?.1 {
                #expect(!hasMore, "\(refused.stderr)")
                advice = String(command)
            } else {
                let paths = try #require(refused.stderr.firstMatch(of: /move (.+) and (.+) away/))
                advice = "mkdir away; mv '\(paths.1)' \"\(paths.2)\" away"
            }
            let path = (Programs.cliosync as NSString).deletingLastPathComponent
            _ = try await sandbox.tool("bash", ["-c", "set -e; export PATH=\(path):$PATH; \(advice)"])
            try await firms.run(["run", "--phase", "core"] + place, as: AccountSandbox.second).expect(0)
            let status = try await firms.run(["status"] + place, as: nil)
            #expect(status.stdout.contains("Jones LLP"), "\(status.stdout)")
        }
    }

    @Test(.gate, arguments: [["--forbid-identity"], ["--no-account-field"]])
    func whereClioDoesNotSayWhoItIsTheNextBestIsPinned(_ options: [String]) async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox, options)
            try await firms.run(["run", "--phase", "core"]).expect(0)
            try await firms.run(["run", "--phase", "core", "--sweep"]).expect(0)
            let other = try await firms.run(["run", "--phase", "supporting"], as: AccountSandbox.second)
            // Users of both accounts have the same ids here: nothing but the account tells them apart.
            if options == ["--forbid-identity"] { #expect(other.code == 2, "\(other.stderr)") }
        }
    }

    @Test(.gate) func withoutATokenNoFirmIsMade() async throws {
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            for command in [["run"], ["estimate"], ["run", "--connection", "smith"], ["extract"]] {
                #expect(try await firms.run(command, as: nil).code == 2)
                #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging"), "\(command)")
            }
        }
    }
}
