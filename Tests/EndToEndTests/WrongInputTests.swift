import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One clear line, the documented exit code, nothing damaged.
@Suite(.timeLimit(.minutes(40)))
struct WrongInputTests {
    /// Expects an exit code and one line on stderr, which holds `words`.
    private func expect(
        _ ending: ChildProcess.Ending, _ code: Int32, _ words: String..., location: SourceLocation = #_sourceLocation
    ) {
        ending.expect(code, location: location)
        #expect(ending.complaints.count == 1, "\(ending.stderr.prefix(1500))", sourceLocation: location)
        for word in words {
            #expect(ending.stderr.contains(word), "\(ending.stderr.prefix(1500))", sourceLocation: location)
        }
        for noise in ["NSError", "Error Domain", "Fatal error", "Stack dump", ".swift:"] {
            #expect(!ending.stderr.contains(noise), "\(ending.stderr.prefix(1500))", sourceLocation: location)
        }
    }

    @Test(.gate) func wordsThatAreNoneAreUsageErrors() async throws {
        try await Sandbox.use { sandbox in
            expect(try await sandbox.cliosync(["run", "--phase", "cor"], nil), 2, "--phase", "did you mean \"core\"?")
            expect(try await sandbox.cliosync(["run", "--phase", "xyz"], nil), 2, "--phase", "core, supporting")
            expect(try await sandbox.cliosync(["run", "--entity", "matter"], nil), 2, "--entity", "matters")
            expect(try await sandbox.cliosync(["run", "--env-file", "gone.env"], nil), 2, "gone.env", "--env-file")
            expect(
                try await sandbox.cliosync(["run"], nil, settings: ["SYNC_BATCH_SIZE_MATTERS": "abc"]), 2,
                "SYNC_BATCH_SIZE_MATTERS")
            expect(
                try await sandbox.cliosync(["run"], nil, settings: ["CLIO_ACCESS_TOKEN": ""]), 2, "CLIO_ACCESS_TOKEN")
            expect(
                try await sandbox.cliosync(["run"], nil, settings: ["CLIO_BASE_URL": "http://clio.example"]), 2,
                "CLIO_BASE_URL", "https")
            expect(try await sandbox.cliosync(["status", "--connection", "new"], nil), 2, "cliosync run")
            expect(try await sandbox.cliosync(["run", "--connection", "../up"], nil), 2, "--connection")
            for words in [["run", "--nonsense"], ["rum"], ["run", "--log-level", "loud"]] {
                let ending = try await sandbox.cliosync(words, nil)
                ending.expect(2)
                #expect(ending.stdout.isEmpty)
                #expect(ending.stderr.lowercased().contains("error: "))
            }
        }
    }

    /// Once in a process, whatever the command reads.
    @Test(.gate) func aVariableThatIsNoSettingIsWarnedAboutByEveryCommand() async throws {
        try await Sandbox.use { sandbox in
            for command in [
                ["doctor"], ["status"], ["auth", "status"], ["auth", "logout"], ["staged", "ls"], ["settings"],
                ["run", "--all"], ["estimate"], ["review", "ls"], ["stop", "latest"],
            ] {
                let ending = try await sandbox.cliosync(
                    command, nil,
                    settings: ["CLIO_REGON": "eu", "CLIO_ACCESS_TOKEN": "", "CLIO_BASE_URL": "http://127.0.0.1:9"])
                let told = (ending.stdout + ending.stderr).components(
                    separatedBy: "unknown setting CLIO_REGON; did you mean CLIO_REGION?")
                #expect(told.count == 2, "\(command): \(ending.stderr)")
            }
        }
    }

    /// The token in `.env` is that of `default`: a name that was mistyped must not fetch that firm's data.
    @Test(.gate) func aConnectionThatIsNotDefinedUsesNoTokenOfAnother() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small"])
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: ".env")
            try sandbox.write("CLIO_ACCESS_TOKEN=\(Simulator.token)\n", to: "connections/zeb.env")
            let none = ["CLIO_ACCESS_TOKEN": ""]
            for command in ["run", "estimate", "extract"] {
                expect(
                    try await sandbox.cliosync([command, "--connection", "zed"], simulator, settings: none), 2,
                    "connections/zed.env", "the one in .env is that of the connection default",
                    "did you mean --connection zeb?")
            }
            #expect(try simulator.requests().isEmpty)
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging"))
            for connection in ["default", "zeb"] {
                try await sandbox.cliosync(
                    ["run", "--phase", "core", "--entity", "practice_areas", "--connection", connection], simulator,
                    settings: none
                ).expect(0)
            }
        }
    }

    @Test(.gate) func aBadTokenPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            let run = try await sandbox.cliosync(
                ["run", "--json"], simulator, settings: ["CLIO_ACCESS_TOKEN": "stale-token-of-before"])
            expect(run, 4, "access token", "CLIO_ACCESS_TOKEN")
            #expect(!run.stderr.contains("stale-token-of-before"))
            #expect(try run.report().job?.status == "PAUSED")
            // With a good one the same job goes on.
            let again = try await sandbox.cliosync(["run", "--json"], simulator)
            again.expect(0)
            #expect(try again.report().job?.id == run.report().job?.id)
        }
    }

    @Test(.deep(.commands)) func anUnreachableHostPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            // Nobody listens on the discard port.
            let run = try await sandbox.cliosync(
                ["run", "--json", "--log-level", "error"], nil, settings: ["CLIO_BASE_URL": "http://127.0.0.1:9"])
            expect(run, 4, "127.0.0.1:9", "no connection")
            #expect(try run.report().job?.status == "PAUSED")
            #expect(try run.report().job?.percent == nil)
            // An estimate has no numbers then.
            for (place, words) in [("http://127.0.0.1:9", "no connection"), ("https://clio.invalid", "clio.invalid")] {
                let estimate = try await sandbox.cliosync(
                    ["estimate", "--log-level", "error"], nil, settings: ["CLIO_BASE_URL": place])
                expect(estimate, 4, words)
                #expect(estimate.stdout.isEmpty)
            }
        }
    }

    @Test(.gate) func aBrokenPipelineFileIsNamedWithItsPlace() async throws {
        try await Sandbox.use { sandbox in
            let text = String(decoding: sandbox.read("pipelines/core.yaml"), as: UTF8.self)
            try sandbox.write(text.replacing("phase: core\n", with: "phase: [core\n"), to: "pipelines/core.yaml")
            let syntax = try await sandbox.cliosync(["run"], nil)
            syntax.expect(2)
            #expect(syntax.stderr.contains(#/core\.yaml:\d+:\d+: /#))
            try sandbox.write(text.replacing("type: boolean}", with: "type: bolean}"), to: "pipelines/core.yaml")
            let meaning = try await sandbox.cliosync(["transform"], nil)
            meaning.expect(2)
            #expect(meaning.stderr.contains(#/core\.yaml:\d+:\d+: .*bolean.*boolean/#))
            #expect(!FileManager.default.fileExists(atPath: sandbox.folder + "/staging"))
            let folder = try await sandbox.cliosync(["run", "--pipelines", "elsewhere"], nil)
            expect(folder, 2, "elsewhere")
        }
    }

    @Test(.gate) func foldersThatCannotBeWrittenAreFoundOutBeforeAnyRequest() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            // What root may write all the same cannot lie below a file.
            try sandbox.write("a file", to: "plain")
            expect(try await sandbox.cliosync(["run", "--staging", "plain/staging"], simulator), 1, "plain")
            expect(try await sandbox.cliosync(["run", "--database", "plain/firm.sqlite"], simulator), 1, "plain")
            #expect(try simulator.requests().isEmpty)
            #expect(sandbox.read("plain") == Data("a file".utf8))
        }
    }

    private static let otherUser = ["--reuid=65534", "--clear-groups"]
    private static var mayBeAnotherUser: Bool {
        Tool.runBlocking("setpriv", otherUser + ["test", "-x", Programs.cliosync]).code == 0
    }

    /// Runs a command as a user who owns nothing there.
    private static func cliosync(_ command: String, in sandbox: Sandbox) async -> Tool.Ending {
        await Tool.run(
            "setpriv",
            otherUser + [
                "sh", "-c", "cd \(sandbox.folder) && exec \(Programs.cliosync) \(command) --connection default",
            ])
    }

    @Test(.gate, .enabled(if: mayBeAnotherUser, "another user cannot run the program here"))
    func filesOfAnotherUserAreNotTakenForNothing() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core", "--no-progress"], simulator).expect(0)
            for open in ["", "/staging"] {
                chmod(sandbox.folder + open, 0o755)
                for command in ["status", "staged ls", "transform", "verify", "review ls"] {
                    let said = await Self.cliosync(command, in: sandbox)
                    #expect(said.code == 1, "\(command): \(said.text)")
                    #expect(
                        said.text.contains("belongs to the user root and cannot be read"), "\(command): \(said.text)")
                }
            }
        }
    }

    /// A backup, or a place that is shared for reading only.
    @Test(.gate, .enabled(if: mayBeAnotherUser, "another user cannot run the program here"))
    func aFirmCanBeReadWhereNothingCanBeWritten() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core", "--no-progress"], simulator).expect(0)
            try await sandbox.cliosync(["export", "mine.sqlite"], nil).expect(0)
            _ = try await sandbox.tool("chmod", ["-R", "a+rX", sandbox.folder])
            mkdir(sandbox.folder + "/theirs", 0o777)
            chmod(sandbox.folder + "/theirs", 0o777)
            for command in ["status", "staged ls", "staged check", "review ls", "export theirs/copy.sqlite"] {
                let said = await Self.cliosync(command, in: sandbox)
                #expect(said.code == 0, "\(command): \(said.text)")
            }
            let dumps = ["mine.sqlite", "theirs/copy.sqlite"].map {
                Tool.runBlocking("sqlite3", ["\(sandbox.folder)/\($0)", ".dump"]).text
            }
            #expect(dumps[0].contains("INSERT INTO matters") && dumps[0] == dumps[1])
        }
    }

    /// A file system without symbolic links is found out before any request.
    @Test(.gate) func aFileSystemWithoutLinksIsRefusedBeforeAnyRequest() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try sandbox.write(
                "#include <errno.h>\nint symlink(const char *a, const char *b) { errno = EPERM; return -1; }\n",
                to: "no_links.c")
            _ = try await sandbox.tool(
                "clang", ["-shared", "-fPIC", "-o", "\(sandbox.folder)/no_links.so", "\(sandbox.folder)/no_links.c"])
            let settings = ["LD_PRELOAD": "\(sandbox.folder)/no_links.so"]
            let run = try await sandbox.cliosync(["run"], simulator, settings: settings)
            run.expect(1)
            #expect(run.stderr.contains("has no symbolic links") && run.stderr.contains("--staging"), "\(run.stderr)")
            #expect(run.complaints.count == 1)
            let doctor = try await sandbox.cliosync(["doctor"], simulator, settings: settings)
            doctor.expect(1)
            #expect(doctor.stdout.contains("has no symbolic links"))
            #expect(try simulator.requests().filter(\.isPage).isEmpty)
        }
    }

    @Test(.gate) func aHeldLockIsExitCodeFive() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let files = sandbox.stagedFiles()
            let digests = try await sandbox.digests()
            let locks = [
                ("staging/default/core/.raw.lock", ["extract", "--phase", "core", "--force"]),
                ("staging/default/core/.clean.lock", ["transform", "--phase", "core", "--force"]),
                ("databases/default.sqlite.lock", ["load", "--phase", "core", "--force"]),
            ]
            for (lock, command) in locks {
                #expect(FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(lock)"), "\(lock)")
                let holder = open("\(sandbox.folder)/\(lock)", O_RDWR | O_CLOEXEC)
                #expect(flock(holder, LOCK_EX | LOCK_NB) == 0)
                expect(try await sandbox.cliosync(command, simulator), 5, lock)
                close(holder)
            }
            #expect(sandbox.stagedFiles() == files)
            #expect(try await sandbox.digests() == digests)
        }
    }

    @Test(.gate) func aSecondRunIsSentAwayAndTheFirstGoesOn() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000", "--latency", "60"])
            let first = try sandbox.start(["run", "--json"], simulator, settings: KillTests.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 5 || !first.isRunning }
            expect(try await sandbox.cliosync(["run"], simulator), 5, "raw.lock", "wait for it")
            #expect(try await sandbox.cliosync(["status", "--json"], nil).report().job?.status == "IN_PROGRESS")
            let ending = await first.wait()
            ending.expect(0)
            #expect(try ending.report().job?.status == "COMPLETED")
        }
    }

    @Test(.gate) func damagedFilesAreNamedAndNothingElseIsTouched() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let digests = try await sandbox.digests()
            for (layer, command) in [("raw", ["transform", "--force"]), ("clean", ["load", "--force"])] {
                let path = "staging/default/core/\(layer)/matters/00001.ndjson.gz"
                let whole = sandbox.read(path)
                try whole.dropLast(1000).write(to: URL(fileURLWithPath: "\(sandbox.folder)/\(path)"))
                expect(try await sandbox.cliosync(command + ["--phase", "core"], nil), 1, "\(layer)/matters/00001")
                let check = try await sandbox.cliosync(["staged", "check"], nil)
                check.expect(3)
                #expect(check.stdout.contains("\(layer)/matters/00001.ndjson.gz"))
                try whole.write(to: URL(fileURLWithPath: "\(sandbox.folder)/\(path)"))
                try await sandbox.cliosync(command + ["--phase", "core"], nil).expect(0)
                #expect(try await sandbox.digests() == digests)
            }
        }
    }

    @Test(.gate) func aDatabaseThatIsNotOursIsLeftAlone() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            _ = try await sandbox.query("CREATE TABLE invoices(x); INSERT INTO invoices VALUES (1)", "books.sqlite")
            try sandbox.write(
                "no database at all, but some text that is long enough to be looked at", to: "text.sqlite")
            for name in ["books.sqlite", "text.sqlite"] {
                let before = sandbox.read(name)
                expect(try await sandbox.cliosync(["load", "--phase", "core", "--database", name], nil), 1, name)
                expect(try await sandbox.cliosync(["verify", "--phase", "core", "--database", name], nil), 1, name)
                #expect(sandbox.read(name) == before)
            }
            // Another firm's database is not ours either.
            let other = try await sandbox.cliosync(
                ["run", "--phase", "core", "--connection", "other", "--database", "databases/default.sqlite"], simulator
            )
            other.expect(1)
            #expect(other.stderr.contains("databases/default.sqlite"))
        }
    }

    @Test(.gate) func aForbiddenEntityFailsAndTheOthersContinue() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--forbid", "tasks", "--limit", "100000"])
            let run = try await sandbox.cliosync(["run", "--json", "--log-level", "critical"], simulator)
            run.expect(3)
            let report = try run.report()
            #expect(report.job?.status == "PARTIALLY_COMPLETED")
            #expect(report["supporting", "tasks"]?.status == "FAILED")
            for entity in report.entities where entity.entity != "tasks" {
                #expect(entity.status == "COMPLETED", "\(entity.phase)/\(entity.entity)")
                #expect(entity.loaded > 0)
            }
            #expect(report.job?.features_available.contains("tasks") == false)
            #expect(report.job?.features_available.contains("matters") == true)
            // Once the firm's administrator allows it, the same command brings the rest.
            try await sandbox.control(simulator, "forbid?kind=tasks&value=false")
            let again = try await sandbox.cliosync(["run", "--json"], simulator)
            again.expect(0)
            #expect(try again.report()["supporting", "tasks"]?.status == "COMPLETED")
            #expect(try again.report().job?.status == "COMPLETED")
        }
    }
}
