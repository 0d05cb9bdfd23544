import Foundation
import Testing

/// Two accounts behind one address, and a second user of the first who sees less.
struct AccountSandbox {
    static let first = Simulator.token
    static let second = "token-b"
    static let lesser = "token-c"
    static let small = [
        "--limit", "100000", "--matters", "60", "--contacts", "40", "--calendar-entries", "30", "--tasks", "30",
        "--documents", "30", "--activities", "40", "--users", "4", "--practice-areas", "3",
    ]

    let sandbox: Sandbox
    let simulator: Simulator

    init(_ sandbox: Sandbox, _ options: [String] = []) async throws {
        self.sandbox = sandbox
        simulator = try await sandbox.simulator(
            Self.small + [
                "--account-name", "Smith LLP", "--account",
                "token=\(Self.second),refresh=refresh-b,name=Jones LLP,seed=2",
                "--user", "token=\(Self.lesser),refresh=refresh-c,user=1,hides=3",
            ] + options)
    }

    /// Runs a command as the holder of a token; nil: none is in the environment.
    func run(
        _ arguments: [String], as token: String? = first, _ more: [String: String] = [:]
    ) async throws -> ChildProcess.Ending {
        try await sandbox.cliosync(
            arguments, simulator, settings: ["CLIO_ACCESS_TOKEN": token ?? ""].merging(more) { $1 })
    }

    /// Requests for lists, by the token's mark.
    func listRequests() throws -> Int { try simulator.requests().filter { !$0.path.hasSuffix("who_am_i.json") }.count }

    /// Logs in as the holder of a token.
    func logIn(as token: String, _ connection: String = "default") async throws {
        try await sandbox.control(simulator, "consent?token=\(token)")
        let child = try sandbox.start(
            ["auth", "login", "--no-browser", "--connection", connection], simulator,
            settings: [
                "CLIO_ACCESS_TOKEN": "", "CLIO_CLIENT_ID": "simulator-client", "CLIO_CLIENT_SECRET": "simulator-secret",
            ])
        var url = ""
        try await poll("the address to open") {
            let said = (try? String(contentsOfFile: child.output + ".err", encoding: .utf8)) ?? ""
            url =
                said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .first { $0.hasPrefix("http") } ?? ""
            return !url.isEmpty && said.contains("waiting") || !child.isRunning
        }
        _ = try await sandbox.tool("curl", ["-sL", "-o", "page", url])
        await child.wait().expect(0)
    }

    /// The access token of a stored login; nil when there is none.
    func storedToken(_ connection: String) throws -> String? {
        let folder = "\(sandbox.folder)/config/cliosync"
        let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        guard let file = files.first(where: { $0.hasSuffix("/\(connection).json") }) else { return nil }
        let stored = try JSONSerialization.jsonObject(with: sandbox.read("config/cliosync/\(file)")) as? [String: Any]
        return stored?["access_token"] as? String
    }

    /// Whose records lie in each connection's raw files and database: `A`, `B`, `-` or `AB`.
    func owners(_ connections: String...) async throws -> [String: (files: String, rows: String)] {
        let text = try await sandbox.tool(
            "python3", [Programs.script("owners.py"), simulator.address, Self.first, Self.second] + connections)
        var found: [String: (files: String, rows: String)] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map { String($0.split(separator: "=").last ?? "") }
            found[words[0]] = (words[1], words[2])
        }
        return found
    }
}
