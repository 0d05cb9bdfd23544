import Account
import Foundation
import Jobs
import Logging
import Pipelines
import Staging
import Testing

@testable import SyncManager

/// How fast this machine is with transform, load and verify.
@Suite(.timeLimit(.minutes(5))) struct LocalWorkTests {
    @Test func theRateIsThatOfTheRecordsAndTooFewSayNothing() throws {
        #expect(LocalWork(records: 4_999, entities: 2, seconds: 1).recordsPerSecond == nil)
        #expect(LocalWork(records: 10_000, entities: 0, seconds: 0).recordsPerSecond == nil)
        let rate = try #require(LocalWork(records: 10_000, entities: 5, seconds: 1.3).recordsPerSecond)
        #expect(abs(rate - 10_000) < 1)
        // The entities' share never swallows the records'.
        let small = try #require(LocalWork(records: 6_000, entities: 100, seconds: 2).recordsPerSecond)
        #expect(abs(small - 6_000) < 1)
    }

    @Test func onlyAPossibleRateIsReadOffAStoredEstimate() {
        #expect(LocalWork.rate(#"{"actual":{"local_records_per_second":12345}}"#) == 12_345)
        #expect(
            LocalWork.rate(#"{"local_records_per_second":1000,"actual":{"local_records_per_second":null}}"#) == 1_000)
        for text in [
            "{}", "", #"{"actual":{"local_records_per_second":null}}"#, #"{"actual":{"local_records_per_second":0}}"#,
            #"{"actual":{"local_records_per_second":1e300}}"#, "{",
        ] { #expect(LocalWork.rate(text) == nil, "\(text)") }
        #expect(LocalWork.rate(nil) == nil)
    }

    @Test func theFirmsOwnLastRunCountsFirstThenThoseOfOtherFirms() throws {
        let root = NSTemporaryDirectory() + "/local-work-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        func manager(_ name: String) throws -> SyncManager {
            try SyncManager(
                SyncConfiguration(
                    connection: name, staging: root + "/staging", database: root + "/\(name).sqlite",
                    settings: try Settings(environment: [:])),
                catalog: Catalog(phases: []), logger: Logger(label: "test"))
        }
        func note(_ name: String, _ rate: Int?) throws {
            let manager = try manager(name)
            let job = try manager.createInitialSync(connection: name, phases: [])
            try JobStore(path: manager.folder.jobDatabase).updateJob(job.id) {
                $0.estimate = rate.map { #"{"actual":{"local_records_per_second":\#($0)}}"# }
            }
        }
        #expect(LocalWork.measured(try manager("smith")) == nil)
        try note("jones", 20_000)
        #expect(LocalWork.measured(try manager("smith")) == 20_000)
        try note("smith", 30_000)
        #expect(LocalWork.measured(try manager("smith")) == 30_000)
        #expect(LocalWork.measured(try manager("jones")) == 20_000)
    }

    @Test func aWaitIsShownUntilItIsOverWhateverOtherStreamsWaitFor() {
        let board = ProgressBoard(clock: { 100 })
        board.wait(.rateLimit, until: 130)
        board.wait(.requestsUnderWay, until: 0)
        #expect(board.snapshot.waiting?.until == 130)
        board.wait(.window(opening: "19:00"), until: 500)
        #expect(board.snapshot.waiting?.reason == .window(opening: "19:00"))
        board.wait(nil)
        #expect(board.snapshot.waiting == nil)
    }
}
