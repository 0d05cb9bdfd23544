import Testing

@testable import cliosync

/// Numbers, tables and foreign text as people see them.
@Suite struct FormatTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func counts(_ number: Int, _ text: String) { #expect(Format.count(number) == text) }

    @Test(arguments: [
        (-3.0, "0:00"), (41.6, "0:42"), (725, "12:05"), (3599.7, "1:00:00"), (3723, "1:02:03"), (360_000, "100:00:00"),
    ])
    func durations(_ seconds: Double, _ text: String) { #expect(Format.duration(seconds) == text) }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_500, "1.5 kB"), (12_300_000, "12 MB"), (2_000_000_000_000, "2000 GB"),
    ])
    func bytes(_ count: Int, _ text: String) { #expect(Format.bytes(count) == text) }

    @Test(arguments: [(-1.0, "[····]"), (0, "[····]"), (0.5, "[██··]"), (0.99, "[███·]"), (1, "[████]"), (7, "[████]")])
    func aBarNeverLeavesItsCells(_ share: Double, _ text: String) { #expect(Format.bar(share, 4) == text) }

    @Test func aTableAlignsItsColumnsAlsoBehindWideLetters() {
        let text = Format.table(
            ["name", "count"], [["Ann", "1"], ["漢字", "1,000"], ["Zoë", "20"]], right: [1], width: 80)
        #expect(text == "name  count\nAnn       1\n漢字  1,000\nZoë      20")
    }

    @Test(arguments: [20, 30, 40, 60])
    func aNarrowTerminalGetsEveryCellInLinesThatFit(_ width: Int) {
        let header = ["entity", "status", "records", "requests", "duration"]
        let rows = [
            ["matters", "COMPLETED", "1,234", "12", "0:42"],
            ["time_entries", "IN_PROGRESS", "99,999", "1,000", "1:02:03"],
        ]
        let text = Format.table(header, rows, right: [2, 3, 4], width: width)
        for line in text.split(separator: "\n") { #expect(Terminal.columns(line) <= width, "\(line)") }
        for cell in rows.joined() { #expect(text.contains(cell)) }
    }

    @Test func textOfRecordsCannotSteerTheTerminal() {
        let text = Terminal.safe("a\u{1B}[31mb\u{7}\u{9B}\u{202E}\u{2028}\r\nc é 漢")
        #expect(text == "a\\u{1b}[31mb\\u{7}\\u{9b}\\u{202e}\\u{2028}\\u{d}\\u{a}c é 漢")
    }

    @Test func longTextIsCutWithTheNumberOfCharactersThatAreLeftOut() {
        #expect(Terminal.brief("short", 10) == "short")
        #expect(Terminal.brief(String(repeating: "x", count: 25), 10) == "xxxxxxxxxx… (15 characters more)")
    }

    @Test func aPipeGetsNoColours() { #expect(Terminal.bold("x") == "x" && Terminal.red("x") == "x") }
}
