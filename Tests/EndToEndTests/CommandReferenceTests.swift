import Foundation
import Testing

/// What the programs say about themselves, and what the documents say, are the same.
@Suite(.timeLimit(.minutes(40)))
struct CommandReferenceTests {
    private struct Dump: Decodable { let command: Command }
    private struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?

        func allRecords(_ path: String = "") -> [(name: String, command: Command)] {
            let name = path.isEmpty ? commandName : "\(path) \(commandName)"
            return [(name, self)]
                + (subcommands ?? []).filter { $0.commandName != "help" }.flatMap { $0.allRecords(name) }
        }
    }
    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let kind: String
        let names: [Name]?
        let shouldDisplay: Bool
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Programs.repository)/\(path)", encoding: .utf8)
    }

    @Test(.gate, arguments: ["cliosync", "clio-simulator"])
    func everyCommandAndOptionIsInTheReferenceAndTheManualPage(_ program: String) async throws {
        try await Sandbox.use { sandbox in
            let path = program == "cliosync" ? Programs.cliosync : Programs.simulator
            let json = try await sandbox.tool(path, ["--experimental-dump-help"])
            let dump = try JSONDecoder().decode(Dump.self, from: Data(json.utf8))
            let reference = try text("docs/commands.md")
            let page = try text("docs/man/\(program).1").replacing("\\-", with: "-")
            var options = 0
            for (name, command) in dump.command.allRecords() {
                let isProgram = name == program
                let heading = "\n##\(isProgram ? "" : "#") \(name)\n"
                let start = try #require(reference.range(of: heading), "\(name) is not in docs/commands.md")
                let section = reference[start.upperBound...].prefix(
                    upTo: reference[start.upperBound...].range(of: "\n##")?.lowerBound ?? reference.endIndex)
                if !isProgram {
                    let words = name.dropFirst(program.count + 1)
                    let isThere = page.contains("\n.SS \(words)")
                    #expect(isThere, "\(name) is not in the manual page")
                }
                for argument in command.arguments ?? [] where argument.shouldDisplay && argument.kind != "positional" {
                    for option in argument.names ?? [] where option.kind == "long" {
                        if ["help", "version"].contains(option.name) { continue }
                        options += 1
                        let isInReference = section.contains("--\(option.name)")
                        let isInPage = page.contains("--\(option.name)")
                        #expect(isInReference, "\(name) --\(option.name) is not documented")
                        #expect(isInPage, "\(name) --\(option.name) is not in the manual page")
                    }
                }
            }
            #expect(options > 20)
        }
    }

    @Test(.gate) func theReferenceAndTheManualPagesAreCurrent() async throws {
        try await Sandbox.use { sandbox in
            let folder = (Programs.cliosync as NSString).deletingLastPathComponent
            _ = try await sandbox.tool("\(Programs.repository)/scripts/generate-docs", ["--check", folder])
        }
    }

    /// Every command has `--help` with an example.
    @Test(.gate) func everyCommandHasAnExample() async throws {
        try await Sandbox.use { sandbox in
            let json = try await sandbox.tool(Programs.cliosync, ["--experimental-dump-help"])
            let dump = try JSONDecoder().decode(Dump.self, from: Data(json.utf8))
            let reference = try text("docs/commands.md")
            for (name, _) in dump.command.allRecords() where name != "cliosync" {
                let start = try #require(reference.range(of: "\n### \(name)\n"))
                let section = reference[start.upperBound...].prefix(
                    upTo: reference[start.upperBound...].range(of: "\n##")?.lowerBound ?? reference.endIndex)
                let hasExample = section.contains("Example")
                #expect(hasExample, "\(name) has no example")
            }
        }
    }
}
