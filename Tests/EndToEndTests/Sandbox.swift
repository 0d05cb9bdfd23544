import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of one test's own, with its simulators and runs; all of them are gone at its end.
final class Sandbox: Sendable {
    let folder: String
    private let children = Mutex<[ChildProcess]>([])
    private let number = Mutex(0)
    /// Two for each core: a sync that waits for its simulator leaves the core to another one.
    private static let places = Places(2 * ProcessInfo.processInfo.activeProcessorCount)

    private init() throws {
        let name = "cliosync-e2e-\(UUID().uuidString.prefix(8))"
        folder = (NSTemporaryDirectory() as NSString).appendingPathComponent(name)
        for part in ["", "/home", "/config", "/runtime", "/tmp", "/logs"] {
            try FileManager.default.createDirectory(
                atPath: folder + part, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        try FileManager.default.copyItem(atPath: Programs.pipelines, toPath: folder + "/pipelines")
    }

    /// Runs `body` in a sandbox, and prints how long that took: a test's own duration begins before it gets a place.
    static func use<T>(_ body: (Sandbox) async throws -> T) async throws -> T {
        await places.enter()
        let began = ContinuousClock.now
        let result: Result<T, any Error>
        do {
            let sandbox = try Sandbox()
            do {
                result = .success(try await body(sandbox))
            } catch {
                result = .failure(error)
            }
            await sandbox.clear()
        } catch {
            result = .failure(error)
        }
        await places.leave()
        let seconds = Double((ContinuousClock.now - began) / .milliseconds(1)).rounded() / 1000
        print("took \(seconds) s: \(Test.current.map { "\($0.id)" } ?? "?")")
        return try result.get()
    }

    private func clear() async {
        let children = children.withLock { $0 }
        for child in children { child.send(SIGKILL) }
        for child in children { _ = await child.wait() }
        // For a look at what a failed test left behind.
        guard ProcessInfo.processInfo.environment["CLIOSYNC_E2E_KEEP"] == nil else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Processes

    /// A simulator on a free port.
    func simulator(_ arguments: [String]) async throws -> Simulator {
        let name = next("simulator")
        let log = "\(folder)/logs/\(name).requests"
        let child = try ChildProcess(
            Programs.simulator, arguments + ["--log", log], environment: environment([:]), folder: folder,
            output: "\(folder)/logs/\(name).out")
        return Simulator(address: try await address(of: child), log: log, process: child)
    }

    /// A server of another kind, by a script of this folder's, on a free port.
    /// - Parameter python: which Python runs it.
    func server(
        _ script: String, _ arguments: String..., python: String = Programs.tool("python3")
    ) async throws -> String {
        let child = try ChildProcess(
            python, [Programs.script(script)] + arguments,
            environment: ProcessInfo.processInfo.environment, folder: folder,
            output: "\(folder)/logs/\(next(script)).out")
        return try await address(of: child)
    }

    /// Where a server says that it listens.
    private func address(of child: ChildProcess) async throws -> String {
        children.withLock { $0.append(child) }
        let greeting = "listening on "
        var address: String?
        try await poll("the simulator to listen") {
            let text = (try? String(contentsOfFile: child.output, encoding: .utf8)) ?? ""
            if text.hasPrefix(greeting), text.hasSuffix("\n") {
                address = text.dropFirst(greeting.count).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            return address != nil || !child.isRunning
        }
        return try #require(address)
    }

    /// Starts `cliosync` and does not wait for it.
    func start(
        _ arguments: [String], _ simulator: Simulator?, settings: [String: String] = [:]
    ) throws -> ChildProcess {
        var variables = ["CLIO_ACCESS_TOKEN": Simulator.token]
        if let simulator { variables["CLIO_BASE_URL"] = simulator.address }
        variables.merge(settings) { $1 }
        let child = try ChildProcess(
            Programs.cliosync, arguments, environment: environment(variables), folder: folder,
            output: "\(folder)/logs/\(next("cliosync")).out")
        children.withLock { $0.append(child) }
        return child
    }

    /// Runs `cliosync` to its end.
    func cliosync(
        _ arguments: [String], _ simulator: Simulator?, settings: [String: String] = [:]
    ) async throws -> ChildProcess.Ending {
        try await start(arguments, simulator, settings: settings).wait()
    }

    /// Runs a tool of the machine's, which must succeed.
    /// - Parameter mayFail: whether it does not matter how it ends.
    func tool(_ name: String, _ arguments: [String], mayFail: Bool = false) async throws -> String {
        let child = try ChildProcess(
            Programs.tool(name), arguments, environment: ProcessInfo.processInfo.environment, folder: folder,
            output: "\(folder)/logs/\(next((name as NSString).lastPathComponent)).out")
        children.withLock { $0.append(child) }
        let ending = await child.wait()
        #expect(
            mayFail || ending.code == 0,
            "\(name) \(arguments): \(ending.stderr.suffix(2000)) \(ending.stdout.suffix(2000))")
        return ending.stdout
    }

    /// Runs a script of this folder's, which must succeed.
    func python(_ script: String, _ arguments: String...) async throws -> String {
        try await tool("python3", [Programs.script(script)] + arguments)
    }

    /// Calls one of the simulator's own control addresses.
    /// - Returns: the answer's body.
    @discardableResult
    func control(_ simulator: Simulator, _ path: String) async throws -> String {
        try await tool("curl", ["-sSfg", "-d", "", "\(simulator.address)/simulator/\(path)"])
    }

    /// Builds a library of this folder's, to be preloaded into a program.
    func shim(_ name: String) async throws -> String {
        let library = "\(folder)/\(name).so"
        _ = try await tool(
            "clang", ["-O1", "-shared", "-fPIC", "-o", library, Programs.script("\(name).c"), "-ldl", "-lm"])
        return library
    }

    private func next(_ name: String) -> String {
        number.withLock { number in
            number += 1
            return "\(number)-\(name)"
        }
    }

    /// Nothing of the user's is read or written, and no budget file is shared with another test.
    func environment(_ more: [String: String]) -> [String: String] {
        [
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": folder + "/home", "XDG_CONFIG_HOME": folder + "/config",
            "XDG_RUNTIME_DIR": folder + "/runtime", "TMPDIR": folder + "/tmp",
            // A simulator that a busy machine does not let answer is no fault of a test's firm.
            "SYNC_REQUEST_TIMEOUT_MS": "3000000",
        ].merging(more) { $1 }
    }

    /// The digests of a run that nothing disturbed, against a simulator of its own with these options.
    func undisturbedDigests(_ options: [String], settings: [String: String] = [:]) async throws -> [String: String] {
        let simulator = try await simulator(options + ["--limit", "100000"])
        let run = try await cliosync(
            ["run", "--json", "--connection", "calm", "--no-progress"], simulator, settings: settings)
        run.expect(0)
        simulator.process.send(SIGTERM)
        return try await digests("databases/calm.sqlite")
    }

    // MARK: Looking

    /// Count and digest of every table, by Python; where rows lie and in which order they came does not matter.
    /// - Parameters:
    ///   - anyPhase: whether it does not matter which phase brought a flagged record that several bring.
    ///   - anyRecord: whether of flagged records only those with an id matter, and not their text.
    ///   - tables: there are more than so many.
    func digests(
        _ database: String = "databases/default.sqlite", anyPhase: Bool = false, anyRecord: Bool = false,
        tables: Int = 20
    ) async throws -> [String: String] {
        let text = try await tool(
            "python3",
            [Programs.script("digest.py"), database] + (anyPhase ? ["--any-phase"] : [])
                + (anyRecord ? ["--any-record"] : []))
        var result: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            result[String(words[0])] = words.dropFirst().joined(separator: " ")
        }
        #expect(result.count > tables, "digests of all tables")
        return result
    }

    /// The bytes of every staged file.
    func stagedFiles(_ folder: String = "staging") -> [String: Data] {
        var result: [String: Data] = [:]
        let root = self.folder + "/" + folder
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        for path in paths where path.hasSuffix(".ndjson") || path.hasSuffix(".ndjson.gz") {
            result[path] = FileManager.default.contents(atPath: "\(root)/\(path)")
        }
        return result
    }

    func query(_ sql: String, _ database: String = "databases/default.sqlite") async throws -> String {
        // Where a load ends, a reader that came just then waits for an instant.
        try await tool("sqlite3", ["-cmd", ".timeout 5000", database, sql]).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    func write(_ text: String, to path: String) throws {
        let full = "\(folder)/\(path)"
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // A script cannot run while a process that another test started meanwhile has it open for writing.
        let descriptor = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(text.utf8))
    }

    func read(_ path: String) -> Data { FileManager.default.contents(atPath: "\(folder)/\(path)") ?? Data() }
}

/// Waits until `condition` holds.
func poll(
    _ what: String, _ condition: () async throws -> Bool, location: SourceLocation = #_sourceLocation
) async throws {
    // Something is stuck then, however busy the machine is.
    let seconds = 300
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        if ContinuousClock.now > end {
            Issue.record("waited \(seconds) s for \(what)", sourceLocation: location)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A number of places that are entered in turn.
actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
