import Bytes
import Foundation
import Account
import Testing

/// The hours in which requests may be made.
@Suite struct SyncWindowTests {
    private func moment(_ text: String) throws -> Double { try Date(text, strategy: .iso8601).timeIntervalSince1970 }

    @Test func aWindowOverMidnightOpensInTheEveningAndClosesInTheMorning() throws {
        let window = try SyncWindow("19:00-04:00 America/Los_Angeles")
        // 18:59 and 19:00 on a November evening, UTC-8.
        let before = try moment("2026-11-24T02:59:00Z")
        #expect(window.closing(at: before) == nil)
        #expect(window.opening(from: before) == before + 60)
        #expect(window.closing(at: before + 60) == before + 60 + 9 * 3600)
        // After midnight it is the evening's window still.
        let night = try moment("2026-11-24T10:30:00Z")
        #expect(window.closing(at: night) == (try moment("2026-11-24T12:00:00Z")))
        #expect(window.opening(from: night) == night)
        #expect(window.closing(at: try moment("2026-11-24T12:00:00Z")) == nil)
        #expect(window.description == "19:00-04:00 America/Los_Angeles")
        #expect(window.openingText == "19:00 America/Los_Angeles")
    }

    @Test func aWindowWithinADayClosesTheSameDay() throws {
        let window = try SyncWindow("01:00-05:30 UTC")
        #expect(window.openingText == "01:00 UTC")
        #expect(window.closing(at: try moment("2026-06-01T01:00:00Z")) == (try moment("2026-06-01T05:30:00Z")))
        #expect(window.opening(from: try moment("2026-06-01T05:30:00Z")) == (try moment("2026-06-02T01:00:00Z")))
    }

    /// On 2026-03-08 the clocks of Los Angeles go from 02:00 to 03:00: the night has an hour less.
    @Test func summerTimeTakesAnHourAway() throws {
        let window = try SyncWindow("19:00-04:00 America/Los_Angeles")
        let opens = try moment("2026-03-08T03:00:00Z")
        #expect(window.opening(from: opens - 3600) == opens)
        #expect(window.closing(at: opens) == opens + 8 * 3600)
        // An end that no clock shows: the jump, at 10:00 UTC.
        let gap = try SyncWindow("19:00-02:30 America/Los_Angeles")
        #expect(gap.closing(at: opens) == (try moment("2026-03-08T10:00:00Z")))
        let begin = try SyncWindow("02:30-06:00 America/Los_Angeles")
        #expect(begin.opening(from: opens) == (try moment("2026-03-08T10:00:00Z")))
    }

    /// On 2026-11-01 they go from 02:00 back to 01:00: 01:30 comes twice, and the first time counts.
    @Test func winterTimeGivesAnHourMore() throws {
        let window = try SyncWindow("19:00-04:00 America/Los_Angeles")
        let opens = try moment("2026-11-01T02:00:00Z")
        #expect(window.closing(at: opens) == opens + 10 * 3600)
        let twice = try SyncWindow("19:00-01:30 America/Los_Angeles")
        let first = try moment("2026-11-01T08:30:00Z")
        #expect(twice.closing(at: opens) == first)
        // The second 01:15 of that night is behind it.
        #expect(twice.closing(at: first + 45 * 60) == nil)
        let begin = try SyncWindow("01:30-03:00 America/Los_Angeles")
        #expect(begin.opening(from: opens) == first)
        #expect(begin.closing(at: first) == first + 2.5 * 3600)
    }

    @Test(arguments: [
        "19:00-04:00", "19:00 America/Los_Angeles", "7-4 UTC", "19:00-19:00 UTC", "24:30-04:00 UTC", "19:60-04:00 UTC",
        "19:00-04:00 Mars/Olympus", "19:00-04:00 PST", "00:00-24:00 UTC", "a:b-c:d UTC", "19:00–04:00 UTC",
    ])
    func aWindowThatIsNoneIsRefusedWithItsVariable(_ text: String) {
        #expect(throws: ConfigurationError.self) { try SyncWindow(text) }
        let error = #expect(throws: ConfigurationError.self) {
            try Settings(environment: ["SYNC_WINDOW": text], envFile: "/dev/null")
        }
        #expect(error?.description.hasPrefix("SYNC_WINDOW") == true)
    }
}

/// Clio's peak hours.
@Suite struct PeakHoursTests {
    private func moment(_ text: String) throws -> Double { try Date(text, strategy: .iso8601).timeIntervalSince1970 }

    @Test func americanPeakHoursAreThoseOfWorkingDaysInThePacificZone() throws {
        for region in ["us", "ca"] {
            let hours = try #require(PeakHours.of(region: region))
            // Tuesday 04:00 to 19:00, UTC-8.
            #expect(!hours.isPeak(at: try moment("2026-11-24T11:59:59Z")))
            #expect(hours.isPeak(at: try moment("2026-11-24T12:00:00Z")))
            #expect(!hours.isPeak(at: try moment("2026-11-25T03:00:00Z")))
            #expect(hours.change(after: try moment("2026-11-24T12:00:00Z")) == (try moment("2026-11-25T03:00:00Z")))
            // Saturday noon; then nothing before Monday morning.
            let saturday = try moment("2026-11-28T20:00:00Z")
            #expect(!hours.isPeak(at: saturday))
            #expect(hours.change(after: saturday) == (try moment("2026-11-30T12:00:00Z")))
        }
    }

    @Test func theOtherRegionsHaveTheirOwn() throws {
        let europe = try #require(PeakHours.of(region: "eu"))
        #expect(europe.isPeak(at: try moment("2026-07-05T07:00:00Z")))
        #expect(!europe.isPeak(at: try moment("2026-07-05T22:00:00Z")))
        let australia = try #require(PeakHours.of(region: "au"))
        // 06:00 in Sydney, with summer time.
        #expect(australia.isPeak(at: try moment("2026-11-23T19:00:00Z")))
        #expect(!australia.isPeak(at: try moment("2026-11-23T18:59:00Z")))
        #expect(PeakHours.of(region: "mars") == nil)
    }
}
