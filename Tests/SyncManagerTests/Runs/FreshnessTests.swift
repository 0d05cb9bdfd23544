import Extract
import Foundation
import Jobs
import Progress
import StagedFirm
import Staging
import Testing

@testable import SyncManager

/// The alarm for data that were not refreshed.
@Suite struct FreshnessTests {
    @Test func staleDataRaiseOneAlarmUntilARefreshIsCompleted() async throws {
        try await SimulatedClio.use { clio in
            let alarms = clio.firm.staging + "-alarms"
            let settings = [
                "SYNC_FRESHNESS_HOURS": "24",
                "SYNC_NOTIFY_COMMAND": "echo \"$CLIOSYNC_EVENT $CLIOSYNC_NEXT\" >> \(alarms)",
            ]
            func raised() -> [Substring] {
                ((try? String(contentsOfFile: alarms, encoding: .utf8)) ?? "").split(separator: "\n")
                    .filter { $0.hasPrefix("stale") }
            }
            let report = try await clio.run(settings)
            #expect(report.exitCode == 0 && report.job?.freshness.isStale == false)
            #expect(report.job?.freshness.lastSuccessAt != nil && report.job?.freshness.lastSweepAt != nil)
            let end = try #require(report.job?.asOf.flatMap { Moment.seconds($0) })
            /// What a process that looks then finds, and whether it delivered its alarm.
            func look(_ hours: Double, _ changes: [String: String] = [:]) async throws -> Bool {
                let manager = try clio.manager(settings.merging(changes) { $1 })
                let isStale = try manager.raiseIfStale(now: end + hours * 3600)
                await manager.notifier?.flush(within: 60)
                return isStale
            }
            #expect(try await !look(23.9))
            // Nobody who could be notified: the next process that has an address raises it.
            #expect(try await look(24.1, ["SYNC_NOTIFY_COMMAND": ""]))
            #expect(raised().isEmpty)
            #expect(try await look(24.1))
            #expect(try await look(48))
            #expect(raised() == ["stale cliosync refresh --connection \(clio.firm.connection)"])
            #expect(try await !look(1_000, ["SYNC_FRESHNESS_HOURS": ""]))

            // A refresh that is completed later begins a new state.
            try await Task.sleep(for: .milliseconds(1_100))
            let manager = try clio.manager(settings)
            let job = try manager.createInitialSync(connection: clio.firm.connection)
            _ = try await manager.executeSync(job.id, options: ExtractOptions(update: .counts))
            #expect(try await look(1_000))
            #expect(try await look(1_001))
            #expect(raised().count == 2)
        }
    }
}
