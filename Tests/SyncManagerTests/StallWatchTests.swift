import Jobs
import Synchronization
import Testing

@testable import SyncManager

/// An alert after so many minutes without progress, once a stall.
@Suite struct StallWatchTests {
    private final class Clock: Sendable {
        let now = Mutex(1000.0)
        func turn(to time: Double) { now.withLock { $0 = time } }
    }

    @Test func aStallIsReportedOnceAndAWaitIsNone() {
        let clock = Clock()
        let board = ProgressBoard { clock.now.withLock { $0 } }
        var watch = StallWatch(minutes: 30)
        board.begin(phase: "core", entity: "e", stage: "extract", total: nil)
        let start = ContinuousClock.now
        /// What a look finds, by the monotonic clock and a wall clock that was set by so many seconds.
        func isStalled(_ now: Double, set: Double = 0) -> Bool {
            watch.isStalled(board.snapshot, now: now + set, at: start + .seconds(now))
        }
        #expect(!isStalled(1000) && !isStalled(1000 + 1799))
        #expect(isStalled(1000 + 1800))
        #expect(!isStalled(1000 + 9000))
        // It moves, and stalls once more.
        clock.turn(to: 20_000)
        board.update(phase: "core", entity: "e", stage: "extract") { $0.done = 1 }
        #expect(!isStalled(20_000) && !isStalled(21_799))
        // The machine's clock is set: no time is over.
        #expect(!isStalled(21_799, set: 86_400) && !isStalled(21_799, set: -86_400))
        #expect(isStalled(21_800))
        // A wait for the window is none, and neither is the time right after it.
        clock.turn(to: 30_000)
        board.update(phase: "core", entity: "e", stage: "extract") { $0.done = 2 }
        board.wait(.window(opening: "19:00 UTC"), until: 60_000)
        #expect(!isStalled(59_000))
        #expect(!isStalled(61_000))
        #expect(isStalled(61_800))
    }
}
