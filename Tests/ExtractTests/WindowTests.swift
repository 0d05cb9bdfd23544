import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

@Suite(.timeLimit(.minutes(5))) struct WindowTests {
    private static let calendar = entity(order: nil, fields: ["id", "start_at", "end_at"], windows: timeWindows)

    private func bench(_ list: ClioDouble.List) async throws -> Bench {
        var settings = ExtractSettings()
        // A tenth of Clio's, so that the tests are quick.
        settings.offsetLimit = 1000
        settings.windowSize = 900
        var state = ClioDouble.State()
        state.lists["things"] = list
        return try await Bench(state, settings: settings)
    }

    @Test func aShortListIsWalkedInOneGo() async throws {
        let bench = try await bench(.init(records: events(950, years: 3), wall: 1000))
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.requests == 5)
        #expect(try bench.manifest(Self.calendar)?.streams.keys.map(\.name) == ["all"])
        await bench.close()
    }

    @Test func aLongListIsCutInTime() async throws {
        let bench = try await bench(.init(records: events(5000, years: 8), wall: 1000))
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .complete, "\(outcome)")
        #expect(outcome.expected == 5000)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...5000))
        let manifest = try #require(try bench.manifest(Self.calendar))
        #expect(manifest.streams.count >= 6)
        #expect(manifest.streams.keys.contains { $0.name.hasPrefix("to=") })
        #expect(manifest.streams.keys.contains { $0.name.hasPrefix("from=") && !$0.name.contains("to=") })
        let pages = bench.double.requests.filter { !$0.contains("limit=1&") }.count
        // One first page is given up; each window has a last page that is not full.
        #expect(pages <= 25 + 1 + manifest.streams.count)
        #expect(bench.double.requests.count - pages <= 16)
        await bench.close()
    }

    @Test func windowsAreResumed() async throws {
        let bench = try await bench(.init(records: events(5000, years: 8), wall: 1000))
        let stop = StopSignal()
        let first = try #require(
            try await bench.extract([Self.calendar], stop: stop) { event in
                if case .pageCommitted(_, _, _, let records, _) = event, records >= 2000 { stop.request() }
            }.first)
        #expect(first.status == .stopped)
        let before = bench.double.requests.count
        let second = try #require(try await bench.extract([Self.calendar]).first)
        #expect(second.status == .complete)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...5000))
        // The plan is not made again, and no page is asked for twice.
        #expect(second.records <= 5000 + 60)
        #expect(bench.double.requests.count - before <= (5000 - first.records) / 200 + 10)
        await bench.close()
    }

    @Test func aWindowFilterThatIsIgnoredIsReported() async throws {
        let bench = try await bench(.init(records: events(2500, years: 8), wall: 1000, ignoresWindow: true))
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.notes.contains { $0.code == "filter_ignored" })
        #expect(outcome.notes.contains { $0.code == "wall" && $0.severity == .warning })
        #expect(outcome.records == 1000)
        await bench.close()
    }

    @Test func aWallWithoutCountsIsPassedToo() async throws {
        let bench = try await bench(.init(records: events(2500, years: 8), wall: 1000, reportsTotal: false))
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...2500))
        #expect(outcome.status == .complete)
        await bench.close()
    }

    @Test func tooManyAtOneMomentArePartial() async throws {
        var crowd = events(2500, years: 8)
        for index in 500..<2000 {
            crowd[index].begins = crowd[500].begins
            crowd[index].ends = crowd[500].ends
            crowd[index].rest = crowd[500].rest
        }
        let bench = try await bench(.init(records: crowd, wall: 1000))
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.notes.contains { $0.code == "wall" && $0.severity == .warning })
        #expect(outcome.notes.contains { $0.code == "count_differs" })
        // What begins near the crowd's end shares its window; everything else is there.
        let missing = Set(1...500).union(2001...2500).subtracting(try bench.ids(Self.calendar))
        #expect(missing.count <= 90)
        #expect(bench.double.requests.count <= 200)
        await bench.close()
    }

    @Test func whatIsAddedMeanwhileIsNoLoss() async throws {
        let bench = try await bench(.init(records: events(2500, years: 8), wall: 1000))
        let outcome = try #require(
            try await bench.extract([Self.calendar]) { event in
                // A new event in a window that is done, as soon as something is committed.
                guard case .pageCommitted(_, _, _, let records, _) = event, records >= 1500 else { return }
                bench.double.state.withLock { state in
                    if state.lists["things"]?.records.count == 2500 {
                        state.lists["things"]?.records += events(1, years: 0.001).map {
                            ClioDouble.Record(id: 9999, begins: $0.begins, ends: $0.ends, rest: $0.rest)
                        }
                    }
                }
            }.first)
        #expect(outcome.status == .complete, "\(outcome)")
        #expect(outcome.expected == 2501)
        await bench.close()
    }

    @Test func momentsAreRead() {
        #expect(Moment.seconds("1970-01-02") == 86_400)
        #expect(Moment.seconds("2025-08-14T00:15:35-04:00") == Moment.seconds("2025-08-14T04:15:35Z"))
        #expect(Moment.seconds("2025-08-14T04:15:35.123Z") == Moment.seconds("2025-08-14T04:15:35+00:00"))
        #expect(Moment.seconds("2025-13-14") == nil)
        #expect(Moment.seconds("soon") == nil)
    }
}
