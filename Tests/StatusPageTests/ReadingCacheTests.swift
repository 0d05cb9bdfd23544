import Jobs
import Synchronization
import Testing

@testable import StatusPage

/// What is made of thousands of firms is made again only where a firm was read again.
@Suite struct ReadingCacheTests {
    @Test func eachReadingIsWorkedOnOnce() {
        let made = Mutex<[String]>([])
        let cache = ReadingCache { status in
            made.withLock { $0.append(status.name) }
            return status.name.uppercased()
        }
        var firms = (100..<300).map { ConnectionStatus(name: "firm-\($0)") }
        #expect(cache.values(firms) == firms.map { $0.name.uppercased() })
        #expect(made.withLock { $0.count } == 200)
        #expect(cache.values(firms) == firms.map { $0.name.uppercased() })
        #expect(made.withLock { $0.count } == 200)
        firms[7] = ConnectionStatus(name: "firm-107")
        firms.append(ConnectionStatus(name: "firm-999"))
        #expect(cache.values(firms).count == 201)
        #expect(made.withLock { $0.suffix(2).sorted() } == ["firm-107", "firm-999"])
        // What is gone is forgotten.
        #expect(cache.values([firms[200]]) == ["FIRM-999"])
        #expect(cache.values(firms).count == 201)
        #expect(made.withLock { $0.count } == 402)
        #expect(cache.values([]).isEmpty)
    }

    @Test func readingsAreToldApart() {
        let one = ConnectionStatus(name: "smith")
        let copy = one
        #expect(one.reading == copy.reading)
        #expect(ConnectionStatus(name: "smith").reading != one.reading)
    }

    /// The answer for programs is that of all firms made anew, also when most of it was kept.
    @Test func whatIsKeptIsWhatWouldBeMade() async throws {
        let firms = [SampleStatus.firm("running", .inProgress, running: true), SampleStatus.firm("done", .completed)]
        let snapshot = StatusSnapshot(time: Sample.now, connections: firms)
        let metrics = Metrics(snapshot: snapshot, version: "1", watchers: 3)
        let cache = ReadingCache { FirmMetrics($0) }
        for _ in 0..<2 {
            #expect(String(decoding: metrics.bytes(cache.values(firms)), as: UTF8.self) == metrics.text)
        }
    }
}
