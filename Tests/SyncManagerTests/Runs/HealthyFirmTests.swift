import ClioSimulator
import Foundation
import SQLite
import StagedFirm
import SyncManager
import Testing

/// A simulated firm without a defect, with every list of every shipped phase.
@Suite struct HealthyFirmTests {
    /// Every id inside its records leads to a record, and every field that people need is there.
    @Test func noRecordOfAHealthyFirmIsFlagged() async throws {
        let texts = try ShippedPipelines.allTexts
        try await SimulatedClio.use({ options in
            options.shape = FirmShape(
                matters: 60, contacts: 120, calendarEntries: 60, tasks: 60, documents: 150, activities: 800, users: 7,
                practiceAreas: 5)
        }) { clio in
            for (phase, text) in texts { try clio.firm.write(text, to: "pipelines/\(phase).yaml") }
            let report = try await clio.run(phases: texts.map(\.phase))
            #expect(report.verify?.ok == true && report.exitCode == 0)
            #expect(report.entities.allSatisfy { $0.status == "COMPLETED" && $0.extracted > 0 })
            let database = try SQLiteConnection(path: clio.firm.database, mode: .readOnly)
            let flags = try database.rows(
                "SELECT entity, rule, path, count(*) FROM flagged_violations GROUP BY entity, rule, path")
            #expect(flags.isEmpty, "\(flags)")
        }
    }
}
