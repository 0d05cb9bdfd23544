import Progress

/// Requests a minute, over the last minute, of runs that are watched.
struct RequestRate {
    private var history = RateHistory()

    /// Notes how many requests a run made so far.
    /// - Parameters:
    ///   - run: one of those that are watched.
    ///   - budget: requests a minute that may be made. A minute that begins in one of Clio's windows and ends in the next
    ///     has requests of both.
    /// - Returns: nil while too little time has passed.
    mutating func note(_ requests: Int, run: String, budget: Int?, at time: Double) -> Int? {
        history.note(run, Double(requests), at: time)
        return history.perSecond(run).map { min(Int(($0 * 60).rounded()), budget ?? .max) }
    }
}
