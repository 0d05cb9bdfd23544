import Account
import Testing

@testable import SyncManager
@testable import cliosync

/// An estimate as a person reads it.
@Suite struct EstimatePrinterTests {
    private func estimate(_ change: (inout SyncEstimate) -> Void = { _ in }) -> SyncEstimate {
        var estimate = SyncEstimate(
            firmSize: "medium", strategy: "single", reasons: ["one run over all phases"],
            phases: [
                .init(
                    phase: "core", title: "Core", day: "1", features: ["Matter list"], records: 1_500, requests: 9,
                    readyAfter: 125)
            ],
            entities: [
                .init(
                    phase: "core", entity: "matters", records: 1_500, requests: 8, seconds: 100, bytesPerRecord: 4_000,
                    stagedBytesPerRecord: 800, isMeasured: true, outOfStep: nil),
                .init(
                    phase: "core", entity: "contacts", records: nil, requests: 1, seconds: 110, bytesPerRecord: 4_000,
                    stagedBytesPerRecord: 800, isMeasured: false, outOfStep: nil),
            ], records: 1_500, requests: 12, limit: 50, requestsPerMinute: 45, latency: 0.25, pageSeconds: nil,
            seconds: 3_725, heldSeconds: 0, startsAt: 1_774_972_800, endsAt: 1_774_976_525, peakHours: nil,
            databaseBytes: 3_000_000, stagingBytes: 2_000_000, diskBytes: 8_000_000, freeBytes: 9_000_000, user: nil)
        change(&estimate)
        return estimate
    }

    private func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    @Test func countsRequestsAndDurationComeFirst() {
        let text = EstimatePrinter(estimate()).text
        #expect(text.hasPrefix("a medium firm: 1,500 records, 12 requests, about 1:02:05\n"))
        #expect(text.contains("Clio allows 50 requests a minute now, 45 are used; an answer takes 0.25 s"))
        #expect(rows(text).contains(["core", "matters", "1,500", "8", "1:40"]))
        #expect(text.contains("  usable: Matter list"))
        #expect(text.contains("strategy: single\n  one run over all phases"))
    }

    @Test(arguments: [45, 80]) func itFitsTheTerminalAndBreaksAtSpaces(_ columns: Int) {
        let long = estimate {
            $0.phases[0].features = ["Matter list and details", "Client list and contact details", "Practice areas"]
            $0.reasons = ["calendar_entries is asked for in time windows: the list ends at 10,000 rows"]
            $0.user = "José Ångström of Simulated & Partners LLP, whose name is long (user 350963000)"
        }
        let text = EstimatePrinter(long, width: columns).text
        for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
        // Nothing is lost by the breaks.
        let words = rows(text).joined().joined(separator: " ")
        for part in ["Client list and contact details, Practice areas", "ends at 10,000 rows", "(user 350963000)"] {
            #expect(words.contains(part), "\(part): \(text)")
        }
    }

    @Test func aListThatIsNotCountedIsNotShownAsEmpty() {
        #expect(rows(EstimatePrinter(estimate()).text).contains(["core", "contacts", "not", "told", "1", "1:50"]))
    }

    @Test func aDiskThatIsTooSmallIsSaidWithTheRemedy() {
        #expect(!EstimatePrinter(estimate()).text.contains("the disk is too small"))
        let text = EstimatePrinter(estimate { $0.freeBytes = 7_999_999 }).text
        #expect(text.contains("the disk is too small: make room, or give --staging and --database another one"))
        #expect(!EstimatePrinter(estimate { $0.freeBytes = nil }).text.contains("are free"))
    }

    @Test func hoursOutsideOfTheWindowAreToldAndTheUserToo() {
        let text = EstimatePrinter(
            estimate {
                $0.heldSeconds = 600
                $0.user = "Ann\u{1B}[1m (user 7)"
                $0.limit = nil
            }
        ).text
        #expect(text.contains("10:00 of it outside of SYNC_WINDOW"))
        #expect(text.contains("as Ann\\u{1b}[1m (user 7)"))
        #expect(text.contains("Clio told no limit"))
    }
}
