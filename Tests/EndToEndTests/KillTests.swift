import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `kill -9` at any instant, then the same command again (DESIGN.md section 6, promise 2).
@Suite(.timeLimit(.minutes(20)))
struct KillTests {
    /// Small pages, so that there are many instants to be killed at.
    static let smallPages = Dictionary(
        uniqueKeysWithValues: ["MATTERS", "CONTACTS", "CALENDAR", "TASKS", "DOCUMENTS", "TIME_ENTRIES"].map {
            ("SYNC_BATCH_SIZE_\($0)", "25")
        })

    /// As many as `CLIOSYNC_E2E_KILLS` says.
    private static let kills = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_KILLS"].flatMap(Int.init) ?? 50

    /// A small firm in small pages, and one whose calendar is longer than a walk reaches, so that it is cut in time.
    @Test(arguments: [
        (["--firm", "small"], smallPages, kills), (["--firm", "small", "--calendar-entries", "12000"], [:], 6),
    ])
    func m27KilledExtractsEndInTheSameDatabaseAndRepeatOnlyThePagesInFlight(
        shape: [String], settings: [String: String], kills: Int
    ) async throws {
        try await Sandbox.use { sandbox in
            let firm = shape + ["--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(
                firm + ["--limit", "100000", "--latency", "40", "--jitter", "20"])
            var ends: [Double] = []
            for _ in 0..<kills {
                let run = try sandbox.start(["run", "--json"], simulator, settings: settings)
                let goal = try simulator.requests().count + Int.random(in: 2...(kills > 20 ? 14 : 30))
                try await poll("requests") { try simulator.requests().count >= goal || !run.isRunning }
                run.send(SIGKILL)
                let ending = await run.wait()
                #expect(ending.signal == SIGKILL || ending.code == 0)
                // Once it has answered this, the simulator has read what the dead process left in its socket.
                try await sandbox.control(simulator, "latency?value=40")
                ends.append(Date().timeIntervalSince1970)
            }
            let last = try await sandbox.cliosync(["run", "--json"], simulator, settings: settings)
            last.expect(0)
            let failed = try last.report().verify?.checks.filter { !$0.ok }
            #expect(failed?.isEmpty == true, "\(failed ?? [])")
            #expect(try await sandbox.digests() == calm)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)

            // Each run asks again for at most one page of each walk, the one in flight at the kill before it.
            let pages = try simulator.requests().filter(\.isPage)
            var known: Set<String> = []
            var asked = 0
            for (begin, end) in zip([0] + ends, ends + [.infinity]) {
                let mine = pages.filter { $0.time >= begin && $0.time < end }
                asked += mine.count
                #expect(Set(mine.map(\.asked)).count == mine.count, "a page twice in one run")
                let again = Dictionary(grouping: mine.filter { known.contains($0.asked) }, by: \.walk)
                for (walk, repeated) in again {
                    #expect(repeated.count <= 1, "\(repeated.count) pages of \(walk.prefix(60)) again")
                }
                known.formUnion(mine.map(\.asked))
            }
            #expect(asked == pages.count)
            #expect(known.count > 80)
        }
    }

    /// At each of two moments: fifty of each stage, or twice what `CLIOSYNC_E2E_KILLS` says.
    private static let localKills =
        ProcessInfo.processInfo.environment["CLIOSYNC_E2E_KILLS"].flatMap(Int.init) ?? 25

    /// A first transform and load, views and search with it; then both again for another schema, which rebuilds tables.
    @Test func m27KilledTransformsLoadsAndRebuildsEndInTheSameDatabase() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "medium", "--defects", "0.02", "--limit", "100000",
            ])
            try await sandbox.cliosync(["extract"], simulator).expect(0)
            simulator.process.send(SIGTERM)
            _ = try await sandbox.tool("cp", ["-a", "staging", "calm"])
            for moment in ["first", "another schema"] {
                if moment != "first" {
                    for phase in ["core", "supporting", "historical"] {
                        let path = "pipelines/\(phase).yaml"
                        let text = String(decoding: sandbox.read(path), as: UTF8.self)
                        // A column goes, which no added column makes up for: the tables are built anew.
                        try sandbox.write(text.replacing("        etag: text\n", with: ""), to: path)
                    }
                }
                for stage in ["transform", "load"] {
                    try await sandbox.cliosync([stage, "--staging", "calm", "--database", "calm.sqlite"], nil).expect(0)
                }
                let calm = try await sandbox.digests("calm.sqlite")
                for stage in ["transform", "load"] {
                    let folder = sandbox.folder
                    var kills = 0
                    var runs = 0
                    var isThrough = false
                    while kills < Self.localKills, runs < 6 * Self.localKills {
                        runs += 1
                        // Once it is through, all over again, so that there is something to be killed in.
                        let run = try sandbox.start([stage] + (isThrough ? ["--force"] : []), nil)
                        // Any instant will do: this is no waiting for something.
                        try await Task.sleep(for: .milliseconds(Int.random(in: 5...(stage == "load" ? 700 : 350))))
                        run.send(SIGKILL)
                        if await run.wait().signal == SIGKILL {
                            kills += 1
                        } else if stage == "transform" || moment != "first" {
                            isThrough = true
                        } else {
                            // A first load is from nothing.
                            let files =
                                (try? FileManager.default.contentsOfDirectory(atPath: folder + "/databases")) ?? []
                            for file in files {
                                try FileManager.default.removeItem(atPath: "\(folder)/databases/\(file)")
                            }
                        }
                    }
                    #expect(kills == Self.localKills, "\(moment), \(stage)")
                    try await sandbox.cliosync([stage], nil).expect(0)
                }
                try await sandbox.cliosync(["verify"], nil).expect(0)
                try await sandbox.cliosync(["staged", "check"], nil).expect(0)
                #expect(try await sandbox.digests() == calm, "\(moment)")
                #expect(try await sandbox.query("PRAGMA integrity_check") == "ok")
                let views = "SELECT (SELECT count(*) FROM open_matters) + (SELECT count(*) FROM matters_search)"
                #expect(try await sandbox.query(views) == sandbox.query(views, "calm.sqlite"))
            }
        }
    }

    /// Not at random: just before the calls that change the disk, each in a folder of its own.
    @Test func m27AStageMayDieBeforeAnyChangeOfTheDisk() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "40", "--contacts", "40", "--calendar-entries", "40", "--defects", "0.05",
                "--limit", "1000000",
            ])
            let shim = try await shim(sandbox)
            let base = sandbox.folder + "/base"
            try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: Programs.pipelines, toPath: base + "/pipelines")
            let most = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_INSTANTS"] ?? "3"
            let variables = sandbox.environment([
                "CLIO_ACCESS_TOKEN": Simulator.token, "CLIO_BASE_URL": simulator.address,
            ])
            let report = try await sandbox.tool(
                "env",
                ["-i"] + variables.map { "\($0.key)=\($0.value)" } + [
                    Programs.tool("python3"), Programs.script("kill_everywhere.py"), Programs.cliosync, shim, base,
                    most,
                ])
            // Each stage was killed, and often.
            let killed = report.split(separator: "\n").compactMap { line in
                (line.range(of: "\"killed\": ").map { line[$0.upperBound...].prefix { $0.isNumber } }).flatMap {
                    Int($0)
                }
            }
            #expect(killed.count == 6 && killed.filter { $0 >= 15 }.count >= 5, "\(report)")
        }
    }

    /// `kill_at.c`, built.
    private func shim(_ sandbox: Sandbox) async throws -> String {
        let shim = sandbox.folder + "/kill_at.so"
        _ = try await sandbox.tool(
            "clang", ["-O1", "-shared", "-fPIC", "-o", shim, Programs.script("kill_at.c"), "-ldl"])
        return shim
    }

    /// A person who stops a run is no failure of it, whatever it was about.
    @Test func m33AStopAtAnyInstantOfTheLocalStagesPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.02", "--limit", "100000"])
            let shim = try await shim(sandbox)
            try await sandbox.cliosync(["extract"], simulator, settings: Self.smallPages).expect(0)
            _ = try await sandbox.tool("cp", ["-a", "staging", "extracted"])
            func begin(_ settings: [String: String]) async throws -> ChildProcess.Ending {
                for folder in ["staging", "databases"] {
                    _ = try await sandbox.tool("rm", ["-rf", folder])
                }
                _ = try await sandbox.tool("cp", ["-a", "extracted", "staging"])
                return try await sandbox.cliosync(
                    ["run", "--json"], simulator, settings: settings.merging(["LD_PRELOAD": shim]) { $1 })
            }
            try await begin(["KILL_COUNT": sandbox.folder + "/counted"]).expect(0)
            let calm = try await sandbox.digests()
            let counted = String(decoding: sandbox.read("counted"), as: UTF8.self).split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            var paused = 0
            for (call, instants) in [("rename", 8), ("pwrite", 4)] {
                let made = try #require(counted.first { $0[0] == call }.flatMap { Int($0[1]) })
                // Not the first of them: there is nothing yet that a signal could interrupt.
                for instant in 1...instants {
                    let at = "\(call)#\(1 + made * instant / (instants + 1))"
                    let stopped = try await begin(["STOP_AT": at])
                    let code = stopped.code
                    #expect(code == 130 || code == 0, "\(at): \(stopped.stderr)")
                    #expect(try stopped.report().job?.status == (code == 130 ? "PAUSED" : "COMPLETED"), "\(at)")
                    paused += code == 130 ? 1 : 0
                    let resumed = try await sandbox.cliosync(["run", "--json"], simulator)
                    resumed.expect(0)
                    #expect(try await sandbox.digests() == calm, "\(at)")
                }
            }
            #expect(paused >= 6)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func m33ASignalPausesAndTheSameCommandGoesOn(signal: Int32) async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(firm + ["--limit", "100000", "--latency", "40"])
            let run = try sandbox.start(["run", "--json"], simulator, settings: Self.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 20 || !run.isRunning }
            run.send(signal)
            let stopped = await run.wait()
            stopped.expect(130)
            #expect(try stopped.report().job?.status == "PAUSED")
            try await expectPaused(sandbox, simulator, calm)
        }
    }

    @Test func m33StopFromAnotherProcessPausesTheJob() async throws {
        try await Sandbox.use { sandbox in
            let firm = ["--firm", "small", "--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(firm + ["--limit", "100000", "--latency", "60"])
            let run = try sandbox.start(["run", "--json"], simulator, settings: Self.smallPages)
            try await poll("pages") { try simulator.requests().filter(\.isPage).count >= 10 || !run.isRunning }
            let working = try await sandbox.cliosync(["status", "--json"], nil).report()
            let job = try #require(working.job)
            #expect(job.status == "IN_PROGRESS")
            let stop = try await sandbox.cliosync(["stop", String(job.id.prefix(8))], nil)
            stop.expect(0)
            await run.wait().expect(130)
            try await expectPaused(sandbox, simulator, calm)
            // A job that rests cannot be stopped.
            let again = try await sandbox.cliosync(["stop", job.id], nil)
            again.expect(2)
            #expect(again.complaints.count == 1)
        }
    }

    private func expectPaused(_ sandbox: Sandbox, _ simulator: Simulator, _ calm: [String: String]) async throws {
        let status = try await sandbox.cliosync(["status", "--json"], nil)
        status.expect(0)
        let paused = try status.report()
        #expect(paused.job?.status == "PAUSED")
        let last = try await sandbox.cliosync(["run", "--json"], simulator, settings: Self.smallPages)
        last.expect(0)
        let report = try last.report()
        #expect(report.job?.status == "COMPLETED")
        #expect(report.job?.id == paused.job?.id, "the same job goes on")
        let pages = try simulator.requests().filter(\.isPage).map(\.asked)
        #expect(Set(pages).count == pages.count, "a clean stop repeats no page")
        #expect(try await sandbox.digests() == calm)
    }
}
