import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Output that cannot be written, and readers and terminals that go away.
@Suite(.timeLimit(.minutes(40)))
struct OutputTests {
    /// A shell's exit code of a command, and what it said on stderr where that is kept.
    private func shell(_ sandbox: Sandbox, _ command: String) async throws -> String {
        let path = (Programs.cliosync as NSString).deletingLastPathComponent
        return try await sandbox.tool(
            "bash",
            [
                "-c",
                "cd \(sandbox.folder); export PATH=\(path):$PATH HOME=\(sandbox.folder)/home "
                    + "XDG_CONFIG_HOME=\(sandbox.folder)/config XDG_RUNTIME_DIR=\(sandbox.folder)/runtime; \(command)",
            ])
    }

    private func areas(_ sandbox: Sandbox, _ count: Int) async throws {
        let lines = (1...count).map { #"{"id":\#($0),"name":"Area \#($0) \#(String(repeating: "x", count: 100))"}"# }
        try sandbox.write(lines.joined(separator: "\n"), to: "areas.ndjson")
        try await sandbox.cliosync(
            ["staged", "import", "--phase", "core", "--entity", "practice_areas", "areas.ndjson"], nil
        ).expect(0)
    }

    /// One line on stderr and exit code 1, whatever the command; none where stderr is gone too.
    @Test(.gate) func aListingThatCannotBeWrittenEndsWithOneLine() async throws {
        try await Sandbox.use { sandbox in
            try await areas(sandbox, 3000)
            for command in [
                "--help", "--version", "run --help", "staged ls", "staged ls --json",
                "staged cat --entity practice_areas",
                "staged head", "staged stats --entity practice_areas", "--generate-completion-script bash",
            ] {
                for place in [">/dev/full", ">&-", "1</dev/null"] {
                    let said = try await shell(
                        sandbox, "cliosync \(command) \(place); echo \"code $?\" >&2) 2>&1".prefixed("("))
                    let lines = said.split(separator: "\n")
                    #expect(lines.count >= 2 && lines.last == "code 1", "\(command) \(place): \(said)")
                    #expect(
                        lines.dropLast().last?.hasPrefix("error: stdout cannot be written (") == true,
                        "\(command): \(said)")
                }
                let mute = try await shell(sandbox, "cliosync \(command) >&- 2>&-; echo $?")
                #expect(mute == "1\n", "\(command): \(mute)")
            }
            // Closed stdout and stderr take no file's number.
            #expect(try await shell(sandbox, "cliosync nonsense >&- 2>&-; echo $?") == "2\n")
            #expect(try await shell(sandbox, "cliosync nonsense 2>/dev/full; echo $?") == "2\n")
        }
    }

    /// The exit code is that of the work; that its report is lost is said.
    @Test(.gate) func workThatIsDoneDoesNotFailForItsReport() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--matters", "20", "--contacts", "20", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            for (command, says) in [
                ("export copy.sqlite", "copy.sqlite"), ("verify --phase core", "`cliosync verify` shows it again"),
                ("init", "the files are written"), ("reset latest --entity matters --yes", "cliosync status"),
                ("prioritize latest matters", "cliosync status"), ("auth logout", "there is no login of default"),
            ] {
                let said = try await shell(sandbox, "cliosync \(command) 2>&1 >/dev/full; echo \"code $?\"")
                #expect(said.contains("could not be written to stdout") && said.contains(says), "\(command): \(said)")
                #expect(said.hasSuffix("code 0\n"), "\(command): \(said)")
            }
            #expect(FileManager.default.fileExists(atPath: sandbox.folder + "/copy.sqlite"))
            #expect(FileManager.default.fileExists(atPath: sandbox.folder + "/.env"))
            let preview = try await shell(sandbox, "cliosync reset latest >/dev/full 2>/dev/null; echo $?")
            #expect(preview == "1\n")
            let help = try await shell(sandbox, "\(Programs.simulator) --help 2>&1 >/dev/full; echo $?")
            #expect(help.hasPrefix("clio-simulator: stdout cannot be written (") && help.hasSuffix("1\n"), "\(help)")
        }
    }

    @Test(.gate) func variablesThatAreNoTextAreRefusedByName() async throws {
        try await Sandbox.use { sandbox in
            for name in ["CLIO_ACCESS_TOKEN", "SYNC_WINDOW", "HTTPS_PROXY", "TMPDIR"] {
                let said = try await shell(sandbox, "\(name)=$'secret\\xff' cliosync staged ls 2>&1; echo $?")
                #expect(
                    said.contains("the variable \(name) in the environment is no UTF-8 text")
                        && said.hasSuffix("\n2\n"), "\(said)")
                #expect(!said.contains("secret"))
            }
            for option in ["--truth", "--log"] {
                let said = try await shell(
                    sandbox, "\(Programs.simulator) \(option) $'zz\\xff' 2>&1; echo $?; ls -A | grep ^zz; true")
                #expect(said.hasPrefix("clio-simulator: argument 2, $'zz\\xFF', is no UTF-8 text"), "\(said)")
                #expect(said.hasSuffix("\n2\n"), "\(said)")
            }
            // A folder may have any name.
            let script = """
                mkdir $'f\\xff' && cd $'f\\xff' && printf '{"id":1,"name":"a"}' >areas &&
                cliosync staged import --phase core --entity practice_areas areas >/dev/null &&
                cliosync transform --phase core --entity practice_areas >/dev/null &&
                cliosync load --phase core --entity practice_areas >/dev/null && cliosync staged ls | grep -c practice_areas;
                cd ..; ls -A | grep -c '^f'
                """
            let said = try await shell(sandbox, "(\(script)) 2>&1")
            #expect(said.hasSuffix("\n1\n") || said == "1\n1\n", "\(said)")
        }
    }

    /// A reader that has enough is no error.
    @Test(.gate) func aReaderThatGoesAwayEndsAListingQuietly() async throws {
        try await Sandbox.use { sandbox in
            try await areas(sandbox, 30_000)
            for command in ["staged cat --entity practice_areas", "staged ls", "--help"] {
                let said = try await shell(
                    sandbox,
                    "(cliosync \(command); echo \"code $?\" >&2) 2>&1 >/dev/null | cat; "
                        + "(cliosync \(command); echo \"code $?\" >&2) 2>errors | head -n 1 >/dev/null; cat errors")
                #expect(said == "code 0\ncode 0\n", "\(command): \(said)")
            }
        }
    }

    /// A pipe that is full and does not block, read slowly: every byte comes.
    @Test(.gate) func aPipeThatDoesNotBlockGetsEveryByte() async throws {
        try await Sandbox.use { sandbox in
            try await areas(sandbox, 30_000)
            let script = """
                import os, subprocess, sys, time
                reading, writing = os.pipe()
                os.set_blocking(writing, False)
                child = subprocess.Popen([sys.argv[1], "staged", "cat", "--entity", "practice_areas"], stdout=writing, cwd=sys.argv[2])
                os.close(writing)
                size = 0
                while True:
                    data = os.read(reading, 300000)
                    if not data: break
                    size += len(data)
                    time.sleep(0.001)
                print(size, child.wait())
                """
            let said = try await sandbox.tool("python3", ["-c", script, Programs.cliosync, sandbox.folder])
            let whole = try await shell(sandbox, "zcat staging/default/core/raw/practice_areas/*.gz | wc -c")
            #expect(said == "\(whole.trimmingCharacters(in: .whitespacesAndNewlines)) 0\n")
        }
    }

    /// Neither a full disk under the log, nor closed outputs, nor a terminal that goes away ends a run.
    @Test(.gate) func aRunGoesOnWithoutItsOutput() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "600", "--contacts", "600", "--latency", "100", "--limit", "100000",
            ])
            let settings = "CLIO_BASE_URL=\(simulator.address) CLIO_ACCESS_TOKEN=\(Simulator.token)"
            for (name, places) in [("full", ">/dev/full 2>/dev/full"), ("closed", ">&- 2>&-"), ("gone", "2>&1 | true")]
            {
                let said = try await shell(
                    sandbox,
                    "(\(settings) cliosync run --phase core --connection \(name) --log-level debug; echo $? >code) \(places); cat code"
                )
                #expect(said == "0\n", "\(name): \(said)")
                #expect(try await sandbox.query("SELECT count(*) FROM matters", "databases/\(name).sqlite") == "600")
            }
            // A terminal that hangs up: the leader of its session ends, and the kernel sends SIGHUP.
            let script = """
                import os, pty, signal, sys, time
                child, terminal = pty.fork()
                if child == 0:
                    os.chdir(sys.argv[2])
                    os.execv(sys.argv[1], ["cliosync", "run", "--phase", "core", "--connection", "hangup"])
                os.read(terminal, 100)
                os.close(terminal)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
                """
            try sandbox.write(
                "CLIO_BASE_URL=\(simulator.address)\r\nCLIO_ACCESS_TOKEN=\(Simulator.token)\r\n",
                to: "connections/hangup.env")
            let said = try await shell(
                sandbox, "TERM=xterm python3 -c '\(script)' \(Programs.cliosync) \(sandbox.folder)")
            #expect(said == "0\n", "\(said)")
            #expect(try await sandbox.query("SELECT count(*) FROM matters", "databases/hangup.sqlite") == "600")
        }
    }

    /// Clio refuses everything from the fourth request on: the run waits in its estimate, and hears a stop there.
    @Test(.gate) func aStopIsHeardWhileTheEstimateWaits() async throws {
        try await Sandbox.use { sandbox in
            for fault in ["stall", "rate"] {
                let simulator = try await sandbox.simulator(
                    fault == "stall"
                        ? ["--fault", "stall@1", "--stall", "600"] : ["--limit", "3", "--window", "600"])
                let run = try sandbox.start(
                    ["run", "--connection", fault], simulator, settings: ["SYNC_REQUEST_TIMEOUT_MS": "3000000"])
                // A stalled request is written down at its end.
                try await poll("the run to wait") {
                    let said = FileManager.default.contents(atPath: run.output + ".err") ?? Data()
                    return try !said.isEmpty && (fault == "stall" || simulator.requests().count >= 2)
                }
                run.send(SIGTERM)
                await run.wait().expect(130)
            }
        }
    }

    /// A stop that came too late for its process is not the next one's, and arguments that are no text name no file.
    @Test(.gate) func argumentsThatAreNoTextAreRefusedByName() async throws {
        try await Sandbox.use { sandbox in
            let said = try await shell(
                sandbox,
                "cliosync init --force $'b\\xffd' 2>&1; cliosync staged ls --staging $'\\xc3(x' 2>&1; echo $?; ls -A")
            #expect(
                said.contains("$'b\\xFFd', is no UTF-8 text") && said.contains("$'\\xC3(x', is no UTF-8 text"),
                "\(said)")
            #expect(said.contains("\n2\n"))
            #expect(!said.contains("\u{FFFD}"))
            let others = try await shell(
                sandbox,
                "CLIO_CLIENT_SECRET=$'s\\xff' cliosync status 2>&1; \(Programs.simulator) --truth $'b\\xffd' 2>&1; "
                    + "echo $?; mkdir $'u\\xff'; cd $'u\\xff'; cliosync init 2>&1; echo $?; ls -A")
            #expect(others.contains("the variable CLIO_CLIENT_SECRET in the environment is no UTF-8 text"), "\(others)")
            #expect(others.contains("clio-simulator: argument 2, $'b\\xFFd', is no UTF-8 text"), "\(others)")
            #expect(others.contains("\\xFF', has a name that is no UTF-8 text"), "\(others)")
            #expect(others.hasSuffix("\n2\n"), "\(others)")
        }
    }

    /// What `--force` must not replace: devices, pipes, staged files, other connections' databases.
    @Test(.gate) func anExportReplacesOnlyExports() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--matters", "20", "--contacts", "20", "--limit", "100000"])
            try await sandbox.cliosync(["run", "--phase", "core"], simulator).expect(0)
            try sandbox.write("", to: "databases/jones.sqlite.lock")
            try sandbox.write("jones", to: "databases/jones.sqlite")
            _ = try await sandbox.tool("mkfifo", [sandbox.folder + "/pipe"])
            for (file, says) in [
                ("", "names no file"), ("new/", "names no file"), ("pipe", "is a device, a pipe or a socket"),
                ("databases/jones.sqlite", "is the database of a connection"), ("databases", "is a folder"),
                ("databases/default.sqlite", "is the database itself"), ("staging/default/job.sqlite", "staged files"),
            ] {
                let ending = try await sandbox.cliosync(["export", "--force", file], nil)
                #expect(ending.code == 2 || ending.code == 1, "\(file)")
                #expect(ending.stderr.contains(says), "\(file): \(ending.stderr)")
            }
            #expect(try String(contentsOfFile: sandbox.folder + "/databases/jones.sqlite", encoding: .utf8) == "jones")
            try await sandbox.cliosync(["status"], nil).expect(0)
            try await sandbox.cliosync(["export", "copy.sqlite"], nil).expect(0)
            try await sandbox.cliosync(["export", "--force", "copy.sqlite"], nil).expect(0)
        }
    }
}

extension String {
    fileprivate func prefixed(_ text: String) -> String { text + self }
}
