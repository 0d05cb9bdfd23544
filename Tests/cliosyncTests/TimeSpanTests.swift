import Testing

@testable import cliosync

/// The values of `--max-wait` and `--for`.
@Suite struct TimeSpanTests {
    @Test(arguments: [("30s", 30.0), ("5m", 300), ("2h", 7200), ("1d", 86_400), ("1000000s", 1_000_000)])
    func aNumberAndAUnit(_ text: String, _ seconds: Double) { #expect(TimeSpan(argument: text)?.seconds == seconds) }

    @Test(arguments: ["", "5", "m", "0s", "-1m", "1.5h", "5mo", "5 m", "1000001s", "99999999999999999999s", "٥m"])
    func anythingElseIsRefused(_ text: String) { #expect(TimeSpan(argument: text) == nil) }
}
