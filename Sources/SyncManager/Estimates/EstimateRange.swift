internal import Account

/// Between which times a sync will end, and why it is not one time.
public struct EstimateRange: Encodable, Sendable, Equatable {
    /// Seconds from the beginning, if all goes well.
    public var lowSeconds: Double
    /// Seconds from the beginning, if it does not.
    public var highSeconds: Double
    /// Why, the largest difference first.
    public var reasons: [Reason]

    /// One thing that is not known.
    public struct Reason: Encodable, Sendable, Equatable {
        /// What it is: a stable word.
        public var code: Code
        /// Seconds that it may take off.
        public var fewerSeconds: Double
        /// Seconds that it may add.
        public var moreSeconds: Double
        /// The same for people.
        public var text: String
    }

    /// What is not known.
    public enum Code: String, Encodable, Sendable, CaseIterable {
        /// How long Clio's answers take.
        case answerTime = "answer_time"
        /// How much of the limit others use.
        case otherUse = "other_use"
        /// What Clio allows after its peak hours.
        case peakEnd = "peak_end"
        /// How many records some lists have.
        case notCounted = "not_counted"
        /// How fast this machine transforms, loads and verifies.
        case localSpeed = "local_speed"
    }
}

extension SyncEstimate {
    /// Seconds until the last page.
    private var fetchEnd: Double { entities.map(\.seconds).max() ?? 0 }

    /// Between which times the sync will end.
    public var range: EstimateRange {
        let fetch = max(0, fetchEnd - heldSeconds)
        let local = max(0, seconds - fetchEnd)
        let byRate = min(fetch, Double(requests) / max(1, requestsPerMinute) * 60)
        var reasons: [EstimateRange.Reason] = []
        func add(_ code: EstimateRange.Code, fewer: Double = 0, more: Double = 0, _ text: String) {
            guard fewer >= 0.5 || more >= 0.5 else { return }
            reasons.append(EstimateRange.Reason(code: code, fewerSeconds: fewer, moreSeconds: more, text: text))
        }
        // What the limit does not explain, the answers do.
        let waiting = fetch - byRate
        add(
            .answerTime, fewer: waiting * 0.2, more: waiting * 0.5,
            "answers took \((latency * 100).rounded() / 100) s each just now, and may take more or less")
        add(
            .otherUse, more: byRate * 0.1,
            "other programs with the same login, and requests that must be repeated, use up the same limit")
        if isPeak, let change = peakHours?.change(after: startsAt), change < startsAt + fetchEnd {
            add(
                .peakEnd, fewer: (startsAt + fetchEnd - change) / 2,
                "Clio allows more once its peak hours end; how much is only known then")
        }
        let unknown = entities.filter { $0.records == nil }.map(\.entity)
        add(
            .notCounted, more: fetch * min(0.5, 0.1 * Double(unknown.count)),
            "Clio does not count \(unknown.joined(separator: ", "))")
        if localRecordsPerSecond == nil {
            add(
                .localSpeed, fewer: local * 0.3, more: local * 0.6,
                "this machine has not loaded a firm yet, so its speed is taken from experience")
        } else {
            add(
                .localSpeed, fewer: local * 0.1, more: local * 0.1, "this machine may be busier or idler than last time"
            )
        }
        return EstimateRange(
            lowSeconds: max(0, seconds - reasons.reduce(0) { $0 + $1.fewerSeconds }),
            highSeconds: seconds + reasons.reduce(0) { $0 + $1.moreSeconds },
            reasons: reasons.sorted { max($0.fewerSeconds, $0.moreSeconds) > max($1.fewerSeconds, $1.moreSeconds) })
    }

    /// When something becomes usable.
    public struct Milestone: Encodable, Sendable, Equatable {
        /// The phase that is loaded then.
        public var phase: String
        /// Its title.
        public var title: String
        /// When, UTC.
        @WrittenAsUTC public var usableAt: Double?
        /// When at the earliest, UTC.
        @WrittenAsUTC public var earliest: Double?
        /// When at the latest, UTC.
        @WrittenAsUTC public var latest: Double?
        /// What the firm can use from then on.
        public var features: [String]
    }

    /// The phases in the order in which they become usable.
    public var timeline: [Milestone] {
        let range = range
        return phases.sorted { $0.readyAfter < $1.readyAfter }.map { phase in
            // Each phase is as far off as the whole.
            func moment(_ end: Double) -> Double { startsAt + phase.readyAfter * (seconds > 0 ? end / seconds : 1) }
            return Milestone(
                phase: phase.phase, title: phase.title, usableAt: startsAt + phase.readyAfter,
                earliest: moment(range.lowSeconds), latest: moment(range.highSeconds), features: phase.features)
        }
    }
}
