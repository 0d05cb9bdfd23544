import Jobs
import Testing

@testable import Progress

/// How fast a run was, from its samples.
@Suite struct RunPaceTests {
    @Test func intervalsHaveTheGrowthBetweenSamples() {
        let pace = RunPace([
            RunSample(time: 100),
            RunSample(time: 130, requests: 20, records: 4_000, waitedSeconds: 6, budgetPerMinute: 45),
            RunSample(time: 190, requests: 20, records: 4_000, waitedSeconds: 66, budgetPerMinute: 45),
        ])
        #expect(pace.intervals.map(\.begin) == [100, 130] && pace.intervals.map(\.end) == [130, 190])
        #expect(pace.intervals.map(\.requestsPerMinute) == [40, 0])
        #expect(pace.intervals.map(\.recordsPerMinute) == [8_000, 0])
        #expect(pace.intervals.map(\.waitedShare) == [0.2, 1])
        #expect(pace.intervals.map(\.limit) == [45, 45])
    }

    @Test func manySamplesBecomeFewIntervalsThatLoseNothing() {
        let samples = (0...1_000).map { RunSample(time: Double($0), requests: $0, records: $0 * 3) }
        let pace = RunPace(samples)
        #expect(pace.intervals.count <= RunPace.most + 1 && pace.intervals.count >= RunPace.most - 2)
        #expect(pace.intervals.reduce(0) { $0 + $1.requests } == 1_000)
        #expect(pace.intervals.last?.end == 1_000)
        for (one, next) in zip(pace.intervals, pace.intervals.dropFirst()) { #expect(one.end == next.begin) }
    }

    @Test func fewerThanTwoSamplesAreNoPace() {
        #expect(RunPace([]).intervals.isEmpty)
        #expect(RunPace([RunSample(time: 1)]).intervals.isEmpty)
        // A clock that was set back.
        #expect(RunPace([RunSample(time: 5), RunSample(time: 1, requests: 3)]).intervals.isEmpty)
    }
}
