/// How fast counters grew over the last minute.
public struct RateHistory: Sendable {
    private struct Sample {
        let time: Double
        let value: Double
    }

    private var samples: [String: [Sample]] = [:]

    /// Seconds that it looks back.
    public static let window = 60.0
    private static let leastSpan = 2.0

    /// Nothing noted yet.
    public init() {}

    /// Notes a counter's value, and forgets what is too old. A counter that fell was begun anew.
    public mutating func note(_ key: String, _ value: Double, at time: Double) {
        var known = samples[key] ?? []
        if let last = known.last, last.value > value { known = [] }
        known.append(Sample(time: time, value: value))
        // One sample from before the window is kept, so that the window is full.
        while known.count > 2, known[1].time <= time - Self.window { known.removeFirst() }
        samples[key] = known
    }

    /// Growth per second; nil while too little time has passed.
    public func perSecond(_ key: String) -> Double? {
        guard let known = samples[key], let first = known.first, let last = known.last,
            last.time - first.time >= Self.leastSpan
        else { return nil }
        return (last.value - first.value) / (last.time - first.time)
    }

    /// Removes counters that were not updated since.
    public mutating func forget(before time: Double) {
        samples = samples.filter { ($0.value.last?.time ?? 0) >= time }
    }
}
