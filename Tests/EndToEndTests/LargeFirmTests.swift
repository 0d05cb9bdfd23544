import Foundation
import Testing

/// The rate, the number of requests and the memory of a large firm.
@Suite(.timeLimit(.minutes(40)), .deep(.firms))
struct LargeFirmTests {
    private static let isSkipped = ProcessInfo.processInfo.environment["CLIOSYNC_E2E_SKIP_LARGE"] != nil

    /// Set `CLIOSYNC_E2E_SKIP_LARGE` to leave it out: it takes most of a minute.
    @Test(.disabled(if: isSkipped)) func aLargeFirmKeepsToTheRateAndTheMemory() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "large", "--limit", "3000", "--window", "60"])
            let run = try await sandbox.cliosync(["run", "--json"], simulator)
            run.expect(0)
            let report = try run.report()
            #expect(report.job?.status == "COMPLETED")
            #expect(report.verify?.ok == true)
            let records = report.entities.reduce(0) { $0 + $1.extracted }
            #expect(records > 150_000)

            let requests = try simulator.requests()
            #expect(!requests.contains { $0.status == 429 })
            #expect(report.requests?.throttled_429 == 0)
            #expect(report.requests?.made == requests.count)
            #expect(requests.allSatisfy { $0.status == 200 })
            // 1.02 times the pages of each phase and entity, of which each further stream may have one that is not full; and
            // the counts.
            let streams = Set(requests.filter(\.isPage).map(\.pass)).count - report.entities.count
            let pages =
                report.entities.reduce(0.0) { $0 + (Double($1.expected ?? 0) / 200).rounded(.up) } + Double(streams)
            let counts = requests.filter { !$0.isPage }.count
            #expect(counts <= 1 + 2 * report.entities.count)
            #expect(Double(requests.count - counts) <= 1.02 * pages, "\(requests.count - counts) for \(pages) pages")
            #expect(run.peakBytes <= 150_000_000, "peak \(run.peakBytes / 1_000_000) MB")
        }
    }

    /// Every shipped phase: the pages that the records fill, one more for each further partition of a list, at most one pass
    /// over what changed meanwhile and two counts for each list, and the question for the user.
    @Test func aMediumFirmWithEveryPhaseTakesNoMoreRequestsThanItsPages() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(["--firm", "medium", "--limit", "1000000"])
            let run = try await sandbox.cliosync(
                ["run", "--json"], simulator,
                settings: ["SYNC_PHASES": "core,supporting,historical,extended,billing"])
            run.expect(0)
            let report = try run.report()
            #expect(report.verify?.ok == true)
            #expect(report.entities.count == 34)
            let requests = try simulator.requests()
            #expect(requests.allSatisfy { $0.status == 200 })
            let all = requests.filter(\.isPage)
            let pages = all.filter { $0.query["updated_since"] == nil }
            let partitions = Set(pages.map(\.pass)).count - report.entities.count
            let floor = report.entities.reduce(0.0) { $0 + (Double($1.expected ?? 0) / 200).rounded(.up) }
            #expect(
                Double(pages.count) <= 1.02 * (floor + Double(partitions)), "\(pages.count): \(floor), \(partitions)")
            #expect(partitions <= report.entities.count)
            #expect(all.count - pages.count <= report.entities.count)
            #expect(requests.count - all.count <= 1 + 2 * report.entities.count)
        }
    }
}
