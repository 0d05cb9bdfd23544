import Foundation
import Jobs
import Testing

@testable import Progress

/// How old data are, and what is due: values and a clock, without a file.
@Suite struct FreshnessTests {
    /// 2026-11-28T10:00:00Z.
    private static let now = 1_795_860_000.0

    private func freshness(
        asOf: String?, success: String? = nil, sweep: String? = nil, _ rules: FreshnessRules = FreshnessRules(),
        after seconds: Double = 0
    ) -> Freshness {
        var milestones = RunMilestones()
        (milestones.lastSuccess, milestones.lastSweep) = (success, sweep)
        return Freshness(asOf: asOf, milestones, rules, now: Self.now + seconds)
    }

    @Test func nothingIsDueOfDataThatAreNotComplete() {
        let rules = FreshnessRules(hours: 1)
        let freshness = freshness(asOf: nil, success: "2026-11-01T00:00:00Z", sweep: "2025-01-01T00:00:00Z", rules)
        #expect(freshness.ageSeconds == nil && !freshness.isStale && !freshness.isSweepDue)
        #expect(freshness.refreshDueAt == nil && freshness.sweepDueAt == nil && freshness.advice.isEmpty)
        #expect(freshness.lastSuccessAt == "2026-11-01T00:00:00Z")
    }

    @Test func dataAreStaleBehindTheLimitAndNotAtIt() {
        let rules = FreshnessRules(hours: 24)
        let asOf = "2026-11-28T10:00:00Z"
        #expect(!freshness(asOf: asOf, rules, after: 86_400).isStale)
        #expect(freshness(asOf: asOf, rules, after: 86_401).isStale)
        #expect(!freshness(asOf: asOf, after: 86_401_000).isStale)
        #expect(freshness(asOf: asOf, rules).refreshDueAt == "2026-11-29T10:00:00Z")
        #expect(freshness(asOf: asOf).refreshDueAt == nil)
        #expect(freshness(asOf: asOf, rules, after: 86_401).advice == ["a refresh is overdue: cliosync refresh"])
        // A clock that was turned back.
        #expect(freshness(asOf: asOf, rules, after: -5).ageSeconds == 0)
    }

    @Test(arguments: [
        (0.0, "less than a minute"), (2_400, "40 min"), (36_000, "10 h"), (172_799, "47 h"), (518_400, "6 d"),
    ])
    func theAgeInWords(_ seconds: Double, _ words: String) {
        #expect(freshness(asOf: "2026-11-28T10:00:00Z", after: seconds).age == words)
    }

    @Test func aSweepIsDueSoManyDaysAfterTheLast() {
        let rules = FreshnessRules(sweepDays: 30)
        func due(_ seconds: Double) -> Freshness {
            freshness(asOf: "2026-11-28T10:00:00Z", sweep: "2026-11-28T10:00:00Z", rules, after: seconds)
        }
        #expect(!due(30 * 86_400 - 1).isSweepDue)
        #expect(due(30 * 86_400).isSweepDue)
        #expect(due(0).sweepDueAt == "2026-12-28T10:00:00Z")
        #expect(due(30 * 86_400).advice == ["a sweep is due: cliosync refresh --deletions sweep"])
    }

    @Test func theTimerOfThisMachineSaysWhenTheNextRefreshIs() throws {
        let schedule = try #require(
            RefreshSchedule(units: ["[Timer]\nOnCalendar=*-*-* 04:00:00 America/Los_Angeles\n"]))
        let rules = FreshnessRules(hours: 100, schedule: schedule)
        #expect(freshness(asOf: "2026-11-28T10:00:00Z", rules).refreshDueAt == "2026-11-28T12:00:00Z")
        #expect(freshness(asOf: "2026-11-28T10:00:00Z", rules, after: 7200).refreshDueAt == "2026-11-29T12:00:00Z")
        // Summer time: an hour earlier by UTC.
        #expect(schedule.next(after: 1_782_900_000).map { $0.truncatingRemainder(dividingBy: 86_400) } == 39_600.0)
    }

    @Test(arguments: [
        ["OnCalendar=hourly"], ["OnCalendar=Mon *-*-* 04:00:00"], ["OnCalendar=*-*-* 25:00:00"],
        ["OnCalendar=*-*-* 04:00:00 Mars/Olympus"], [""],
        ["OnCalendar=*-*-* 04:00 UTC", "OnCalendar=*-*-* 05:00 UTC"], ["OnCalendar=*-*-* 04:00 UTC", "OnCalendar="],
    ])
    func anotherScheduleIsNotGuessed(_ units: [String]) {
        #expect(RefreshSchedule(units: units) == nil)
    }

    @Test func onlyAnEnabledTimerCountsWithItsDropIns() throws {
        let folder = try Folder()
        func write(_ text: String, _ path: String) throws {
            let url = URL(fileURLWithPath: folder.path + "/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        func next(_ connection: String) -> Double? {
            RefreshSchedule.installed(connection: connection, in: folder.path)?.next(after: 1_795_824_000)
        }
        try write("OnCalendar=*-*-* 03:00:00 UTC", "cliosync-refresh@.timer")
        #expect(next("smith") == nil)
        try write("OnCalendar=*-*-* 03:00:00 UTC", "timers.target.wants/cliosync-refresh@smith.timer")
        #expect(next("smith") == 1_795_834_800.0)
        #expect(next("jones") == nil)
        try write("[Timer]\nOnCalendar=\nOnCalendar=*-*-* 05:00 UTC", "cliosync-refresh@smith.timer.d/override.conf")
        #expect(next("smith") == 1_795_842_000.0)
    }
}
