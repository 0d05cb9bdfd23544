import Bytes
import ClioSimulator
import Foundation
import Remote
import StagedFirm
import StoreDouble
import Testing

@testable import SyncManager

/// How a run ends when other machines have leases: 6 when one has a lease that this run never had, 5 when this run lost one.
@Suite(.timeLimit(.minutes(2))) struct LostLeaseTests {
    /// A run of two phases, of which another machine has the second one's list.
    private func run(_ double: StoreDouble, _ clio: SimulatedClio) async throws -> RunReport {
        let settings = [
            "SYNC_REMOTE": "s3://bucket/firms", "SYNC_REMOTE_ENDPOINT": "http://127.0.0.1:\(double.port)",
            "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "SECRET",
        ]
        return try await clio.run(phases: ["core", "supporting"], settings)
    }

    private static func key(_ clio: SimulatedClio, _ scope: String) -> String {
        "firms/\(clio.firm.connection)/leases/\(scope)"
    }

    private static func lease(fence: Int, until: String = "2286-11-20T17:46:39Z") -> [UInt8] {
        let text =
            #"{"holder":"other","folder":"another","process":"of another","until":"\#(until)","fence":\#(fence)}"#
        return Array(text.utf8)
    }

    private func with(_ body: (StoreDouble, SimulatedClio) async throws -> Void) async throws {
        let double = try await StoreDouble()
        defer { double.stop() }
        // Pages slow enough that no list is fetched before the other one's lease is asked for.
        try await SimulatedClio.use({ $0.latency = 200 }) { clio in try await body(double, clio) }
    }

    @Test func aLeaseThatAnotherMachineHasIsForLater() async throws {
        try await with { double, clio in
            double.set(Self.key(clio, "supporting/raw"), Self.lease(fence: 1))
            let report = try await run(double, clio)
            #expect(report.exitCode == 6)
            guard case .later(_, let message) = report.ending else { return }
            #expect(message.contains("supporting/raw: other works on it"))
            // What this run had is free for others at once.
            let mine = String(decoding: double.objects[Self.key(clio, "core/raw")] ?? [], as: UTF8.self)
            #expect(mine.contains("\"until\":\"1970-01-01T00:00:00Z\""), "\(mine)")
        }
    }

    /// It was frozen: another machine has the first list now, and the second one that it asks for only afterwards.
    @Test func aRunThatLostALeaseSaysSoWhateverElseItMeets() async throws {
        try await with { double, clio in
            double.set(Self.key(clio, "supporting/raw"), Self.lease(fence: 1))
            double.writeLater(Self.key(clio, "core/raw"), Self.lease(fence: 2))
            let error = await #expect(throws: RemoteError.self) { try await run(double, clio) }
            #expect(error?.code == .lost)
            #expect(error?.exitStatus == .locked)
            #expect(error?.description.hasPrefix("core/raw: another machine works on it now") == true)
        }
    }
}
