import HTTP
import Testing

@testable import Extract

/// When the next request is accepted: in seconds, or as a date by the server's own clock.
@Suite struct RetryAfterTests {
    private static let now = "Sun, 29 Nov 2026 06:00:00 GMT"

    @Test(
        arguments: [
            ("23", 23.0), ("0.5", 0.5), ("0", nil), ("-3", nil), ("inf", nil), ("nan", nil), ("soon", nil), ("", nil),
            ("Sun, 29 Nov 2026 06:01:30 GMT", 90), ("Mon, 30 Nov 2026 06:00:00 GMT", 86_400),
            // Over already.
            ("Sun, 29 Nov 2026 06:00:00 GMT", nil), ("Sun, 29 Nov 2026 05:59:00 GMT", nil),
        ] as [(String, Double?)])
    func theWaitIsCountedFromTheAnswer(_ text: String, _ seconds: Double?) {
        #expect(RetryAfter.seconds(["Retry-After": text, "Date": Self.now]) == seconds)
    }

    @Test func aDateNeedsTheServersClock() {
        #expect(RetryAfter.seconds(["Retry-After": "Sun, 29 Nov 2026 06:01:30 GMT"]) == nil)
        #expect(RetryAfter.seconds(["Date": Self.now]) == nil)
    }
}
