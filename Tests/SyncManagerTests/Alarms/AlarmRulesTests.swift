import Account
import Foundation
import JSON
import Jobs
import Testing

@testable import SyncManager

/// Which alarms are sent when, by a clock that is turned.
@Suite struct AlarmRulesTests {
    /// Seconds since 1970 of a UTC time.
    private func moment(_ text: String) throws -> Double {
        try #require(ISO8601DateFormatter().date(from: text)).timeIntervalSince1970
    }

    @Test func withoutRulesEveryAlarmIsSent() {
        for kind in Alarm.Kind.allCases { #expect(AlarmRules().verdict(kind, now: 0) == .send) }
    }

    @Test func aFirmGetsTheAlarmsThatItWants() {
        let rules = AlarmRules(kinds: [.critical, .stale])
        for kind in Alarm.Kind.allCases {
            #expect(rules.verdict(kind, now: 0) == ([.critical, .stale].contains(kind) ? .send : .drop))
        }
    }

    /// 22:00 to 07:00 in Los Angeles; standard time is UTC-8, and ended there on 2026-03-08.
    @Test(arguments: [
        ("2026-11-30T05:59:59Z", nil), ("2026-11-30T06:00:00Z", "2026-11-30T15:00:00Z"),
        ("2026-11-30T14:59:59Z", "2026-11-30T15:00:00Z"), ("2026-11-30T15:00:00Z", nil),
        ("2026-03-08T08:00:00Z", "2026-03-08T14:00:00Z"),
    ])
    func quietHoursHoldWhatIsNotUrgentUntilTheyEnd(_ now: String, _ end: String?) throws {
        let rules = AlarmRules(quiet: try SyncWindow("22:00-07:00 America/Los_Angeles"))
        let now = try moment(now)
        let held: AlarmRules.Verdict = try end.map { .hold(until: try moment($0)) } ?? .send
        for kind in Alarm.Kind.allCases {
            #expect(rules.verdict(kind, now: now) == (kind.isUrgent ? .send : held), "\(kind)")
        }
        #expect(Alarm.Kind.critical.isUrgent && Alarm.Kind.failed.isUrgent && !Alarm.Kind.completed.isUrgent)
    }

    @Test func anAlarmThatIsNotWantedIsNotHeldEither() throws {
        let rules = AlarmRules(kinds: [.failed], quiet: try SyncWindow("00:00-23:59 UTC"))
        #expect(rules.verdict(.completed, now: 1_000) == .drop)
    }
}

/// The week of some firms.
@Suite struct DigestTests {
    private let digest = Digest(
        until: "Mon 30 Nov 08:00 America/Los_Angeles", time: "2026-11-30T16:00:00Z",
        firms: [
            .init(
                connection: "jones", status: "FAILED", asOf: "2026-11-27T04:00:00Z", age: "3 d 12 h", isStale: true,
                rows: 10, flagged: 1, runs: 7, badRuns: 3, changed: 5, problem: "the token is not accepted"),
            .init(connection: "smith", status: "COMPLETED", rows: 1_000, runs: 1),
        ])

    @Test func theSubjectNamesWhoNeedsAttention() {
        #expect(digest.text == "cliosync: week to Mon 30 Nov 08:00 America/Los_Angeles: 2 firms, jones needs attention")
        var well = digest
        well.firms.removeFirst()
        #expect(well.text.hasSuffix("1 firm, all are well"))
    }

    @Test func theBodyHasTroubleFirst() {
        #expect(
            digest.body.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).map(String.init) == [
                "Need attention",
                "  jones: FAILED · as of 2026-11-27T04:00:00Z, 3 d 12 h ago · STALE · 10 rows · 1 flagged · 7 runs · "
                    + "3 of them with trouble · 5 rows changed",
                "    the token is not accepted", "", "Well", "  smith: COMPLETED · 1,000 rows · 1 run",
            ])
    }

    @Test func programsGetTheSameFacts() throws {
        let json = try #require(try JSONSerialization.jsonObject(with: Data(digest.json.utf8)) as? [String: Any])
        #expect(json["event"] as? String == "digest" && json["text"] as? String == digest.text)
        let firms = try #require(json["firms"] as? [[String: Any]])
        #expect(firms[0]["bad_runs"] as? Int == 3 && firms[0]["stale"] as? Bool == true)
        #expect(digest.environment["CLIOSYNC_TROUBLED"] == "1")
    }
}

/// Mails as they are sent.
@Suite struct EmailMessageTests {
    private func message(_ subject: String, _ body: String) -> EmailMessage {
        EmailMessage(
            from: "sync@example.com", to: ["a@example.com", "b@example.com"], subject: subject, body: body,
            date: 1_796_000_000, id: "1f2e")
    }

    @Test func headersAndBodyAreSeparatedByAnEmptyLine() {
        let text = message("hello", "line one\nline two").text
        #expect(
            text.hasPrefix(
                "From: cliosync <sync@example.com>\r\nTo: a@example.com,\r\n b@example.com\r\nSubject: hello\r\n"))
        #expect(text.contains("\r\nDate: Mon, 30 Nov 2026 00:53:20 +0000\r\n"))
        #expect(text.contains("\r\nMessage-ID: <1f2e@example.com>\r\n"))
        #expect(text.hasSuffix("\r\n\r\nline one\r\nline two\r\n"))
    }

    @Test func aSubjectCannotBeginAnotherHeader() {
        let text = message("a\r\nBcc: evil@example.com\nx", "b").text
        #expect(!text.contains("\nBcc:"))
    }

    @Test func otherLettersAreEncodedAndLinesStayShort() throws {
        let text = message(
            "Schröder & Söhne: " + String(repeating: "漢字", count: 60), "ä = €\n" + String(repeating: "x", count: 500)
        ).text
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        for line in text.components(separatedBy: "\r\n") { #expect(line.utf8.count <= 76, "\(line)") }
        #expect(text.contains("=C3=A4 =3D =E2=82=AC\r\n"))
        // Decoded as mail programs do.
        let words = text.matches(of: /=\?utf-8\?B\?([A-Za-z0-9+\/=]+)\?=/).compactMap {
            Data(base64Encoded: String($0.1))
        }
        let subject = String(decoding: words.reduce(Data(), +), as: UTF8.self)
        #expect(subject == "Schröder & Söhne: " + String(repeating: "漢字", count: 60))
    }

    @Test func aSpaceAtTheEndOfALineIsKept() { #expect(EmailMessage.quotedPrintable("a \n b") == "a=20\r\n b") }
}
