import Testing

@testable import cliosync

/// Help and other texts in terminals of every width.
@Suite struct HelpTextTests {
    private static let help = """
        OVERVIEW: Ask the process that runs a job to stop after the page in flight.

        Examples:
          cliosync run --phase core --connection smith  day 1 of one firm, and of no other one
          cliosync export smith.sqlite && scp 'a file with spaces.sqlite' backup:firms/smith.sqlite

        USAGE: cliosync run [<options>] [<job>]

        OPTIONS:
          --connection <name>     The firm's connection: 1 to 64 of a-z, 0-9 and - (default: default).
        """

    @Test func aWideTerminalChangesNothing() { #expect(HelpText(width: 200).wrapped(Self.help) == Self.help) }

    @Test(arguments: [36, 40, 60, 80]) func everyLineFitsUnlessOneWordDoesNot(_ width: Int) {
        for line in HelpText(width: width).wrapped(Self.help).split(separator: "\n") {
            // A word in quotes is one word of the shell's.
            #expect(line.count <= width || line.contains("'a file with spaces.sqlite'"), "\(line)")
        }
    }

    @Test func anExampleThatIsBrokenCanStillBeCopied() {
        let lines = HelpText(width: 60).wrapped(Self.help).split(separator: "\n").map(String.init)
        #expect(lines.contains("  cliosync run --phase core --connection smith"))
        #expect(lines.contains("      day 1 of one firm, and of no other one"))
        #expect(lines.contains("  cliosync export smith.sqlite && scp \\"))
        #expect(lines.suffix(8).contains("      backup:firms/smith.sqlite"))
        #expect(lines.contains("      'a file with spaces.sqlite' \\"))
    }

    @Test func aDescriptionStaysInItsColumn() {
        let lines = HelpText(width: 60).wrapped(Self.help).split(separator: "\n").map(String.init)
        #expect(lines.contains("  --connection <name>     The firm's connection: 1 to 64 of"))
        #expect(lines.contains("                          a-z, 0-9 and - (default: default)."))
    }

    @Test func longTextIsBrokenAtSpacesAndWithinAWordThatIsLongerThanALine() {
        #expect(Wrapping.lines("short", width: 10, indent: 2) == ["short"])
        #expect(Wrapping.lines("  one two three four", width: 12, indent: 4) == ["  one two", "    three", "    four"])
        #expect(Wrapping.lines("abcdefghijklmnop", width: 10, indent: 2) == ["abcdefghij", "  klmnop"])
        #expect(Wrapping.lines("漢字漢字 漢字", width: 9, indent: 0) == ["漢字漢字", "漢字"])
    }

    @Test(arguments: [
        (["runn"], "there is no command runn; did you mean \"run\"?"),
        (["review", "shwo", "matters"], "there is no command shwo; did you mean \"show\"?"),
        (["stauts", "--json"], "there is no command stauts; did you mean \"status\"?"),
    ])
    func aMistypedCommandIsNamed(_ words: [String], _ hint: String) { #expect(CommandHint.hint(words) == hint) }

    @Test(arguments: [["run", "x"], ["--json"], ["zzzzzzzz"], ["review", "ls"], []])
    func otherWordsHaveNoHint(_ words: [String]) { #expect(CommandHint.hint(words) == nil) }
}

/// Records as people read them.
@Suite struct RecordTextTests {
    @Test func aRecordHasOneFieldALineAndItsPartsIndented() {
        let json =
            #"{"id":12,"name":"Ann","client":{"id":7,"tags":[]},"phones":[{"number":"1"},{"number":null}],"ok":true}"#
        #expect(
            RecordText(width: 80, indent: 2).lines(json) == [
                "  id    12", "  name  Ann", "  client", "    id    7", "    tags  []", "  phones", "    [0]",
                "      number  1", "    [1]", "      number  null", "  ok    true",
            ])
    }

    @Test(arguments: [20, 40, 80]) func everyLineFits(_ width: Int) {
        let json =
            #"{"a_rather_long_name_of_a_field":"one two three four five six seven eight nine ten eleven","x":"\#(String(repeating: "y", count: 200))"}"#
        for line in RecordText(width: width, indent: 2).lines(json) {
            #expect(Terminal.columns(line) <= width, "\(line)")
        }
    }

    @Test func whatIsNoJSONIsShownAsItIsAndCannotSteerTheTerminal() {
        #expect(RecordText(width: 80).lines("{broken \u{1B}[2J") == ["{broken \\u{1b}[2J"])
        #expect(RecordText(width: 80).lines(#"{"a\u001b":"b\u0007"}"#) == ["a\\u{1b}  b\\u{7}"])
    }
}

/// Which job and which list `prioritize` is about.
@Suite struct PrioritizeWordsTests {
    private func words(_ words: [String], connection: Bool) throws -> PrioritizeCommand.Words {
        try PrioritizeCommand.Words(words, hasConnection: connection) { ["documents", "matters"].contains($0) }
    }

    @Test func theJobIsLeftOutWhereAConnectionIsGiven() throws {
        let plain = try words(["latest", "matters", "Family law"], connection: false)
        #expect(plain.job == "latest" && plain.entity == "matters" && plain.group == "Family law")
        let firm = try words(["documents"], connection: true)
        #expect(firm.job == nil && firm.entity == "documents" && firm.group == nil)
        let group = try words(["matters", "Family law"], connection: true)
        #expect(group.job == nil && group.entity == "matters" && group.group == "Family law")
        let both = try words(["1f2e3d", "documents"], connection: true)
        #expect(both.job == "1f2e3d" && both.entity == "documents")
    }

    @Test func wordsThatSayTooLittleOrTooMuchAreRefused() {
        #expect(throws: (any Error).self) { try words(["latest"], connection: false) }
        #expect(throws: (any Error).self) { try words(["documents", "a", "b"], connection: true) }
    }
}
