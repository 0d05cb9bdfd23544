import Dispatch
import Synchronization
import Testing

@testable import Verify

@Suite(.timeLimit(.minutes(5))) struct WorkQueueTests {
    @Test func theOwnerRunsWhatTheOtherThreadHasNotStarted() throws {
        let queue = WorkQueue()
        let (begun, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let blocked = queue.add { _ in
            begun.signal()
            release.wait()
            return 1
        }
        begun.wait()
        let runs = Atomic<Int>(0)
        let waiting = queue.add { _ in runs.add(1, ordering: .relaxed).newValue }
        // The other thread is busy until `release`.
        #expect(try waiting.value() == 1)
        release.signal()
        #expect(try blocked.value() == 1)
        #expect(try waiting.value() == 1, "runs once")
        queue.cancel()
        #expect(runs.load(ordering: .relaxed) == 1)
    }

    @Test func afterACancelNothingStarts() throws {
        let queue = WorkQueue()
        queue.cancel()
        let job = queue.add { _ in 1 }
        #expect(throws: CancellationError.self) { try job.value() }
    }

    @Test func anErrorIsThrownToWhoAsks() throws {
        struct Failure: Error {}
        let queue = WorkQueue()
        let job = queue.add { _ -> Int in throw Failure() }
        #expect(throws: Failure.self) { try job.value() }
    }
}
