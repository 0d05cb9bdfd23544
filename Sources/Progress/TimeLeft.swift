/// How long a running job still takes.
///
/// The plan gives the pace; measured values replace it as the work continues. A wait neither slows the pace nor adds
/// to the time left: that only falls until the next request.
struct TimeLeft {
    /// Requests that are still to be made.
    var openRequests: Double
    /// Share of the expected records that is not in the database yet, 0 to 1.
    var unloadedShare: Double
    /// Requests that this run made.
    var madeRequests: Int
    /// Seconds from the beginning of the run to its latest progress, without those outside of the window.
    var elapsed: Double
    /// Seconds since then.
    var sinceProgress: Double
    /// Seconds until the window opens; 0: it is open.
    var heldSeconds = 0.0
    /// Seconds until another wait ends.
    var waitSeconds = 0.0
    /// Requests a minute that may be made.
    var budgetPerMinute: Int?
    var plan: ProgressPlan?

    /// A wait of a rate window is part of the plan; a longer one is not.
    private static let plannedWait = 60.0

    /// Seconds that a request takes, waits included; nil: nothing tells.
    var secondsPerRequest: Double? {
        let planned = plannedSecondsPerRequest ?? budgetPerMinute.map { 60 / Double(max(1, $0)) }
        guard madeRequests > 0, elapsed > 1 else { return planned }
        let measured = elapsed / Double(madeRequests)
        guard let planned else { return measured }
        // The share of the work that was seen is the weight of what was seen.
        let weight = Double(madeRequests) / (Double(madeRequests) + max(1, openRequests))
        return planned * (1 - weight) + measured * weight
    }

    private var plannedSecondsPerRequest: Double? {
        guard let plan, plan.requests > 0, plan.fetchSeconds > 0 else { return nil }
        return plan.fetchSeconds / Double(plan.requests)
    }

    /// Seconds until so many of the open requests are made.
    func seconds(for requests: Double) -> Double? {
        guard requests > 0 else { return 0 }
        guard let secondsPerRequest else { return nil }
        let seconds = requests * secondsPerRequest
        guard heldSeconds == 0 else { return heldSeconds + seconds }
        return max(0, waitSeconds, seconds - min(sinceProgress, Self.plannedWait))
    }

    /// Seconds until the last check.
    var seconds: Double? {
        let local = (plan?.localSeconds ?? 0) * min(1, max(0, unloadedShare))
        return seconds(for: openRequests).map { $0 + local }
    }
}
