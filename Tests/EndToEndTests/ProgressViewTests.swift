import Foundation
import TestSupport
import Testing

/// Whatever a run is at, all views of its progress say the same, and what files, database and simulator say.
@Suite(.timeLimit(.minutes(40)))
struct ProgressViewTests {
    private typealias Object = [String: Any]

    /// Ten instants: of a run, of its continuation after a stop, and of a sweep. At each the simulator holds its answers.
    @Test(.deep(.commands)) func allViewsAgreeAtAnyInstant() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "small", "--limit", "100000", "--defects", "0.02",
            ])
            let page = try await serve(sandbox)
            var random = TestSeed.numbers()
            try await sandbox.control(simulator, "hold?value=0")
            let run = try start(sandbox, simulator, [])
            for _ in 0..<4 { try await stop(sandbox, simulator, page, after: Int.random(in: 1...12, using: &random)) }
            run.send(SIGINT)
            await run.wait().expect(130)
            try await compare(sandbox, simulator, page, "after the stop")
            try await sandbox.control(simulator, "hold?value=-1")
            try await sandbox.control(simulator, "hold?value=0")
            let resumed = try start(sandbox, simulator, [])
            for _ in 0..<3 { try await stop(sandbox, simulator, page, after: Int.random(in: 1...12, using: &random)) }
            try await sandbox.control(simulator, "hold?value=-1")
            await resumed.wait().expect(0)
            try await compare(sandbox, simulator, page, "after the run")

            for kind in ["matters", "contacts", "tasks"] {
                try await sandbox.control(simulator, "touch?kind=\(kind)&count=7")
                try await sandbox.control(simulator, "delete?kind=\(kind)&count=3")
                try await sandbox.control(simulator, "add?kind=\(kind)&count=2")
            }
            try await sandbox.control(simulator, "hold?value=0")
            let sweep = try start(sandbox, simulator, ["--sweep"])
            for _ in 0..<3 { try await stop(sandbox, simulator, page, after: Int.random(in: 1...6, using: &random)) }
            try await sandbox.control(simulator, "hold?value=-1")
            await sweep.wait().expect(0)
            let report = try await compare(sandbox, simulator, page, "after the sweep")
            let job = try #require(report["job"] as? Object)
            #expect(job["percent"] as? Double == 100 && job["fetched_percent"] as? Double == 100)
        }
    }

    private func start(_ sandbox: Sandbox, _ simulator: Simulator, _ options: [String]) throws -> ChildProcess {
        try sandbox.start(
            ["run", "--connection", "smith", "--no-progress"] + options, simulator, settings: KillTests.smallPages)
    }

    private func serve(_ sandbox: Sandbox) async throws -> String {
        let process = try sandbox.start(["serve", "--port", "0"], nil)
        let greeting = "listening on "
        var page: String?
        try await poll("the page to listen") {
            let text = (try? String(contentsOfFile: process.output, encoding: .utf8)) ?? ""
            if text.hasPrefix(greeting), text.hasSuffix("\n") {
                page = text.dropFirst(greeting.count).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            return page != nil || !process.isRunning
        }
        return try #require(page)
    }

    /// Lets so many list requests be answered, and compares the views when they are.
    private func stop(_ sandbox: Sandbox, _ simulator: Simulator, _ page: String, after count: Int) async throws {
        let before = try simulator.lists()
        try await sandbox.control(simulator, "hold?value=\(count)")
        try await poll("\(count) answers") { try simulator.lists() >= before + count }
        try await compare(sandbox, simulator, page, "after \(before + count) list requests")
    }

    // MARK: Comparing

    /// Nothing moves but what other processes have still to write down, so that all views must come to agree.
    @discardableResult
    private func compare(
        _ sandbox: Sandbox, _ simulator: Simulator, _ page: String, _ when: String
    ) async throws -> Object {
        var seen: Object = [:]
        var differences: [String] = []
        let end = ContinuousClock.now + .seconds(40)
        repeat {
            (seen, differences) = try await look(sandbox, simulator, page)
            if differences.isEmpty { break }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < end
        #expect(differences.isEmpty, "\(when): \(differences.joined(separator: "\n"))")
        return seen
    }

    private func look(
        _ sandbox: Sandbox, _ simulator: Simulator, _ page: String
    ) async throws -> (report: Object, differences: [String]) {
        let status = ["status", "--connection", "smith"]
        let json = try await sandbox.cliosync(status + ["--json"], nil).stdout
        // The job record comes with the run's first answers.
        guard let own = try? object(json), let job = own["job"] as? Object else { return ([:], ["no job yet"]) }
        let text = try await sandbox.cliosync(status, nil).stdout
        let other = try object(try await sandbox.tool("curl", ["-sS", page + "/api/status/smith"]))
        let html = try await sandbox.tool("curl", ["-sS", page + "/firms/smith"])
        let metrics = try await sandbox.tool("curl", ["-sS", page + "/metrics"])
        var differences: [String] = []
        func same(_ what: String, _ left: Any?, _ right: Any?) {
            let (left, right) = ("\(left ?? "null")", "\(right ?? "null")")
            if left != right { differences.append("\(what): \(left), \(right)") }
        }
        for key in ["status", "percent", "fetched_percent", "synced_items", "estimated_items"] {
            same("api job \(key)", job[key], (other["job"] as? Object)?[key])
        }
        same("api running", job["running"], other["running"])
        same("metric rows", job["synced_items"], metric("cliosync_job_database_rows{connection=\"smith\"}", metrics))
        let rows = "\(count(job["synced_items"] as? Int ?? 0)) rows in the database"
        // Before Clio counted anything there is no share.
        var words = [(rows, rows)]
        if let share = (job["fetched_percent"] as? Double).map({ Int($0) }) {
            words.append(("\(share) % fetched", "<span class=\"big\">\(share) %</span>"))
        }
        if let share = (job["percent"] as? Double).map({ Int($0) }) {
            words.append(("\(share) % loaded", "<strong>\(share) %</strong> loaded"))
        }
        for (inText, onPage) in words {
            if !text.contains(inText) { differences.append("status does not say \(inText): \(text.prefix(400))") }
            if !html.contains(onPage) { differences.append("the page does not say \(onPage)") }
        }
        let others = Dictionary(
            (other["entities"] as? [Object] ?? []).map { ("\($0["phase"] ?? "")/\($0["entity"] ?? "")", $0) },
            uniquingKeysWith: { $1 })
        let inFiles = try await lines(sandbox)
        for entity in own["entities"] as? [Object] ?? [] {
            guard let phase = entity["phase"] as? String, let name = entity["entity"] as? String else { continue }
            let key = "\(phase)/\(name)"
            for value in [
                "status", "expected", "extracted", "duplicates", "accepted", "rejected", "warned", "loaded", "percent",
                "fetched_percent",
            ] { same("api \(key) \(value)", entity[value], others[key]?[value]) }
            for (value, family) in [
                ("extracted", "fetched"), ("accepted", "accepted"), ("loaded", "loaded"), ("expected", "expected"),
            ] {
                let label = "{connection=\"smith\",phase=\"\(phase)\",entity=\"\(name)\"}"
                let seen = metric("cliosync_entity_\(family)_records\(label)", metrics)
                same("metric \(key) \(value)", (entity[value] as? Int).map(String.init), seen)
            }
            same("files \(key) raw", entity["extracted"], inFiles["\(phase)/raw/\(name)"] ?? 0)
            same("files \(key) clean", entity["accepted"], inFiles["\(phase)/clean/\(name)"] ?? 0)
        }
        if FileManager.default.fileExists(atPath: sandbox.folder + "/databases/smith.sqlite") {
            let tables = try await sandbox.query(
                "SELECT DISTINCT table_name FROM _cliosync_entities", "databases/smith.sqlite")
            var sum = 0
            for table in tables.split(separator: "\n") {
                sum += Int(try await sandbox.query("SELECT count(*) FROM \(table)", "databases/smith.sqlite")) ?? 0
            }
            same("database rows", job["synced_items"], sum)
        }
        let sent = try simulator.requests().reduce(0) { $0 + ($1.isPage ? $1.records : 0) }
        let staged = (own["entities"] as? [Object] ?? []).reduce(0) { $0 + ($1["extracted"] as? Int ?? 0) }
        if staged > sent { differences.append("\(staged) records of \(sent) that the simulator sent") }
        return (own, differences)
    }

    /// Lines of the staged files, by "phase/layer/entity".
    private func lines(_ sandbox: Sandbox) async throws -> [String: Int] {
        let script = """
            cd staging/smith && for d in */raw/*/ */clean/*/; do \
            echo "${d%/} $(find -L "$d" -maxdepth 2 -name '*.ndjson.gz' | sort -u | xargs -r zcat 2>/dev/null | wc -l)"; done
            """
        var result: [String: Int] = [:]
        for line in try await sandbox.tool("bash", ["-c", script]).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { result[String(words[0])] = Int(words[1]) }
        }
        return result
    }

    private func object(_ json: String) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? Object)
    }

    private func metric(_ name: String, _ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map { String($0.dropFirst(name.count + 1)) }
    }

    private func count(_ number: Int) -> String {
        var digits = Array(String(number))
        for index in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: index) }
        return String(digits)
    }
}
