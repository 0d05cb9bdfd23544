import Account
import FlyingFox
import FlyingSocks
import Foundation
import Jobs
import Logging
import Pipelines
import Staging
import StagedFirm
import Testing

@testable import SyncManager

/// What is due is sent once, whichever process looks.
@Suite(.timeLimit(.minutes(5))) struct AlarmRoundTests {
    /// A firm whose alarms go to a command that appends them to a file, with a switch for whether that receiver is away.
    private func withFirm(
        _ settings: [String: String],
        _ body: (
            _ manager: () throws -> SyncManager, _ sent: () -> [String], _ setAway: (Bool) throws -> Void
        ) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "/alarms-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/staging/smith", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var environment = settings
        // It takes nothing while a file says that it is away.
        environment["SYNC_NOTIFY_COMMAND"] = "test ! -e '\(folder)/away' && cat >> '\(folder)/sent'"
        let all = try Settings(environment: environment, envFile: "/dev/null")
        let catalog = try ShippedPipelines.catalog()
        _ = try JobStore(path: folder + "/staging/smith/job.sqlite").createJob(connection: "smith", phases: ["core"])
        try await body {
            try SyncManager(
                SyncConfiguration(
                    connection: "smith", staging: folder + "/staging", database: folder + "/smith.sqlite", settings: all
                ),
                catalog: catalog, logger: Logger(label: "test"))
        } _: {
            ((try? String(contentsOfFile: folder + "/sent", encoding: .utf8)) ?? "").split(separator: "\n").map(
                String.init)
        } _: { isAway in
            if isAway {
                try Data().write(to: URL(fileURLWithPath: folder + "/away"))
            } else {
                try FileManager.default.removeItem(atPath: folder + "/away")
            }
        }
    }

    private func alarm(_ kind: Alarm.Kind) -> Alarm {
        var alarm = NotifierTests.alarm
        alarm.kind = kind
        return alarm
    }

    private let night = 1_796_009_400.0  // 2026-11-30 03:30:00 UTC
    private let morning = 1_796_012_400.0  // 04:20:00 UTC

    @Test func aHeldAlarmIsSentWhenTheQuietHoursEndAndOnlyOnce() async throws {
        try await withFirm(["SYNC_NOTIFY_QUIET": "03:00-04:00 UTC"]) { manager, sent, _ in
            let first = try manager()
            first.raise(alarm(.completed), now: night)
            first.raise(alarm(.critical), now: night)
            await first.flushAlarms()
            #expect(sent().count == 1 && sent()[0].contains("\"event\":\"critical\""))
            await AlarmRound([try manager()]).run(now: night + 60)
            #expect(sent().count == 1)
            // Another process, and one more.
            await AlarmRound([try manager()]).run(now: morning)
            #expect(sent().count == 2 && sent()[1].contains("\"event\":\"completed\""))
            await AlarmRound([try manager()]).run(now: morning + 3_600)
            #expect(sent().count == 2)
        }
    }

    @Test func anAlarmThatIsNotWantedIsNotSent() async throws {
        try await withFirm(["SYNC_NOTIFY_EVENTS": "failed, critical"]) { manager, sent, _ in
            let manager = try manager()
            manager.raise(alarm(.completed), now: night)
            manager.raise(alarm(.failed), now: night)
            await manager.flushAlarms()
            #expect(sent().count == 1 && sent()[0].contains("\"event\":\"failed\""))
        }
    }

    @Test func theDigestIsSentOnceAWeekFromTheFirstWeekOn() async throws {
        try await withFirm(["SYNC_NOTIFY_DIGEST": "Mon 04:00 UTC"]) { manager, sent, _ in
            await AlarmRound([try manager()]).run(now: night)
            #expect(sent().isEmpty)
            await AlarmRound([try manager()]).run(now: morning)
            await AlarmRound([try manager()]).run(now: morning + 60)
            #expect(sent().count == 1 && sent()[0].contains("\"event\":\"digest\""))
            await AlarmRound([try manager()]).run(now: morning + 7 * 86_400)
            #expect(sent().count == 2)
        }
    }

    /// As at the end of a run: the wait for a receiver that is away is cut short by a stop.
    private func give(_ manager: SyncManager, _ alarm: Alarm) async {
        manager.stop.request()
        manager.raise(alarm, now: night)
        await manager.flushAlarms()
    }

    @Test func whatAReceiverDidNotTakeIsSentAgainUntilItDoes() async throws {
        try await withFirm([:]) { manager, sent, setAway in
            try setAway(true)
            await give(try manager(), alarm(.failed))
            #expect(sent().isEmpty)
            try setAway(false)
            // Its claim is still that of the process that tried.
            await AlarmRound([try manager()]).run(now: night + 599)
            #expect(sent().isEmpty)
            await AlarmRound([try manager()]).run(now: night + 600)
            await AlarmRound([try manager()]).run(now: night + 1_300)
            #expect(sent().count == 1 && sent()[0].contains("\"event\":\"failed\""))
        }
    }

    @Test func aDigestThatNoReceiverTookIsSentLater() async throws {
        try await withFirm(["SYNC_NOTIFY_DIGEST": "Mon 04:00 UTC"]) { manager, sent, setAway in
            await AlarmRound([try manager()]).run(now: night)
            try setAway(true)
            let stopped = try manager()
            stopped.stop.request()
            await AlarmRound([stopped]).run(now: morning)
            try setAway(false)
            await AlarmRound([try manager()]).run(now: morning + 600)
            await AlarmRound([try manager()]).run(now: morning + 1_300)
            #expect(sent().count == 1 && sent()[0].contains("\"event\":\"digest\""))
        }
    }

    @Test func anAlarmOfLastWeekIsGivenUp() async throws {
        try await withFirm([:]) { manager, sent, setAway in
            try setAway(true)
            await give(try manager(), alarm(.failed))
            try setAway(false)
            await AlarmRound([try manager()]).run(now: night + 7 * 86_400)
            await AlarmRound([try manager()]).run(now: night + 8 * 86_400)
            #expect(sent().isEmpty)
        }
    }
}
