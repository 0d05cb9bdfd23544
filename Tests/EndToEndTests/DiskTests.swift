import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Disks that are full, files that are locked, not to be written or damaged: one line that says what to do, the
/// documented exit code, and once the cause is gone the same command ends in the same database.
@Suite(.timeLimit(.minutes(40)))
struct DiskTests {
    private static let firm = ["--firm", "small", "--defects", "0.02"]
    private static let job = "staging/default/job.sqlite"
    private static let database = "databases/default.sqlite"
    private static var mountsAreAllowed: Bool { succeeds("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]) }
    private static var mayMakeImmutable: Bool {
        let file = NSTemporaryDirectory() + "/cliosync-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        return FileManager.default.createFile(atPath: file, contents: nil) && succeeds("chattr", ["+i", file])
            && succeeds("chattr", ["-i", file])
    }

    private static func succeeds(_ tool: String, _ arguments: [String]) -> Bool {
        Tool.runBlocking(tool, arguments).code == 0
    }

    private func expect(
        _ ending: ChildProcess.Ending, _ code: Int32, _ words: String..., location: SourceLocation = #_sourceLocation
    ) {
        ending.expect(code, location: location)
        #expect(ending.complaints.count == 1, "\(ending.stderr.prefix(1500))", sourceLocation: location)
        for word in words {
            #expect(ending.stderr.contains(word), "\(ending.stderr.prefix(1500))", sourceLocation: location)
        }
    }

    /// The disk grows a little after each failure, so that it is full in the extract, in the transform, in the load and
    /// while the log is moved into the database.
    /// Before anything is written, and before hours of extract.
    @Test(.gate, .enabled(if: mountsAreAllowed, "a tmpfs cannot be mounted here"))
    func aStageThatWillNotFitIsRefused() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "800", "--contacts", "1600", "--limit", "100000",
            ])
            let disk = sandbox.folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            _ = try await sandbox.tool("mount", ["-t", "tmpfs", "-o", "size=1200k", "tmpfs", disk])
            defer { _ = Self.succeeds("umount", ["-l", disk]) }
            let run = try await sandbox.cliosync(["run", "--staging", "disk/staging"], simulator)
            expect(run, 1, "extract core, supporting, historical needs about", "MB are free", "--ignore-disk-space")
            #expect(try simulator.requests().filter(\.isPage).isEmpty)
            _ = try await sandbox.tool("sh", ["-c", "rm -rf disk/staging"])
            try await sandbox.cliosync(["extract", "--phase", "core"], simulator).expect(0)
            try await sandbox.cliosync(["transform", "--phase", "core"], nil).expect(0)
            let load = try await sandbox.cliosync(
                ["load", "--phase", "core", "--database", "disk/firm.sqlite"], nil)
            expect(load, 1, "load core needs about", "--ignore-disk-space")
            #expect(!FileManager.default.fileExists(atPath: disk + "/firm.sqlite"))
        }
    }

    @Test(.deep(.disks), .enabled(if: mountsAreAllowed, "a tmpfs cannot be mounted here"))
    func aFullDiskStopsEveryStageAndLosesNothing() async throws {
        try await Sandbox.use { sandbox in
            let calm = try await sandbox.undisturbedDigests(Self.firm)
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000"])
            let disk = sandbox.folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            var size = 300
            _ = try await sandbox.tool("mount", ["-t", "tmpfs", "-o", "size=\(size)k", "tmpfs", disk])
            defer { _ = Self.succeeds("umount", ["-l", disk]) }
            let run = [
                "run", "--staging", "disk/staging", "--database", "disk/firm.sqlite", "--ignore-disk-space",
                "--log-level", "critical",
            ]
            var full: [String: Int] = [:]
            var code: Int32?
            while code != 0, size < 100_000 {
                let ending = try await sandbox.cliosync(run, simulator)
                code = ending.code
                guard code != 0 else { break }
                #expect([1, 3, 4].contains(code), "\(ending.stderr.suffix(1000))")
                #expect(
                    ending.stderr.contains(#/disk is full|No space left on device/#), "\(ending.stderr.suffix(1000))")
                #expect(ending.stderr.contains(#/free some (disk )?space/#), "\(ending.stderr.suffix(1000))")
                for place in ["job.sqlite", "raw/", "clean/", "firm.sqlite"] where ending.stderr.contains(place) {
                    full[place, default: 0] += 1
                }
                size += size / 5
                _ = try await sandbox.tool("mount", ["-o", "remount,size=\(size)k", disk])
            }
            #expect(code == 0)
            #expect(full["job.sqlite", default: 0] > 0 && full["firm.sqlite", default: 0] > 0, "\(full)")
            #expect(try await sandbox.digests("disk/firm.sqlite") == calm)
            let check = try await sandbox.cliosync(["staged", "check", "--staging", "disk/staging"], nil)
            #expect(check.code == 0, "\(check.stdout.suffix(1500))")
        }
    }

    @Test(.deep(.disks)) func aDatabaseThatAnotherProgramHoldsIsWaitedForAndThenExitCodeFive() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let digests = try await sandbox.digests()
            let hold =
                "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
                + "c.execute('BEGIN EXCLUSIVE'); open(sys.argv[1] + '.held', 'w'); time.sleep(float(sys.argv[2]))"
            for (file, command) in [(Self.database, ["load", "--force"]), (Self.job, ["run"])] {
                for (seconds, code) in [(2.0, Int32(0)), (60.0, 5)] {
                    let holder = try ChildProcess(
                        Programs.tool("python3"), ["-c", hold, file, "\(seconds)"],
                        environment: ProcessInfo.processInfo.environment, folder: sandbox.folder,
                        output: "\(sandbox.folder)/logs/holder-\(UUID().uuidString)")
                    let mark = "\(sandbox.folder)/\(file).held"
                    try await poll("the lock") { FileManager.default.fileExists(atPath: mark) }
                    let ending = try await sandbox.cliosync(command, simulator)
                    if code == 0 { ending.expect(0) } else { expect(ending, code, file, "another process", "close") }
                    holder.send(SIGKILL)
                    _ = await holder.wait()
                    try FileManager.default.removeItem(atPath: mark)
                }
                try await sandbox.cliosync(command, simulator).expect(0)
                #expect(try await sandbox.digests() == digests)
            }
        }
    }

    @Test(.deep(.disks), .enabled(if: mayMakeImmutable, "files cannot be made immutable here"))
    func aFileThatMayNotBeWrittenIsNamed() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let digests = try await sandbox.digests()
            for (file, command) in [(Self.database, ["load", "--force"]), (Self.job, ["run"])] {
                _ = try await sandbox.tool("chattr", ["+i", file])
                defer { _ = Self.succeeds("chattr", ["-i", "\(sandbox.folder)/\(file)"]) }
                expect(try await sandbox.cliosync(command, simulator), 1, file, "check")
                // Reading is another matter.
                try await sandbox.cliosync(["verify"], nil).expect(0)
                _ = try await sandbox.tool("chattr", ["-i", file])
                try await sandbox.cliosync(command, simulator).expect(0)
                #expect(try await sandbox.digests() == digests)
            }
        }
    }

    /// How a file can be spoiled.
    enum Damage: CaseIterable { case pages, cut, text, foreign }

    @Test(.deep(.disks), arguments: Damage.allCases)
    func aDamagedDatabaseIsMovedAwayAndEverythingComesAgain(damage: Damage) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--limit", "100000"])
            try await sandbox.cliosync(["run"], simulator).expect(0)
            let digests = try await sandbox.digests()
            let requests = try simulator.requests().count
            for (file, commands) in [(Self.database, [["load", "--force"], ["verify"]]), (Self.job, [["run"]])] {
                let path = "\(sandbox.folder)/\(file)"
                _ = try await sandbox.query("PRAGMA wal_checkpoint(TRUNCATE)", file)
                var bytes = sandbox.read(file)
                switch damage {
                case .pages:
                    // Everything but the first page, which names the tables.
                    let start = file == Self.database ? 16384 : 4096
                    bytes.replaceSubrange(start..., with: Data(repeating: 0x5A, count: bytes.count - start))
                case .cut: bytes = bytes.prefix(bytes.count / 3 + 77)
                case .text:
                    bytes = Data("A text of somebody's, by chance with this name; long enough to be looked at.".utf8)
                case .foreign: break
                }
                try FileManager.default.removeItem(atPath: path)
                if damage == .foreign {
                    _ = try await sandbox.query("CREATE TABLE invoices(x); INSERT INTO invoices VALUES(1)", file)
                } else {
                    try bytes.write(to: URL(fileURLWithPath: path))
                }
                let before = sandbox.read(file)
                for command in commands {
                    let ending = try await sandbox.cliosync(command, simulator)
                    expect(ending, 1, file)
                    #expect(ending.stderr.contains(#/move it away|choose another file/#), "\(ending.stderr)")
                    #expect(sandbox.read(file) == before, "it is left as it was")
                }
                for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
                try await sandbox.cliosync(["run"], simulator).expect(0)
                #expect(try await sandbox.digests() == digests)
            }
            let pages = try simulator.requests().dropFirst(requests).filter(\.isPage).count
            #expect(pages == 0, "what is staged is not asked for again")
        }
    }
}
