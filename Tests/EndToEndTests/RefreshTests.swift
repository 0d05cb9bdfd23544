import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A finished database that is kept current. The firm's clock goes forward between two refreshes, so that each of them asks
/// only for what changed since the one before.
@Suite(.timeLimit(.minutes(40)), .deep(.refresh))
struct RefreshTests {
    /// The list of documents is long enough that counts cost less than ids.
    private static let firm = [
        "--matters", "300", "--contacts", "600", "--calendar-entries", "500", "--tasks", "300", "--documents", "6000",
        "--activities", "2500", "--defects", "0.02", "--limit", "1000000", "--token-life", "1000000000",
    ]
    private static let kinds = [
        "matters", "contacts", "calendar_entries", "tasks", "documents", "activities", "users", "practice_areas",
    ]

    /// `CLIOSYNC_E2E_ROUNDS`.
    private static let rounds = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_ROUNDS"].flatMap(Int.init) ?? 20

    @Test func twentyRoundsOfChangesEndInTheDatabaseOfAFreshSync() async throws {
        var random = TestSeed.numbers()
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm)
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            var bisected = 0
            for round in 1...Self.rounds {
                let (changes, restores) = Self.changes(&random)
                try await sandbox.control(simulator, "clock?value=\(Int.random(in: 600...200_000, using: &random))")
                for change in changes { try await sandbox.control(simulator, "change?\(change)") }
                // Past the overlap, so that the next round does not ask for these again.
                try await sandbox.control(simulator, "clock?value=400")
                // Counts show the net change: where something reappeared, they may hide a deletion.
                let command = restores ? ["refresh", "--deletions", "sweep"] : ["refresh"]
                let before = try simulator.requests().count
                try await refreshAndCompare(sandbox, simulator, command, "round \(round): \(changes)")
                let probes = try simulator.requests().dropFirst(before).filter { $0.query["created_since"] != nil }
                bisected += probes.isEmpty ? 0 : 1
            }
            #expect(bisected >= Self.rounds / 4, "deletions were found by counts in \(bisected) rounds")
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            // Built anew from the files, it is the same database.
            let digests = try await sandbox.digests()
            for stage in ["transform", "load"] {
                try await sandbox.cliosync([stage, "--force", "--database", "again.sqlite"], nil).expect(0)
            }
            #expect(try await sandbox.digests("again.sqlite") == digests)
        }
    }

    /// Orders for `POST /simulator/change`, and whether deleted records come back.
    private static func changes(_ random: inout SeededNumbers) -> (orders: [String], restores: Bool) {
        var orders: [String] = []
        var restores = false
        for kind in kinds where Int.random(in: 0..<3, using: &random) > 0 {
            let isShort = ["users", "practice_areas"].contains(kind)
            var counts = [
                "add": Int.random(in: 0...(isShort ? 1 : 9), using: &random),
                "edit": Int.random(in: 0...(isShort ? 2 : 30), using: &random),
                // The token's user stays.
                "delete": Int.random(in: 0...(kind == "users" ? 0 : isShort ? 1 : 5), using: &random),
            ]
            if Int.random(in: 0..<12, using: &random) == 0 {
                counts["restore"] = 2
                restores = true
            }
            let seed = UInt32.random(in: 0...UInt32.max, using: &random)
            orders.append(
                counts.sorted { $0.key < $1.key }.reduce("kind=\(kind)&seed=\(seed)") { "\($0)&\($1.key)=\($1.value)" })
        }
        return (orders, restores)
    }

    // MARK: Kills

    /// `CLIOSYNC_E2E_KILLS` in the deep lane.
    private static let kills = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_KILLS"].flatMap(Int.init) ?? 12

    /// In turn after a random request, and before a random one of the calls that change the disk.
    @Test func aKilledRefreshEndsInTheSameDatabase() async throws {
        var random = TestSeed.numbers()
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--latency", "10", "--jitter", "20"])
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            let shim = try await KillTests.shim(sandbox)
            var settings = KillTests.smallPages
            var calls: [(call: String, number: Int)] = []
            var ends: [Int] = []
            for kill in 0...Self.kills {
                // A cursor of an hour ago is still taken; changes come before some of the kills.
                try await sandbox.control(simulator, "clock?value=3600")
                if kill % 3 == 0 {
                    try await sandbox.control(
                        simulator, "change?add=30&edit=60&delete=5&kind=documents&kind=activities")
                    try await sandbox.control(
                        simulator, "change?add=4&edit=9&delete=2&kind=contacts&kind=tasks&kind=matters")
                }
                let begin = try simulator.requests().count
                settings["LD_PRELOAD"] = kill % 2 == 0 ? shim : nil
                settings["KILL_COUNT"] = kill == 0 ? "\(sandbox.folder)/calls" : nil
                settings["KILL_AT"] = nil
                if kill > 0, kill % 2 == 0, let call = calls.randomElement(using: &random) {
                    settings["KILL_AT"] = "\(call.call)#\(Int.random(in: 1...call.number, using: &random))"
                }
                let run = try sandbox.start(["refresh", "--no-progress"], simulator, settings: settings)
                if kill % 2 == 1 {
                    let goal = begin + Int.random(in: 2...120, using: &random)
                    try await poll("requests") { try simulator.requests().count >= goal || !run.isRunning }
                    run.send(SIGKILL)
                }
                let ending = await run.wait()
                #expect(
                    ending.signal == SIGKILL || ending.code == 0,
                    "\(settings["KILL_AT"] ?? "a request"): \(ending.stderr.suffix(500))")
                if kill == 0 { calls = KillTests.counts(sandbox.read("calls")).filter { $0.number > 0 } }
                try await simulator.awaitClosedConnections()
                ends.append(try simulator.requests().count)
            }
            #expect(!calls.isEmpty)
            let last = try await sandbox.cliosync(["refresh", "--json", "--no-progress"], simulator)
            last.expect(0)
            #expect(try last.report().verify?.ok == true)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            try expectNoPageTwice(try simulator.requests(), ends)
            let fresh = try await freshDigests(sandbox, simulator)
            let digests = try await sandbox.digests(anyPhase: true, anyRecord: true)
            #expect(
                digests == fresh,
                "\(digests.filter { fresh[$0.key] != $0.value }) for \(fresh.filter { digests[$0.key] != $0.value })")
        }
    }

    /// Expects that a run asks again for at most one page of each pass over a list that the run before it was killed in.
    private func expectNoPageTwice(_ requests: [Simulator.Request], _ ends: [Int]) throws {
        /// Pages of passes that a kill interrupted, by the pass.
        var interrupted: [String: Set<String>] = [:]
        var passes = 0
        for (run, (begin, end)) in zip([0] + ends, ends + [requests.count]).enumerated() {
            let lists = Dictionary(grouping: requests[begin..<end], by: { $0.pass.prefix { $0 != "?" } })
            for (list, all) in lists {
                let pages = all.filter { $0.isPage && !$0.isLookup && $0.status == 200 }
                var asked: [String: Set<String>] = [:]
                var repeats: [String: Int] = [:]
                var continued: Set<String> = []
                for page in pages {
                    // A list that is read from its beginning after pages of its continuation is read once more.
                    if page.page == nil, page.query["created_since"] == nil, continued.contains(page.fields) {
                        let fields = "\(page.fields)&"
                        let isOther = { (pass: String) in !pass.hasPrefix("\(list)?") || !pass.contains(fields) }
                        interrupted = interrupted.filter { isOther($0.key) }
                        asked = asked.filter { isOther($0.key) }
                    }
                    continued.insert(page.fields)
                    if page.page == nil { passes += 1 }
                    if interrupted[page.pass]?.contains(page.asked) == true { repeats[page.pass, default: 0] += 1 }
                    asked[page.pass, default: []].insert(page.asked)
                }
                for (pass, count) in repeats {
                    #expect(count <= 1, "run \(run): \(count) pages again of \(pass.prefix(200))")
                }
                // A pass that other requests for the list followed was done, and so is what the run before had begun.
                for pass in interrupted.keys where pass.hasPrefix("\(list)?") && pass != all.last?.pass {
                    interrupted[pass] = nil
                }
                guard let last = pages.last, last.pass == all.last?.pass, last.next else {
                    if let pass = pages.last?.pass { interrupted[pass] = nil }
                    continue
                }
                interrupted[last.pass, default: []].formUnion(asked[last.pass] ?? [])
            }
        }
        #expect(passes > 20, "\(passes) passes")
    }

    // MARK: Faults and counts that lie

    private static let tiny =
        [
            "--matters", "80", "--contacts", "160", "--calendar-entries", "200", "--tasks", "80", "--documents", "4000",
            "--activities", "500", "--users", "4", "--defects", "0.02", "--limit", "1000000", "--stall", "3",
        ]
    private static let some = "change?add=4&edit=12&delete=2&kind=" + kinds.prefix(6).joined(separator: "&kind=")

    /// Changes six lists.
    /// - Returns: the ids of what is gone.
    private func change(_ simulator: Simulator, _ sandbox: Sandbox) async throws -> Set<String> {
        try await sandbox.control(simulator, "clock?value=86400")
        let text = try await sandbox.control(simulator, Self.some)
        let outcome = try JSONDecoder().decode([String: [String: [Int]]].self, from: Data(text.utf8))
        return Set(outcome.values.flatMap { $0["deleted"] ?? [] }.map(String.init))
    }

    /// Refreshes, which ends whole or names what is open, and deletes nothing that is there.
    private func refresh(
        _ sandbox: Sandbox, _ simulator: Simulator, gone: Set<String>, settings: [String: String] = [:]
    ) async throws -> Int32 {
        let ending = try await sandbox.cliosync(["refresh", "--no-progress"], simulator, settings: settings)
        let code = try #require(ending.code)
        #expect([0, 3, 4].contains(code), "\(ending.stderr.suffix(800))")
        #expect(
            code == 0 || ending.stdout.contains("PARTIALLY") || ending.stdout.contains("PAUSED"),
            "it says what is open: \(ending.stdout.suffix(800)) \(ending.stderr.suffix(800))")
        let deleted = try await sandbox.query("SELECT id FROM changes WHERE change = 'deleted'")
        let wrong = Set(deleted.split(separator: "\n").map(String.init)).subtracting(gone)
        #expect(wrong.isEmpty, "deleted, but there: \(wrong.sorted().prefix(5))")
        return code
    }

    @Test(arguments: FaultTests.names) func aFaultDuringARefreshDeletesNothingThatIsThere(_ fault: String) async throws
    {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.tiny)
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            let gone = try await change(simulator, sandbox)
            try await sandbox.control(simulator, "fault?value=\(fault)@0.05&value=\(fault)%233")
            var settings = KillTests.smallPages
            settings["SYNC_REQUEST_TIMEOUT_MS"] = "1500"
            var code: Int32 = -1
            for _ in 0..<20 where code != 0 {
                code = try await refresh(sandbox, simulator, gone: gone, settings: settings)
            }
            #expect(code == 0)
            try await poll("the fault") { try simulator.requests().contains { $0.fault != nil } }
            try await sandbox.control(simulator, "fault")
            let fresh = try await freshDigests(sandbox, simulator)
            let digests = try await sandbox.digests(anyPhase: true, anyRecord: true)
            #expect(
                digests == fresh,
                "\(digests.filter { fresh[$0.key] != $0.value }) for \(fresh.filter { digests[$0.key] != $0.value })")
        }
    }

    @Test(arguments: ["absent", "more", "fewer", "constant", "saturated", "rising"])
    func countsThatLieDeleteNothingThatIsThere(_ lie: String) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.tiny)
            try await sandbox.cliosync(["run", "--no-progress"], simulator).expect(0)
            let gone = try await change(simulator, sandbox)
            try await sandbox.control(simulator, "counts?value=\(lie)")
            let code = try await refresh(sandbox, simulator, gone: gone)
            try await sandbox.control(simulator, "counts?value=exact")
            let fresh = try await freshDigests(sandbox, simulator)
            if code == 0 { #expect(try await sandbox.digests(anyPhase: true, anyRecord: true) == fresh) }
            #expect(try await refresh(sandbox, simulator, gone: gone) == 0)
            #expect(try await sandbox.digests(anyPhase: true, anyRecord: true) == fresh)
        }
    }

    // MARK: Growth

    /// What `size.py` prints.
    private struct Size: Decodable {
        struct Layer: Decodable {
            let parts: Int
            let lines: Int
        }
        let layers: [String: Layer]
        let bytes: Int
    }

    /// 0.3 % of the records change every day.
    @Test func aYearOfDailyRefreshesStaysSmall() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.tiny + ["--token-life", "1000000000"])
            let phase = ["--phase", "historical", "--no-progress"]
            try await sandbox.cliosync(["run"] + phase, simulator).expect(0)
            let month = 30
            // The log grows every day: it is read at the ends of the two months only.
            var requests: [Int: Int] = [0: try simulator.requests().count]
            for day in 1...365 {
                try await sandbox.control(simulator, "clock?value=86400")
                try await sandbox.control(simulator, "change?kind=documents&edit=10&add=2&delete=2&seed=\(day)")
                try await sandbox.control(simulator, "change?kind=activities&edit=1&add=1&delete=1&seed=\(day)")
                try await sandbox.cliosync(["refresh"] + phase, simulator).expect(0)
                if [month, 365 - month, 365].contains(day) { requests[day] = try simulator.requests().count }
            }
            let count = { (day: Int) in requests[day] ?? 0 }
            let (first, last) = (count(month) - count(0), count(365) - count(365 - month))
            #expect(Double(last) <= 1.5 * Double(first), "\(last) requests in the last month, \(first) in the first")
            try await sandbox.cliosync(["run", "--connection", "fresh"] + phase, simulator).expect(0)
            let digests = try await sandbox.digests(anyPhase: true, anyRecord: true, tables: 3)
            #expect(
                try await sandbox.digests("databases/fresh.sqlite", anyPhase: true, anyRecord: true, tables: 3)
                    == digests)
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)

            let decoder = JSONDecoder()
            let grown = try decoder.decode(
                Size.self, from: Data(try await sandbox.python("size.py", "staging/default").utf8))
            let fresh = try decoder.decode(
                Size.self, from: Data(try await sandbox.python("size.py", "staging/fresh").utf8))
            print("after a year: \(grown); fresh: \(fresh); requests: \(first) in the first month, \(last) in the last")
            for (name, layer) in grown.layers {
                #expect(layer.parts <= 65, "\(name): \(layer.parts) parts")
            }
            let (lines, freshLines) = (
                grown.layers.values.reduce(0) { $0 + $1.lines }, fresh.layers.values.reduce(0) { $0 + $1.lines }
            )
            #expect(Double(lines) <= 1.5 * Double(freshLines), "\(lines) lines, \(freshLines) of a fresh sync")
            #expect(
                Double(grown.bytes) <= 1.5 * Double(fresh.bytes), "\(grown.bytes) bytes, \(fresh.bytes) of a fresh sync"
            )
        }
    }

    // MARK: Comparing

    /// Refreshes, and expects that the database is that of a fresh sync of the firm as it is now, and that the change feed
    /// leads from the database before to it.
    private func refreshAndCompare(
        _ sandbox: Sandbox, _ simulator: Simulator, _ command: [String], _ what: String
    ) async throws {
        let earlier = "\(sandbox.folder)/earlier.sqlite"
        try? FileManager.default.removeItem(atPath: earlier)
        _ = try await sandbox.query("VACUUM INTO '\(earlier)'")
        let refresh = try await sandbox.cliosync(command + ["--json", "--no-progress"], simulator)
        refresh.expect(0)
        let failed = try refresh.report().verify?.checks.filter { !$0.ok }.map {
            "\($0.entity) \($0.check): \($0.expected ?? ""), \($0.actual ?? "")"
        }
        #expect(failed == [], "\(what)")
        _ = try await sandbox.python("replay.py", earlier, "databases/default.sqlite")
        let fresh = try await freshDigests(sandbox, simulator)
        let digests = try await sandbox.digests(anyPhase: true, anyRecord: true)
        #expect(
            digests == fresh,
            "\(what): \(digests.filter { fresh[$0.key] != $0.value }) for \(fresh.filter { digests[$0.key] != $0.value })"
        )
    }

    /// The digests of a sync into a new folder and a new database.
    private func freshDigests(_ sandbox: Sandbox, _ simulator: Simulator) async throws -> [String: String] {
        let name = "fresh-\(UUID().uuidString.prefix(8).lowercased())"
        let database = "databases/\(name).sqlite"
        try await sandbox.cliosync(["run", "--connection", name, "--no-progress"], simulator).expect(0)
        defer {
            for path in ["staging/\(name)", database] {
                try? FileManager.default.removeItem(atPath: "\(sandbox.folder)/\(path)")
            }
        }
        return try await sandbox.digests(database, anyPhase: true, anyRecord: true)
    }
}
