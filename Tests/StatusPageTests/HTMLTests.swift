import Testing

@testable import StatusPage

@Suite struct HTMLTests {
    @Test("What is interpolated is text, whatever it holds")
    func escapes() {
        let hostile = "<script>alert('x')</script>&\"\u{1B}[31m\u{202E}gnp\u{0}\u{9B}\n"
        let html: HTML = "<p title=\"\(hostile)\">\(hostile)</p>"
        #expect(!html.text.contains("<script"))
        #expect(html.text.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;"))
        #expect(html.text.contains("\\u{1b}[31m\\u{202e}gnp\\u{0}\\u{9b}"))
        let strange = html.text.unicodeScalars.filter { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
        #expect(strange.isEmpty)
    }

    @Test("a text of any length leaves a page of some length")
    func longTexts() {
        let html: HTML = "\(String(repeating: "x", count: 1_000_000))"
        #expect(html.text.count < 1_000)
        #expect(html.text.hasSuffix("…"))
    }

    @Test func markupStaysMarkup() {
        let inner: HTML = "<b>\("a<b")</b>"
        let outer: HTML = "<p>\(inner)\(3)</p>"
        #expect(outer.text == "<p><b>a&lt;b</b>3</p>")
    }

    @Test(
        "numbers are written for people",
        arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")])
    func counts(_ number: Int, _ text: String) { #expect(StatusWords.count(number) == text) }

    @Test(arguments: [
        (0, "0 s"), (89, "89 s"), (90, "2 min"), (3_600, "60 min"), (12_000, "3 h 20 min"), (190_000, "2 d 4 h"),
    ])
    func durations(_ seconds: Int, _ text: String) { #expect(StatusWords.duration(seconds) == text) }

    @Test func aHundredPercentIsSaidAtTheEndOnly() {
        #expect(StatusWords.percent(99.99) == "99 %")
        #expect(StatusWords.percent(100) == "100 %")
    }

    @Test func timesAreReadable() {
        #expect(StatusWords.readable("2026-11-24T14:05:09Z") == "24 Nov, 14:05 UTC")
        #expect(StatusWords.readable("<b>") == "<b>")
    }
}
