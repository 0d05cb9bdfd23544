/// What a request to stop means, by what came before it.
///
/// Schedulers signal a process and then its group, so that one request arrives as two signals.
struct StopRequests {
    enum Meaning: Equatable {
        /// Stop after the page in flight.
        case stop
        /// The request that is being followed.
        case same
        /// End at once.
        case atOnce
    }

    /// Signals within this time of the first request are the same.
    private static let sameRequest = Duration.seconds(1)

    private var first: ContinuousClock.Instant?

    /// SIGINT or SIGTERM.
    /// - Parameter isStopping: whether a stop was asked for in another way, as with `cliosync stop`.
    mutating func signal(at now: ContinuousClock.Instant, isStopping: Bool) -> Meaning {
        guard let first else {
            self.first = now
            return isStopping ? .atOnce : .stop
        }
        return now - first < Self.sameRequest ? .same : .atOnce
    }

    /// The process that started this one has ended. It never counts as the second request: no one waits for the end.
    mutating func parentEnded(at now: ContinuousClock.Instant) -> Meaning {
        guard first == nil else { return .same }
        first = now
        return .stop
    }
}
