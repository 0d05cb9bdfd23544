import Foundation
import Testing

@testable import Jobs

/// The samples of a run: few enough, however long it takes, and of one run only.
@Suite struct RunSampleTests {
    private let path = NSTemporaryDirectory() + "/samples-\(UUID().uuidString).sqlite"

    @Test func aLongRunHasAboutAsManySamplesAsAShortOne() {
        var sampler = RunSampler()
        var times: [Double] = []
        for second in 0..<400_000 {
            switch sampler.offer(at: Double(second)) {
            case .skip: break
            case .keep: times.append(Double(second))
            case .keepAndThin:
                times.append(Double(second))
                times = times.reversed().enumerated().filter { $0.offset % 2 == 0 }.map(\.element).reversed()
            }
            #expect(times.count <= RunSampler.most)
        }
        #expect(times.count > RunSampler.most / 3)
        // Evenly over the time.
        let steps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect((steps.max() ?? 0) <= 2 * (steps.min() ?? 0))
        #expect(sampler.offer(at: 400_000, isLast: true) != .skip)
    }

    @Test func samplesBelongToTheRunOfTheirProcessAndAreThinned() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = try JobStore(path: path)
        let job = try store.createJob(connection: "smith", phases: ["core"])
        let process = Int(ProcessInfo.processInfo.processIdentifier)
        // Without a run, there is nothing to keep it with.
        try store.addSample(RunSample(time: 1), job: job.id, process: process, thin: false)
        let run = try store.beginRun(job: job.id, kind: .run, user: nil)
        for time in 1...9 {
            try store.addSample(
                RunSample(
                    time: Double(time), requests: time, records: time * 200, waitedSeconds: 0.5, budgetPerMinute: 45),
                job: job.id, process: process, thin: time == 9)
        }
        try store.addSample(RunSample(time: 10), job: job.id, process: process + 1, thin: false)
        #expect(try store.samples(run: run).map(\.time) == [1, 3, 5, 7, 9])
        #expect(
            try store.samples(run: run).last
                == RunSample(time: 9, requests: 9, records: 1_800, waitedSeconds: 0.5, budgetPerMinute: 45))
        try store.endRun(run, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
        try store.addSample(RunSample(time: 11), job: job.id, process: process, thin: false)
        #expect(try store.samples(run: run).count == 5)
        // Thirty newer runs, and it is forgotten.
        for _ in 0..<31 {
            let next = try store.beginRun(job: job.id, kind: .run, user: nil)
            try store.addSample(RunSample(time: 20), job: job.id, process: process, thin: false)
            try store.endRun(next, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
        }
        #expect(try store.samples(run: run).isEmpty)
        #expect(try store.samples(run: run + 31).count == 1)
    }
}
