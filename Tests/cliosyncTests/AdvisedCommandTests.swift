import ArgumentParser
import Testing

@testable import cliosync

/// A command in a message works on what the command before it worked on.
@Suite struct AdvisedCommandTests {
    private static let given = GivenOptions(
        connection: "smith", staging: "other place", database: "it's.sqlite", envFile: "firm.env")

    @Test(arguments: [
        (
            "`cliosync run` begins one",
            #"`cliosync run --connection smith --staging 'other place' --database 'it'\''s.sqlite' --env-file firm.env` begins one"#
        ),
        ("run `cliosync auth login` again", "run `cliosync auth login --connection smith --env-file firm.env` again"),
        ("`cliosync init` writes them", "`cliosync init` writes them"),
        ("`cliosync serve`", "`cliosync serve --staging 'other place' --env-file firm.env`"),
        ("the column `cliosync` and `id`", "the column `cliosync` and `id`"),
        ("no end: `cliosync run", "no end: `cliosync run"),
        ("no command: cliosync run", "no command: cliosync run"),
    ])
    func aCommandGetsTheOptionsThatItTakes(_ text: String, _ wanted: String) {
        #expect(AdvisedCommand.completed(text, with: Self.given) == wanted)
    }

    @Test func whatACommandNamesItselfIsLeftAlone() {
        let given = GivenOptions(connection: "smith", staging: "x")
        #expect(
            AdvisedCommand.completed("`cliosync run --connection jones`, `cliosync load --staging=y`", with: given)
                == "`cliosync run --connection jones --staging x`, `cliosync load --staging=y --connection smith`")
        #expect(AdvisedCommand.completed("`cliosync run`", with: GivenOptions()) == "`cliosync run`")
    }

    @Test func everyCommandsOptionsAreFound() throws {
        let options = ["--connection", "smith", "--env-file", "x.env"]
        let wanted = GivenOptions(connection: "smith", envFile: "x.env")
        for words in [
            ["run"], ["reset", "latest"], ["staged", "ls"], ["auth", "status"], ["review", "ls"], ["doctor"],
        ] {
            let command = try Cliosync.parseAsRoot(words + options)
            #expect(AdvisedCommand.given(to: command) == wanted, "\(words)")
        }
        // What is the default needs no option.
        #expect(try AdvisedCommand.given(to: Cliosync.parseAsRoot(["run", "--staging", "staging"])) == GivenOptions())
        #expect(try AdvisedCommand.given(to: Cliosync.parseAsRoot(["init"])) == GivenOptions())
    }

    /// Whatever a command may be told to repeat, it takes.
    @Test func everyOptionThatIsRepeatedIsTaken() throws {
        let given = GivenOptions(connection: "a", staging: "b", database: "c", pipelines: "d", envFile: "e")
        let commands = [
            "run", "refresh", "estimate", "extract", "transform", "load", "verify", "status", "stop latest", "doctor",
            "resume latest", "reset latest --yes", "prioritize latest tasks", "staged ls", "staged check",
            "trace tasks 1",
            "staged import --phase core --entity matters x", "review ls", "export x.sqlite", "schema", "settings",
            "auth login", "auth status", "auth logout", "serve", "init", "demo",
        ]
        for command in commands {
            let words = (command + given.text(for: command)).split(separator: " ").map(String.init)
            #expect(throws: Never.self, "\(command)") { try Cliosync.parseAsRoot(words) }
        }
    }
}
