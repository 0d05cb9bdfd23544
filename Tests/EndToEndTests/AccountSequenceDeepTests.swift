import Foundation
import TestSupport
import Testing

/// Random sequences of commands with two accounts behind one address: no row and no raw line of one is ever in the other's.
///
/// `CLIOSYNC_TEST_STEPS` makes each sequence longer.
@Suite(.timeLimit(.minutes(60)))
struct AccountSequenceDeepTests {
    @Test(.deep(.accounts), arguments: 1...5) func noOrderOfCommandsMixesTwoAccounts(_ number: Int) async throws {
        let steps = ProcessInfo.processInfo.environment["CLIOSYNC_TEST_STEPS"].flatMap { Int($0) } ?? 40
        var random = TestSeed.numbers("accounts \(number)")
        try await Sandbox.use { sandbox in
            let firms = try await AccountSandbox(sandbox)
            let connections = ["one", "two"]
            let tokens = [AccountSandbox.first, AccountSandbox.second, AccountSandbox.lesser]
            var said: [String] = []
            var owner: [String: String] = [:]
            for step in 1...steps {
                let connection = connections.randomElement(using: &random) ?? "one"
                let other = connection == "one" ? "two" : "one"
                let token = tokens.randomElement(using: &random) ?? AccountSandbox.first
                let phase = ["core", "supporting"].randomElement(using: &random) ?? "core"
                let here = ["--connection", connection, "--no-progress"]
                var command = ""
                func run(_ arguments: [String], _ token: String? = token) async throws {
                    let ending = try await firms.run(
                        arguments, as: token,
                        ["CLIO_CLIENT_ID": "simulator-client", "CLIO_CLIENT_SECRET": "simulator-secret"])
                    command += " [\(ending.code ?? -1)] \(arguments.joined(separator: " ")) as \(token ?? "nobody")"
                    // A database is named after its connection, which refuses it before the account does.
                    let isRefused = ending.stderr.contains("belongs to connection")
                    #expect(
                        ending.code != nil && (ending.code != 1 || isRefused),
                        "step \(step):\(command)\n\(ending.stderr)")
                }
                switch Int.random(in: 0..<17, using: &random) {
                case 0, 1, 2: try await run(["run", "--phase", phase] + here)
                case 3: try await run(["run", "--phase", phase, "--sweep"] + here)
                case 4: try await run(["run", "--phase", phase, "--force"] + here)
                case 5:
                    try await run(
                        ["run", "--phase", phase, "--sweep", "--accept-removals"] + here)
                case 6:
                    let part = "staging/\(other)/\(phase)/raw/contacts/00001.ndjson.gz"
                    if FileManager.default.fileExists(atPath: "\(sandbox.folder)/\(part)") {
                        try await run(
                            [
                                "staged", "import", "--phase", phase, "--entity", "contacts", "--force", part,
                                "--connection", connection,
                            ])
                    }
                case 7:
                    try sandbox.write("CLIO_ACCESS_TOKEN=\(token)\n", to: "connections/\(connection).env")
                    try await run(["run", "--all", "--phase", phase, "--no-progress"], nil)
                    try FileManager.default.removeItem(atPath: "\(sandbox.folder)/connections/\(connection).env")
                case 8:
                    try await firms.logIn(as: token, connection)
                    try await run(["run", "--phase", phase] + here, nil)
                case 9: try await run(["auth", "logout", "--local", "--connection", connection], nil)
                case 10:
                    // The stored login's token expires, and is renewed with its own refresh token.
                    if let token = try firms.storedToken(connection) {
                        try await sandbox.control(firms.simulator, "expire?token=\(token)")
                    }
                    try await run(["run", "--phase", phase, "--sweep"] + here, nil)
                case 11:
                    try await run(["load", "--force", "--database", "databases/\(other).sqlite"] + here)
                case 13:
                    // A job that waits for a better token, and one that gets another account's.
                    try await run(["run", "--phase", phase] + here, "wrong")
                    try await run(["resume", "latest"] + here)
                case 12: try await run(["transform", "--phase", phase] + here)
                case 14, 15:
                    let way = [[], ["--deletions", "sweep"], ["--deep"], ["--accept-removals"]].randomElement(
                        using: &random)
                    try await run(["refresh"] + (way ?? []) + here)
                default:
                    try await run(["estimate"] + ["--connection", connection])
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        let found = try await firms.run(["status", "--json", "--connection", connection])
                        if found.code == 0 {
                            try await run(["reset", "latest", "--yes", "--connection", connection])
                            let left = try await firms.owners(connection)[connection]
                            if left?.files == "-" { owner["\(connection), files"] = nil }
                            if left?.rows == "-" { owner["\(connection), rows"] = nil }
                        }
                    }
                }
                said.append("\(step):\(command)")
                let found = try await firms.owners("one", "two")
                for name in connections {
                    guard let place = found[name] else { continue }
                    // Apart: a database belongs to the connection that made it, whatever its name.
                    for (part, what) in [(place.files, "files"), (place.rows, "rows")] where part != "-" {
                        let key = "\(name), \(what)"
                        let known = owner[key] ?? part
                        owner[key] = known
                        try #require(
                            part == known && part.count == 1,
                            "\(key): \(part), was \(known)\n\(said.joined(separator: "\n"))")
                    }
                }
            }
        }
    }
}
