import Foundation
import Testing

/// `remote`: what one machine staged is a database on another one.
@Suite(.timeLimit(.minutes(40)))
struct RemoteTests {
    private static let keys = ["AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET-OF-THE-STORE"]

    private func settings(_ store: String) -> [String: String] {
        Self.keys.merging(["SYNC_REMOTE": "s3://bucket/firms", "SYNC_REMOTE_ENDPOINT": store]) { $1 }
    }

    /// Two staging folders are two machines.
    private static let two = ["--staging", "two", "--database", "two.sqlite"]

    private func remote(
        _ sandbox: Sandbox, _ store: String, _ command: String..., on machine: String = "staging"
    ) async throws -> ChildProcess.Ending {
        let ending = try await sandbox.cliosync(
            ["remote"] + command + ["--staging", machine], nil, settings: settings(store))
        #expect(!(ending.stdout + ending.stderr).contains("SECRET-OF-THE-STORE"))
        return ending
    }

    /// One machine syncs and stores, the other one receives and loads.
    private func moves(_ sandbox: Sandbox, _ store: String, _ simulator: Simulator, _ phases: [String]) async throws {
        try await sandbox.cliosync(["run"] + phases, simulator).expect(0)
        try await remote(sandbox, store, "push").expect(0)
        try await remote(sandbox, store, "pull", on: "two").expect(0)
        for stage in ["load", "verify"] {
            try await sandbox.cliosync([stage] + phases + Self.two, nil).expect(0)
        }
        #expect(try await sandbox.digests("two.sqlite", tables: 4) == (try await sandbox.digests(tables: 4)))
    }

    @Test(.gate) func anotherMachineLoadsTheSameDatabase() async throws {
        try await Sandbox.use { sandbox in
            let store = try await sandbox.server("object_store.py")
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            // Without a command for it: the run stores what it makes, and the other machine fetches what it needs.
            let core = ["--phase", "core"]
            let settings = settings(store)
            try await sandbox.cliosync(["run"] + core, simulator, settings: settings).expect(0)
            try await sandbox.cliosync(["verify"] + core + Self.two, nil, settings: settings).expect(0)
            let digests = try await sandbox.digests(tables: 4)
            #expect(try await sandbox.digests("two.sqlite", tables: 4) == digests)
            try await remote(sandbox, store, "check", on: "two").expect(0)
            try await remote(sandbox, store, "database", "all.sqlite").expect(0)
            #expect(try await sandbox.digests("all.sqlite", tables: 4) == digests)
            #expect(try await remote(sandbox, store, "status").stdout.contains("COMPLETED"))
            var wrong = settings
            wrong["AWS_ACCESS_KEY_ID"] = "OTHER"
            let refused = try await sandbox.cliosync(["remote", "ls"], nil, settings: wrong)
            refused.expect(4)
            #expect(refused.stderr.contains("check AWS_ACCESS_KEY_ID"))
            wrong["AWS_ACCESS_KEY_ID"] = nil
            try await sandbox.cliosync(["remote", "ls"], nil, settings: wrong).expect(2)
        }
    }

    /// moto has the names, conditions and listings of Amazon's S3.
    @Test(.deep(.remote), arguments: ["object_store.py", "moto_store.py"])
    func aMachineThatDoesNotKnowTheLastStateOverwritesNothing(_ script: String) async throws {
        try await Sandbox.use { sandbox in
            let python = Programs.repository + "/.build/store/bin/python"
            let store = try await sandbox.server(script, python: python)
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            try await moves(sandbox, store, simulator, [])
            #expect(try await remote(sandbox, store, "push").stdout.contains("the store has everything already"))
            #expect(try await remote(sandbox, store, "ls", "--json").stdout.split(separator: "\n").count >= 6)
            try await sandbox.cliosync(["staged", "check"] + Self.two, nil).expect(0)
            let core = ["--phase", "core"]
            try await sandbox.cliosync(["extract", "--force"] + core + Self.two, simulator).expect(0)
            try await remote(sandbox, store, "push", "--phase", "core", on: "two").expect(0)
            // Within the same second, the same records would make the same files.
            try await sandbox.control(simulator, "change?kind=matters&edit=3&add=1")
            try await sandbox.cliosync(["extract", "--force"] + core, simulator).expect(0)
            let refused = try await remote(sandbox, store, "push", "--phase", "core")
            refused.expect(5)
            #expect(refused.stderr.contains("the store has another state than this machine knows"))
            try await remote(sandbox, store, "pull", "--phase", "core").expect(5)
            try await remote(sandbox, store, "check").expect(3)
            try await remote(sandbox, store, "check", on: "two").expect(0)
            try await remote(sandbox, store, "pull", "--phase", "core", "--force").expect(0)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            let doctor = try await sandbox.cliosync(["doctor", "--json"], simulator, settings: settings(store))
            #expect(doctor.stdout.contains("keeps the conditions of writes"))
            try await remote(sandbox, store, "rm").expect(2)
            try await remote(sandbox, store, "rm", "--yes").expect(0)
            #expect(try await remote(sandbox, store, "ls").stdout.contains("the store has nothing of default"))
        }
    }

    /// A machine that is halted in the middle of a push, as a paused virtual machine is, and continues after another one
    /// has pushed.
    @Test(.deep(.remote)) func aFrozenPushOverwritesNothing() async throws {
        try await Sandbox.use { sandbox in
            let store = try await sandbox.server("object_store.py")
            func control(_ name: String) async throws -> String {
                let call = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
                return try await sandbox.tool("python3", ["-c", call, "\(store)/control/\(name)"])
            }
            let simulator = try await sandbox.simulator(["--defects", "0.02", "--limit", "100000"])
            let core = ["--phase", "core"]
            try await moves(sandbox, store, simulator, core)
            for machine in [[], Self.two] {
                try await sandbox.cliosync(["extract", "--force"] + core + machine, simulator).expect(0)
            }
            _ = try await control("hold")
            let frozen = try sandbox.start(["remote", "push"] + core, nil, settings: settings(store))
            var isHeld = false
            while !isHeld, frozen.isRunning { isHeld = try await control("held").hasPrefix("0") == false }
            #expect(isHeld)
            frozen.send(SIGSTOP)
            _ = try await control("release")
            try await remote(sandbox, store, "push", "--phase", "core", on: "two").expect(0)
            frozen.send(SIGCONT)
            let ending = await frozen.wait()
            ending.expect(5)
            #expect(ending.stderr.contains("the store has another state than this machine knows"))
            try await remote(sandbox, store, "check", on: "two").expect(0)
        }
    }
}
