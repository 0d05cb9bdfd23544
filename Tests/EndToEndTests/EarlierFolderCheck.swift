import Foundation
import Testing

/// Continues a stored folder with the programs of today, and looks at what came of it.
struct EarlierFolderCheck {
    private let name: EarlierFolder.Name
    private let folder: EarlierFolder

    init(_ name: EarlierFolder.Name) throws {
        self.name = name
        folder = try name.read()
    }

    func run() async throws {
        // What was edited since has the time of this simulator, so that the undisturbed run needs the same one.
        let isEdited = folder.changes.contains { $0.hasPrefix("change?") }
        var calm = folder.same && !isEdited ? try await CalmRuns.shared.digests(name, folder) : [:]
        try await Sandbox.use { sandbox in
            let clio = try await Self.clio(sandbox, folder)
            try await unpack(in: sandbox, for: clio)
            let stored = folder.kept == true ? try await Self.digests(sandbox) : [:]
            for (place, arguments) in folder.continue.enumerated() {
                let ending = try await sandbox.cliosync(arguments, clio, settings: folder.settings)
                let isLast = place == folder.continue.count - 1
                ending.expect(isLast ? folder.exit : 0)
                if isLast { try expectWhole(ending) }
            }
            var digests = try await Self.digests(sandbox)
            try expectNoPageAgain(sandbox, clio)
            if folder.same {
                if isEdited {
                    // Without an id, an edited record cannot be told from its earlier version: both are flagged.
                    calm = try await Self.anew(sandbox, clio, folder)
                    digests["flagged_records"] = nil
                    calm["flagged_records"] = nil
                }
                let differing = digests.filter { calm[$0.key] != $0.value }
                #expect(differing.isEmpty && Set(digests.keys) == Set(calm.keys), "\(differing) for \(calm)")
            }
            let changed = stored.filter { digests[$0.key] != $0.value }
            #expect(changed.isEmpty, "\(changed) for \(digests)")
            for (question, answer) in folder.queries {
                #expect(try await sandbox.query(question) == answer, "\(question)")
            }

            // Stage by stage there is nothing left to do.
            for stage in ["transform", "load", "verify"] {
                let ending = try await sandbox.cliosync([stage, "--no-progress"], clio, settings: folder.settings)
                #expect(ending.code == 0 || ending.code == folder.exit, "\(stage): \(ending.stderr.suffix(1000))")
            }
            let last = try await Self.digests(sandbox)
            #expect(digests.allSatisfy { last[$0.key] == $0.value })
            try await sandbox.cliosync(["staged", "check"], nil).expect(0)
            let trace = try await sandbox.cliosync(["trace"] + folder.trace + ["--json"], nil)
            trace.expect(0)
            let found = try JSONSerialization.jsonObject(with: Data(trace.stdout.utf8)) as? [String: Any]
            #expect((found?["versions"] as? [Any])?.isEmpty == false)
        }
    }

    /// The report of the run that finished the job.
    private func expectWhole(_ ending: ChildProcess.Ending) throws {
        let report = try ending.report()
        let failed = report.verify?.checks.filter { !$0.ok } ?? []
        #expect(folder.exit != 0 || failed.isEmpty, "\(failed)")
        #expect(report.job?.status == (folder.exit == 0 ? "COMPLETED" : "PARTIALLY_COMPLETED"))
    }

    /// The pages that the folder holds are not asked for again.
    private func expectNoPageAgain(_ sandbox: Sandbox, _ clio: Simulator) throws {
        let text = String(decoding: sandbox.read("committed.txt"), as: UTF8.self)
        let committed = Set(text.split(separator: "\n").map(String.init))
        let pages = try clio.requests().filter(\.isPage)
        let again = pages.filter { committed.contains($0.asked) }
        #expect(again.count <= folder.repeats, "\(again.map { $0.asked.prefix(300) })")
        if ProcessInfo.processInfo.environment["CLIOSYNC_RECORD"] == "1" { print("pages \(name.path) \(pages.count)") }
        // What a journal says of groups, cursors and refused fields saves requests, even where no page comes twice.
        #expect(pages.count <= folder.pages, "\(pages.map { $0.asked.prefix(300) })")
    }

    /// A simulator with the firm as it was, behind the folder's rules.
    fileprivate static func clio(_ sandbox: Sandbox, _ folder: EarlierFolder) async throws -> Simulator {
        let simulator = try await sandbox.simulator(folder.simulator + ["--limit", "100000"])
        for change in folder.changes { try await sandbox.control(simulator, change) }
        guard folder.rules != "[]" else { return simulator }
        let address = try await sandbox.server("odd_clio.py", simulator.address, folder.rules)
        return Simulator(address: address, log: simulator.log, process: simulator.process)
    }

    /// Unpacks the folder; its journals lead to the simulator of today.
    private func unpack(in sandbox: Sandbox, for clio: Simulator) async throws {
        try FileManager.default.removeItem(atPath: sandbox.folder + "/pipelines")
        _ = try await sandbox.tool("tar", ["xzf", name.archive])
        let staging = sandbox.folder + "/staging"
        let paths = FileManager.default.enumerator(atPath: staging)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix("manifest.ndjson") {
            let full = "\(staging)/\(path)"
            guard let text = try? String(contentsOfFile: full, encoding: .utf8) else { continue }
            let handle = try #require(FileHandle(forWritingAtPath: full))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(text.replacing(folder.address + "/", with: clio.address + "/").utf8))
            try handle.close()
        }
    }

    /// The digests of a run from the beginning beside the folder's own.
    private static func anew(
        _ sandbox: Sandbox, _ clio: Simulator, _ folder: EarlierFolder
    ) async throws -> [String: String] {
        let run = try await sandbox.cliosync(
            ["run", "--no-progress", "--staging", "calm", "--database", "databases/calm.sqlite"], clio,
            settings: folder.settings)
        run.expect(folder.undisturbedExit ?? folder.exit)
        return try await digests(sandbox, "databases/calm.sqlite")
    }

    /// Count and digest of every table.
    fileprivate static func digests(
        _ sandbox: Sandbox, _ database: String = "databases/default.sqlite"
    ) async throws -> [String: String] {
        let text = try await sandbox.python("digest.py", database, "--any-phase")
        let lines = text.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        #expect(lines.count > 10)
        return Dictionary(uniqueKeysWithValues: lines.map { ($0[0], $0[1]) })
    }
}

/// What the database is after a run that nothing disturbed; of the same firm and pipelines it is found out once.
private actor CalmRuns {
    static let shared = CalmRuns()
    private var known: [String: Task<[String: String], any Error>] = [:]

    func digests(_ name: EarlierFolder.Name, _ folder: EarlierFolder) async throws -> [String: String] {
        let key = "\(folder.simulator) \(folder.changes) \(folder.rules) \(folder.pipelines)"
        let task = known[key] ?? Task { try await Self.run(name, folder) }
        known[key] = task
        return try await task.value
    }

    private static func run(_ name: EarlierFolder.Name, _ folder: EarlierFolder) async throws -> [String: String] {
        try await Sandbox.use { sandbox in
            let clio = try await EarlierFolderCheck.clio(sandbox, folder)
            try FileManager.default.removeItem(atPath: sandbox.folder + "/pipelines")
            _ = try await sandbox.tool("tar", ["xzf", name.archive, "pipelines"])
            let run = try await sandbox.cliosync(["run", "--no-progress"], clio, settings: folder.settings)
            run.expect(folder.undisturbedExit ?? folder.exit)
            return try await EarlierFolderCheck.digests(sandbox)
        }
    }
}
