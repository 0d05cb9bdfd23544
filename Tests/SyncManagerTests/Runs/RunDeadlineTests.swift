import Staging
import Testing

@testable import SyncManager

/// When a run ends instead of waiting.
@Suite struct RunDeadlineTests {
    private let stop = StopSignal()

    private func deadline(wait: Double? = nil, duration: Double? = nil) -> RunDeadline {
        RunDeadline(longestWait: wait, duration: duration, stop: stop)
    }

    @Test func aWaitThatIsTooLongEndsTheRunAndSaysUntilWhen() {
        let deadline = deadline(wait: 300)
        deadline.wait(until: 1300, now: 1000)
        #expect(!stop.isRequested && deadline.reached == nil, "exactly as long as allowed")
        deadline.wait(until: 5000, now: 1000)
        #expect(stop.isRequested)
        #expect(deadline.reached?.reason == .wait)
        #expect(deadline.reached?.resumeAt == 5000)
        // What comes later changes nothing.
        deadline.wait(until: 9000, now: 1001)
        #expect(deadline.reached?.resumeAt == 5000)
    }

    @Test func theTimeIsUsedUp() {
        let deadline = deadline(duration: 60)
        // Whatever the machine's clock says meanwhile.
        deadline.check(now: 1e9, at: deadline.began + .seconds(59.9))
        #expect(!stop.isRequested)
        deadline.check(now: 1060, at: deadline.began + .seconds(60))
        #expect(stop.isRequested)
        #expect(deadline.reached?.reason == .time)
        #expect(deadline.reached?.resumeAt == 1060)
    }

    @Test func withoutLimitsNothingEndsTheRun() {
        let deadline = deadline()
        deadline.wait(until: 1e9, now: 1000)
        deadline.check(now: 1e9, at: deadline.began + .seconds(1e9))
        #expect(!stop.isRequested && deadline.reached == nil)
    }

    @Test func aRunThatAPersonStoppedIsNotContinuedByItself() {
        let deadline = deadline(wait: 1, duration: 1)
        stop.request()
        deadline.wait(until: 5000, now: 1000)
        deadline.check(now: 2000, at: deadline.began + .seconds(1000))
        #expect(deadline.reached == nil)
    }
}
