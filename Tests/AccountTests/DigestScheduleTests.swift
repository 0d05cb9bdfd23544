import Bytes
import Foundation
import Testing

@testable import Account

/// When a digest is due, by a clock that is turned.
@Suite struct DigestScheduleTests {
    private func moment(_ text: String) throws -> Double {
        try #require(ISO8601DateFormatter().date(from: text)).timeIntervalSince1970
    }

    @Test(arguments: [
        // A Monday, 08:00 in Los Angeles is 16:00 UTC.
        ("2026-11-30T15:59:59Z", "2026-11-23T16:00:00Z"), ("2026-11-30T16:00:00Z", "2026-11-30T16:00:00Z"),
        ("2026-12-06T23:00:00Z", "2026-11-30T16:00:00Z"),
    ])
    func theDigestIsDueOnceAWeek(_ now: String, _ last: String) throws {
        let schedule = try DigestSchedule("mon 08:00 America/Los_Angeles")
        #expect(schedule.description == "Mon 08:00 America/Los_Angeles")
        #expect(schedule.last(before: try moment(now)) == (try moment(last)))
    }

    @Test(arguments: ["Monday 08:00 UTC", "Mon 8:00 UTC", "Mon 24:00 UTC", "Mon 08:00", "Mon 08:00 PST", ""])
    func aScheduleThatIsNoneIsRefused(_ text: String) {
        #expect(throws: ConfigurationError.self) { try DigestSchedule(text) }
    }
}
