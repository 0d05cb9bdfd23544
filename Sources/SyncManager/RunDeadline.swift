internal import Foundation
internal import Staging
internal import Synchronization

/// Ends a run that would wait longer than `--max-wait`, or that has worked as long as `--for` allows: the slot of a
/// scheduler is free until there is something to do.
final class RunDeadline: Sendable {
    /// Why a run ended, and when (seconds since 1970) it can continue.
    struct Reached: Sendable, Equatable {
        let reason: SyncEvent.StopReason
        let resumeAt: Double
        let message: String
    }

    /// When it began, by the monotonic clock.
    let began: ContinuousClock.Instant
    private let longestWait: Double?
    private let duration: Double?
    private let stop: StopSignal
    private let first = Mutex<Reached?>(nil)

    /// - Parameters:
    ///   - longestWait: seconds; nil: any wait is waited for.
    ///   - duration: seconds from now on; nil: no end.
    init(longestWait: Double?, duration: Double?, stop: StopSignal) {
        began = .now
        self.longestWait = longestWait
        self.duration = duration
        self.stop = stop
    }

    /// What ended the run first; nil: neither did.
    var reached: Reached? { first.withLock { $0 } }

    /// Nothing can be done before `until`, seconds since 1970.
    func wait(until: Double, now: Double) {
        guard let longestWait, until - now > longestWait else { return }
        finish(
            Reached(
                reason: .wait, resumeAt: until,
                message:
                    "nothing can be done before \(UTC.text(secondsSince1970: Int64(until.rounded(.up)))), which is "
                    + "longer than --max-wait allows; run the same command again then"))
    }

    /// Looks at the time that is over.
    /// - Parameter now: seconds since 1970, for the report.
    func check(now: Double, at instant: ContinuousClock.Instant = .now) {
        guard let duration, instant - began >= .seconds(duration) else { return }
        finish(
            Reached(
                reason: .time, resumeAt: now,
                message: "the time of --for is used up; run the same command again to continue"
            ))
    }

    private func finish(_ reached: Reached) {
        let isFirst = first.withLock { first in
            // A run that a person has stopped is theirs.
            guard first == nil, !stop.isRequested else { return false }
            first = reached
            return true
        }
        if isFirst { stop.request() }
    }
}
