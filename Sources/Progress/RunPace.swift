package import Jobs

/// How fast a run was over its time: at most sixty intervals, made from its samples. The chart of the page shows it.
package struct RunPace: Sendable, Equatable {
    /// The most intervals.
    package static let most = 60

    /// One interval.
    package struct Interval: Sendable, Equatable {
        /// Seconds since 1970.
        package let begin: Double
        /// Seconds since 1970.
        package let end: Double
        /// Requests that Clio answered.
        package let requests: Int
        /// Records that were fetched.
        package let records: Int
        /// Share of the time in which the run waited for the rate limit or its window, 0 to 1.
        package let waitedShare: Double
        /// Requests a minute that were permitted; nil: not known.
        package let limit: Int?

        /// Requests a minute.
        package var requestsPerMinute: Double { Double(requests) * 60 / (end - begin) }
        /// Records a minute.
        package var recordsPerMinute: Double { Double(records) * 60 / (end - begin) }
    }

    /// The intervals, without gaps, oldest first; empty for a run with fewer than two samples.
    package let intervals: [Interval]

    /// - Parameter samples: of one run, oldest first.
    package init(_ samples: [RunSample]) {
        guard let first = samples.first, let last = samples.last, last.time > first.time else {
            intervals = []
            return
        }
        let step = (last.time - first.time) / Double(Self.most)
        var intervals: [Interval] = []
        var before = first
        for sample in samples.dropFirst() where sample.time > before.time {
            // Of equal length, whatever the distance of the samples was.
            guard sample == last || sample.time - before.time >= step else { continue }
            let seconds = sample.time - before.time
            intervals.append(
                Interval(
                    begin: before.time, end: sample.time, requests: max(0, sample.requests - before.requests),
                    records: max(0, sample.records - before.records),
                    waitedShare: min(1, max(0, sample.waitedSeconds - before.waitedSeconds) / seconds),
                    limit: sample.budgetPerMinute))
            before = sample
        }
        self.intervals = intervals
    }
}
