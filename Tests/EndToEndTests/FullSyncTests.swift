import Foundation
import Testing

/// A whole firm in all three phases, and then independent eyes on what is in the files and the database.
@Suite(.timeLimit(.minutes(40)))
struct FullSyncTests {
    @Test(.gate) func everyValueArrivesAndEveryDefectIsFlagged() async throws {
        try await expectEveryValue(of: "small", defects: 0.05)
    }

    @Test(.deep(.firms)) func everyValueOfAMediumFirmArrivesAndEveryDefectIsFlagged() async throws {
        try await expectEveryValue(of: "medium", defects: 0.01)
    }

    private func expectEveryValue(of firm: String, defects: Double) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", firm, "--defects", "\(defects)", "--truth", "truth.ndjson", "--limit", "100000",
            ])
            let run = try await sandbox.cliosync(["run", "--json"], simulator)
            run.expect(0)
            let report = try run.report()
            #expect(report.job?.status == "COMPLETED")
            #expect(report.job?.percent == 100)
            #expect(report.verify?.ok == true)
            #expect((report.verify?.checks.count ?? 0) > 20)
            #expect(report.entities.allSatisfy { $0.status == "COMPLETED" && $0.extracted >= $0.loaded })
            for entity in report.entities {
                // Conservation, as the report tells it.
                #expect(entity.extracted == entity.accepted + entity.rejected)
                #expect(entity.accepted == entity.loaded + entity.duplicates)
            }
            let seen = try await sandbox.python(
                "compare.py", simulator.address, Simulator.token, "databases/default.sqlite", "truth.ndjson")
            #expect(seen.contains("0 problems"))
            try await expectStagedCounts(sandbox, report)
        }
    }

    @Test(.gate) func zcatGzipPythonAndJqReadEveryStagedFile() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--defects", "0.05", "--limit", "100000"])
            let run = try await sandbox.cliosync(["run", "--json"], simulator)
            run.expect(0)
            try await expectStagedCounts(sandbox, run.report(), "--jq")
        }
    }

    /// Compares the lines of every layer with the report's counts.
    private func expectStagedCounts(_ sandbox: Sandbox, _ report: Report, _ options: String...) async throws {
        let text = try await sandbox.tool("python3", [Programs.script("staged.py"), "staging"] + options)
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            counts[String(words[0])] = Int(words[1])
        }
        for entity in report.entities {
            #expect(counts["\(entity.phase)/raw/\(entity.entity)"] ?? 0 == entity.extracted)
            #expect(counts["\(entity.phase)/clean/\(entity.entity)"] ?? 0 == entity.accepted)
            #expect(counts["\(entity.phase)/flagged/\(entity.entity)"] ?? 0 == entity.rejected + entity.warned)
        }
        #expect(report.entities.contains { $0.rejected > 0 } && report.entities.contains { $0.warned > 0 })
    }
}
