import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Machines that share an object store: each continues what another one left.
@Suite(.timeLimit(.minutes(40)))
struct FleetTests {
    /// Small pages, and leases that are over soon.
    private static let settings = KillTests.smallPages.merging([
        "SYNC_REMOTE": "s3://bucket/firms", "AWS_ACCESS_KEY_ID": "KEY",
        "AWS_SECRET_ACCESS_KEY": "SECRET-OF-THE-STORE", "SYNC_REMOTE_LEASE_SECONDS": "1",
    ]) { $1 }
    private static let firm = ["--firm", "small", "--defects", "0.02"]

    private struct Fleet {
        let sandbox: Sandbox
        let store: String
        let simulator: Simulator

        var settings: [String: String] { FleetTests.settings.merging(["SYNC_REMOTE_ENDPOINT": store]) { $1 } }

        /// A machine has a folder and a database of its own.
        static func place(_ machine: String) -> [String] { ["--staging", machine, "--database", "\(machine).sqlite"] }

        func start(_ arguments: [String], on machine: String) throws -> ChildProcess {
            try sandbox.start(arguments + Self.place(machine), simulator, settings: settings)
        }

        /// Runs a command again for as long as another machine has the lease.
        func run(_ arguments: [String], on machine: String) async throws -> ChildProcess.Ending {
            while true {
                let ending = try await start(arguments, on: machine).wait()
                #expect(!(ending.stdout + ending.stderr).contains("SECRET-OF-THE-STORE"))
                guard ending.code == 6 else { return ending }
                #expect(ending.stdout.contains("\"resume_at\":\"20"))
            }
        }

        func pages() throws -> [Simulator.Request] { try simulator.requests().filter(\.isPage) }

        /// Whether a machine has begun to work on a list under a lease and has not stored all of it.
        func isFetching(_ phase: String, on machine: String) -> Bool {
            FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(machine)/default/.remote/\(phase).raw.working")
        }

        /// Waits until a process has asked for some more pages.
        func wait(for count: Int, _ process: ChildProcess) async throws {
            let goal = try pages().count + count
            try await poll("pages") { try pages().count >= goal || !process.isRunning }
        }

        func control(_ name: String) async throws {
            let call = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"
            _ = try await sandbox.tool("python3", ["-c", call, "\(store)/control/\(name)"])
        }

        /// No machine asks for more than one page of a list that was asked for before.
        /// - Parameter begins: when each machine began, seconds since 1970.
        func expectFewPagesAgain(_ begins: [Double]) throws {
            var known: Set<String> = []
            for mine in try simulator.pages(ofProcessesFrom: begins) {
                #expect(Set(mine.map(\.asked)).count == mine.count, "a page twice by one machine")
                for (pass, again) in Dictionary(grouping: mine.filter { known.contains($0.asked) }, by: \.pass) {
                    #expect(again.count <= 1, "\(again.count) pages of \(pass.prefix(60)) again")
                }
                known.formUnion(mine.map(\.asked))
            }
            #expect(known.count > 40)
        }

        /// The last machine's work is the store's, and an undisturbed run's.
        /// - Parameter phases: those that it has the files of; empty: all.
        func expectDone(on machine: String, like calm: [String: String], phases: [String] = []) async throws {
            let mine = try await sandbox.digests("\(machine).sqlite")
            #expect(mine == calm, "\(mine.filter { calm[$0.key] != $0.value }.keys.sorted()) differ")
            for command in ["remote", "staged"] {
                let arguments = [command, "check", "--staging", machine] + phases.flatMap { ["--phase", $0] }
                try await sandbox.cliosync(arguments, nil, settings: settings).expect(0)
            }
            try await sandbox.cliosync(["remote", "database", "--force", "all.sqlite"], nil, settings: settings)
                .expect(0)
            #expect(try await sandbox.digests("all.sqlite") == calm)
        }
    }

    private func with(
        _ store: String = "object_store.py", latency: String = "30",
        _ body: (Fleet, [String: String]) async throws -> Void
    ) async throws {
        try await Sandbox.use { sandbox in
            let python = store == "moto_store.py" ? "\(Programs.repository)/.build/store/bin/python" : nil
            let address = try await sandbox.server(store, python: python ?? Programs.tool("python3"))
            let calm = try await sandbox.undisturbedDigests(Self.firm)
            let simulator = try await sandbox.simulator(
                Self.firm + ["--limit", "100000", "--latency", latency, "--jitter", "20"])
            try await body(Fleet(sandbox: sandbox, store: address, simulator: simulator), calm)
        }
    }

    /// Each stage on a machine of its own, with nothing on its disk before.
    @Test(.deep(.remote), arguments: ["object_store.py", "moto_store.py"])
    func everyStageMayRunOnAnotherMachine(_ store: String) async throws {
        try await with(store, latency: "0") { fleet, calm in
            var number = 0
            for phase in ["core", "supporting", "historical"] {
                for stage in ["extract", "transform", "load", "verify"] {
                    number += 1
                    try await fleet.run([stage, "--phase", phase, "--in-job", "--json"], on: "m\(number)").expect(0)
                }
            }
            try await fleet.expectDone(on: "m\(number)", like: calm, phases: ["historical"])
            let pages = try fleet.pages().map(\.asked)
            #expect(Set(pages).count == pages.count)
            // The state in the store is that of all machines.
            let status = try await fleet.sandbox.cliosync(
                ["remote", "status", "--json"], nil, settings: fleet.settings)
            status.expect(0)
            let report = try status.report()
            #expect(report.job?.status == "COMPLETED")
            #expect(report.job?.percent == 100)
            #expect(Set(report.entities.map(\.phase)) == ["core", "supporting", "historical"])
        }
    }

    @Test(.deep(.remote)) func killedMachinesLoseAndRepeatNothing() async throws {
        var numbers = TestSeed.numbers("killed machines")
        try await with { fleet, calm in
            var begins: [Double] = []
            for number in 1...10 {
                begins.append(Date().timeIntervalSince1970)
                let goal = Int.random(in: 2...14, using: &numbers)
                while true {
                    let run = try fleet.start(["run", "--json"], on: "m\(number)")
                    try await fleet.wait(for: goal, run)
                    run.send(SIGKILL)
                    let ending = await run.wait()
                    if ending.code != 6 { break }
                }
                try await fleet.simulator.awaitClosedConnections()
            }
            begins.append(Date().timeIntervalSince1970)
            try await fleet.run(["run", "--json"], on: "last").expect(0)
            try fleet.expectFewPagesAgain(begins)
            try await fleet.expectDone(on: "last", like: calm)
        }
    }

    /// As paused virtual machines: each is frozen, another one takes over, and all of them are thawed at the end.
    @Test(.deep(.remote)) func frozenMachinesOverwriteNothing() async throws {
        var numbers = TestSeed.numbers("frozen machines")
        try await with { fleet, calm in
            var frozen: [ChildProcess] = []
            for number in 1...10 {
                let goal = Int.random(in: 2...14, using: &numbers)
                while true {
                    let run = try fleet.start(["run", "--json"], on: "m\(number)")
                    // Pages that a frozen machine had asked for come in later: they are not this one's.
                    try await poll("a lease") {
                        fleet.isFetching("historical", on: "m\(number)") || !run.isRunning
                    }
                    try await fleet.wait(for: goal, run)
                    run.send(SIGSTOP)
                    guard run.isRunning else { continue }
                    // The last list is far from its end.
                    #expect(fleet.isFetching("historical", on: "m\(number)"))
                    frozen.append(run)
                    break
                }
            }
            try await fleet.run(["run", "--json"], on: "last").expect(0)
            for process in frozen { process.send(SIGCONT) }
            for process in frozen {
                let ending = await process.wait()
                ending.expect(5)
                #expect(ending.stderr.contains("another machine works on it now"))
            }
            try await fleet.expectDone(on: "last", like: calm)
            // What it had not stored is out of date; it continues from what the others stored.
            try await fleet.run(["verify", "--json"], on: "m1").expect(0)
            try await fleet.expectDone(on: "m1", like: calm)
        }
    }

    @Test(.deep(.remote)) func aStoreThatIsAwayForAWhileIsWaitedFor() async throws {
        var numbers = TestSeed.numbers("a store that is away")
        try await with { fleet, calm in
            let run = try fleet.start(["run", "--json"], on: "one")
            for _ in 0..<5 {
                try await fleet.wait(for: Int.random(in: 2...14, using: &numbers), run)
                try await fleet.control("down")
                // Every stream waits for its page to be stored.
                var before = -1
                try await poll("requests to stop") {
                    let count = try fleet.pages().count
                    defer { before = count }
                    if count == before { return true }
                    try await Task.sleep(for: .seconds(1))
                    return false
                }
                #expect(run.isRunning)
                try await fleet.control("up")
            }
            await run.wait().expect(0)
            let pages = try fleet.pages().map(\.asked)
            #expect(Set(pages).count == pages.count)
            try await fleet.expectDone(on: "one", like: calm)
        }
    }
}
