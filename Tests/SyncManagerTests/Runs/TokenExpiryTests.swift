import Foundation
import Jobs
import Progress
import StagedFirm
import Staging
import Testing

@testable import SyncManager

/// The alarm for a token that expires.
@Suite struct TokenExpiryTests {
    @Test func anEndingTokenRaisesOneAlarmUntilThereIsAnother() async throws {
        try await SimulatedClio.use { clio in
            let alarms = clio.firm.staging + "-alarms"
            let settings = ["SYNC_NOTIFY_COMMAND": "echo \"$CLIOSYNC_EVENT $CLIOSYNC_NEXT\" >> \(alarms)"]
            func raised() -> [Substring] {
                ((try? String(contentsOfFile: alarms, encoding: .utf8)) ?? "").split(separator: "\n")
                    .filter { $0.hasPrefix("expiring") }
            }
            let report = try await clio.run(settings)
            #expect(report.exitCode == 0)
            let status = try clio.manager(settings).getSyncStatus()
            let token = try #require(status.job?.token)
            #expect(token.isEstimated && !token.isRenewable && !token.isExpiring)
            let end = try #require(Moment.seconds(token.expiresAt))
            #expect(end > Date().timeIntervalSince1970 + 29 * 86_400)
            /// What a process that looks then finds, and whether it delivered its alarm.
            func look(_ days: Double, _ changes: [String: String] = [:]) async throws -> Bool {
                let manager = try clio.manager(settings.merging(changes) { $1 })
                let isDue = try manager.raiseIfExpiring(now: end + days * 86_400)
                await manager.notifier?.flush(within: 60)
                return isDue
            }
            #expect(try await !look(-7.01))
            // There is no address to notify: the next process that has an address raises it.
            #expect(try await look(-6.9, ["SYNC_NOTIFY_COMMAND": ""]))
            #expect(raised().isEmpty)
            #expect(try await look(-6.9))
            #expect(try await look(1))
            #expect(raised() == ["expiring cliosync doctor --connection \(clio.firm.connection)"])
            // Another value is there, or the runs can renew it themselves.
            #expect(try await !look(1, ["CLIO_ACCESS_TOKEN": "another"]))
            let renewal = ["CLIO_REFRESH_TOKEN": "r", "CLIO_CLIENT_ID": "i", "CLIO_CLIENT_SECRET": "s"]
            #expect(try await !look(1, renewal))
        }
    }
}
