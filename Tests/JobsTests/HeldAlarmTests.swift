import Foundation
import Testing

@testable import Jobs

/// Alarms that wait for the end of quiet hours.
@Suite struct HeldAlarmTests {
    private func withStore(_ body: (JobStore) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "/held-\(UUID().uuidString).sqlite"
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) } }
        try body(try JobStore(path: path))
    }

    @Test func anAlarmIsClaimedOnceWhenItsTimeHasCome() throws {
        try withStore { store in
            try store.hold(alarm: "{\"a\":1}", until: 100)
            try store.hold(alarm: "{\"b\":2}", until: 200)
            #expect(try store.claimHeldAlarms(now: 99).isEmpty)
            #expect(try store.claimHeldAlarms(now: 100).map(\.alarm) == ["{\"a\":1}"])
            // Another process looks at the same moment.
            #expect(try store.claimHeldAlarms(now: 101).isEmpty)
            #expect(try store.claimHeldAlarms(now: 200).map(\.alarm) == ["{\"b\":2}"])
        }
    }

    @Test func whatItsProcessDidNotDeliverIsClaimedAgainAndWhatItDidIsGone() throws {
        try withStore { store in
            try store.hold(alarm: "{}", until: 100)
            let first = try #require(try store.claimHeldAlarms(now: 100).first)
            #expect(try store.claimHeldAlarms(now: 699).isEmpty)
            let second = try #require(try store.claimHeldAlarms(now: 700).first)
            #expect(second == first)
            try store.forgetHeldAlarm(second.id)
            #expect(try store.claimHeldAlarms(now: 10_000).isEmpty)
        }
    }
}
