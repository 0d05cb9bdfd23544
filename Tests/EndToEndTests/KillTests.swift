import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// `kill -9` at any instant, then the same command again: the database is that of a run that nothing disturbed.
@Suite(.timeLimit(.minutes(40)))
struct KillTests {
    /// Small pages, so that there are many instants to be killed at.
    static let smallPages = Dictionary(
        uniqueKeysWithValues: ["MATTERS", "CONTACTS", "CALENDAR", "TASKS", "DOCUMENTS", "TIME_ENTRIES"].map {
            ("SYNC_BATCH_SIZE_\($0)", "25")
        })

    /// `CLIOSYNC_E2E_KILLS` in the deep lane.
    private static let kills = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_KILLS"].flatMap(Int.init) ?? 50

    @Test(.gate) func aKilledExtractEndsInTheSameDatabase() async throws {
        try await killExtracts(of: ["--firm", "small"], settings: Self.smallPages, kills: 4)
    }

    /// A small firm in small pages, and one whose calendar is longer than offset pagination reaches, so that it is
    /// fetched in time windows.
    @Test(
        .deep(.kills),
        arguments: [
            (["--firm", "small"], smallPages, kills), (["--firm", "small", "--calendar-entries", "12000"], [:], 6),
        ])
    func manyKilledExtractsEndInTheSameDatabase(
        shape: [String], settings: [String: String], kills: Int
    ) async throws {
        try await killExtracts(of: shape, settings: settings, kills: kills)
    }

    /// Each run after a kill repeats at most the page in flight of each stream.
    private func killExtracts(of shape: [String], settings: [String: String], kills: Int) async throws {
        var numbers = TestSeed.numbers("killed extracts \(shape)")
        try await Sandbox.use { sandbox in
            let firm = shape + ["--defects", "0.02"]
            let calm = try await sandbox.undisturbedDigests(firm)
            let simulator = try await sandbox.simulator(
                firm + ["--limit", "100000", "--latency", "40", "--jitter", "20"])
            var ends: [Double] = []
            for _ in 0..<kills {
                let run = try sandbox.start(["run", "--json"], simulator, settings: settings)
                let goal = try simulator.requests().count + Int.random(in: 2...(kills > 20 ? 14 : 30), using: &numbers)
                try await poll("requests") { try simulator.requests().count >= goal || !run.isRunning }
                run.send(SIGKILL)
                let ending = await run.wait()
                #expect(ending.signal == SIGKILL || ending.code == 0)
                try await simulator.awaitClosedConnections()
                ends.append(Date().timeIntervalSince1970)
            }
            let last = try await sandbox.cliosync(["run", "--json"], simulator, settings: settings)
            last.expect(0)
            let failed = try last.report().verify?.checks.filter { !$0.ok }
            #expect(failed?.isEmpty == true, "\(failed ?? [])")
            #expect(try await sandbox.digests() == calm)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)

            // Each run asks again for at most one page of each pass, the one in flight at the kill before it.
            var known: Set<String> = []
            let runs = try simulator.pages(ofProcessesFrom: [0] + ends)
            #expect(try runs.joined().count == simulator.requests().count(where: \.isPage))
            for mine in runs {
                let twice = Dictionary(grouping: mine, by: \.asked).values.filter { $0.count > 1 }
                #expect(twice.isEmpty, "pages twice in one run: \(twice.map { $0.map { ($0.path, $0.time) } })")
                let again = Dictionary(grouping: mine.filter { known.contains($0.asked) }, by: \.pass)
                for (pass, repeated) in again {
                    #expect(repeated.count <= 1, "\(repeated.count) pages of \(pass.prefix(60)) again")
                }
                known.formUnion(mine.map(\.asked))
            }
            #expect(known.count > 80)
        }
    }

    @Test(.gate) func aKilledTransformOrLoadEndsInTheSameDatabase() async throws {
        try await killLocalStages(of: "small", kills: 2)
    }

    /// `CLIOSYNC_E2E_KILLS` of each stage, at each of two moments.
    @Test(.deep(.kills)) func manyKilledTransformsLoadsAndRebuildsEndInTheSameDatabase() async throws {
        try await killLocalStages(of: "medium", kills: (Self.kills + 1) / 2)
    }

    /// A first transform and load, with views and search; then both again for another schema, which rebuilds tables. A
    /// kill comes just before a random one of the calls that change the disk.
    private func killLocalStages(of firm: String, kills: Int) async throws {
        var numbers = TestSeed.numbers("killed stages \(firm)")
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", firm, "--defects", "0.02", "--limit", "100000"])
            try await sandbox.cliosync(["extract"], simulator).expect(0)
            simulator.process.send(SIGTERM)
            let shim = try await Self.shim(sandbox)
            _ = try await sandbox.tool("cp", ["-a", "staging", "calm"])
            for moment in ["first", "another schema"] {
                if moment != "first" { try removeEtags(sandbox) }
                var calls: [String: [(call: String, number: Int)]] = [:]
                for stage in ["transform", "load"] {
                    let counted = "counted-\(stage)"
                    try await sandbox.cliosync(
                        [stage, "--staging", "calm", "--database", "calm.sqlite"], nil,
                        settings: ["LD_PRELOAD": shim, "KILL_COUNT": "\(sandbox.folder)/\(counted)"]
                    ).expect(0)
                    calls[stage] = Self.counts(sandbox.read(counted))
                }
                let calm = try await sandbox.digests("calm.sqlite")
                for stage in ["transform", "load"] {
                    let made = try #require(calls[stage]?.filter { $0.number > 1 })
                    for _ in 0..<kills {
                        let call = try #require(made.randomElement(using: &numbers))
                        let instant = "\(call.call)#\(Int.random(in: 1...call.number, using: &numbers))"
                        // A run that is through is begun again, so that there is something to be killed in.
                        let run = try await sandbox.cliosync(
                            [stage, "--force"], nil, settings: ["LD_PRELOAD": shim, "KILL_AT": instant])
                        #expect(run.signal == SIGKILL || run.code == 0, "\(stage) before \(instant): \(run.stderr)")
                    }
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

    @Test(.gate) func aKilledCompactionLosesNothing() async throws { try await killCompactions(2) }

    @Test(.deep(.kills)) func manyKilledCompactionsLoseNothing() async throws { try await killCompactions(Self.kills) }

    /// After each kill the files verify as they are, the next compaction ends the work, and what is staged makes the same
    /// tables.
    private func killCompactions(_ kills: Int) async throws {
        var numbers = TestSeed.numbers("killed compactions")
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "small", "--defects", "0.02", "--limit", "100000"])
            let core = ["--phase", "core", "--no-progress"]
            try await sandbox.cliosync(["run"] + core, simulator).expect(0)
            for round in 1...2 {
                try await sandbox.control(
                    simulator, "change?kind=matters&kind=contacts&add=2&edit=9&delete=2&seed=\(round)")
                try await sandbox.cliosync(["refresh"] + core, simulator).expect(0)
            }
            simulator.process.send(SIGTERM)
            let refreshed = try await sandbox.digests(anyPhase: true, anyRecord: true)
            _ = try await sandbox.tool("sh", ["-c", "mkdir before && cp -a staging databases before/"])
            let shim = try await Self.shim(sandbox)
            let compact = ["staged", "compact", "--phase", "core"]
            let counted = try await sandbox.cliosync(
                compact, nil, settings: ["LD_PRELOAD": shim, "KILL_COUNT": "\(sandbox.folder)/calls"])
            counted.expect(0)
            let made = Self.counts(sandbox.read("calls")).filter { $0.number > 0 }
            #expect(made.reduce(0) { $0 + $1.number } > 20)
            var died = 0
            for _ in 0..<kills {
                _ = try await sandbox.tool("sh", ["-c", "rm -rf staging databases; cp -a before/. ."])
                let call = try #require(made.randomElement(using: &numbers))
                let instant = "\(call.call)#\(Int.random(in: 1...call.number, using: &numbers))"
                let killed = try await sandbox.cliosync(
                    compact, nil, settings: ["LD_PRELOAD": shim, "KILL_AT": instant])
                // Where threads take turns, one may make a call or two less than the one that was counted.
                #expect(killed.signal == SIGKILL || killed.code == 0, "\(instant): \(killed.stderr)")
                died += killed.signal == SIGKILL ? 1 : 0
                try await sandbox.cliosync(["transform", "--phase", "core"], nil).expect(0)
                try await sandbox.cliosync(["load", "--phase", "core"], nil).expect(0)
                try await sandbox.cliosync(["verify", "--phase", "core"], nil).expect(0)
                try await sandbox.cliosync(compact, nil).expect(0)
                try await sandbox.cliosync(["staged", "check"], nil).expect(0)
                try await sandbox.cliosync(["verify", "--phase", "core"], nil).expect(0)
                #expect(try await sandbox.digests(anyPhase: true, anyRecord: true) == refreshed, "\(instant)")
                let plan = try await sandbox.cliosync(compact + ["--dry-run"], nil)
                #expect(!plan.stdout.contains("would be done"), "\(instant): \(plan.stdout)")
            }
            #expect(died * 2 >= kills, "\(died) of \(kills)")
            // Built anew from what the compaction left.
            try await sandbox.cliosync(["load", "--phase", "core", "--force"], nil).expect(0)
            #expect(try await sandbox.digests(anyPhase: true, anyRecord: true) == refreshed)
        }
    }

    /// A column goes, which no added column makes up for: the tables are rebuilt.
    private func removeEtags(_ sandbox: Sandbox) throws {
        for phase in ["core", "supporting", "historical"] {
            let path = "pipelines/\(phase).yaml"
            let text = String(decoding: sandbox.read(path), as: UTF8.self)
            try sandbox.write(text.replacing("        etag: text\n", with: ""), to: path)
        }
    }

    /// What `KILL_COUNT` wrote: each call that changes the disk, and how often it was made.
    static func counts(_ file: Data) -> [(call: String, number: Int)] {
        String(decoding: file, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            return words.count == 2 ? Int(words[1]).map { (String(words[0]), $0) } : nil
        }
    }

    /// Not at random: just before the calls that change the disk, each in a folder of its own.
    @Test(.deep(.kills)) func aStageMayDieBeforeAnyChangeOfTheDisk() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--matters", "40", "--contacts", "40", "--calendar-entries", "40", "--defects", "0.05",
                "--limit", "1000000",
            ])
            let shim = try await Self.shim(sandbox)
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
    static func shim(_ sandbox: Sandbox) async throws -> String { try await sandbox.shim("kill_at") }
}
