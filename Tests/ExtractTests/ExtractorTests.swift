import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

@Suite(.timeLimit(.minutes(5))) struct ExtractorTests {
    private func bench(_ list: ClioDouble.List, settings: ExtractSettings = ExtractSettings()) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = list
        return try await Bench(state, settings: settings)
    }

    @Test func aListIsStagedWhole() async throws {
        let bench = try await bench(.init(records: records(1050)))
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.records == 1050)
        #expect(outcome.newRecords == 1050)
        #expect(outcome.expected == 1050)
        // Six pages, no counts: the pages tell.
        #expect(outcome.requests == 6)
        #expect(try bench.ids(entity()) == Array(1...1050))
        let manifest = try #require(try bench.manifest(entity()))
        #expect(manifest.completion?.status == .complete)
        #expect(
            manifest.pages[0].request
                == "/api/v4/things.json?limit=200&order=id(asc)&fields=id,name,owner%7Bid,name%7D,created_at")
        #expect(manifest.pages[0].serverTime != nil || manifest.pages[0].reportedTotal == 1050)
        await bench.close()
    }

    @Test func aFinishedEntityIsLeftAlone() async throws {
        let bench = try await bench(.init(records: records(10)))
        _ = try await bench.extract([entity()])
        let before = bench.double.requests.count
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.wasFinished)
        #expect(outcome.status == .complete)
        #expect(outcome.records == 10)
        #expect(bench.double.requests.count == before)
        let forced = try #require(try await bench.extract([entity()], force: true).first)
        #expect(!forced.wasFinished)
        #expect(bench.double.requests.count == before + 1)
        #expect(try bench.manifest(entity())?.header.generation == 2)
        await bench.close()
    }

    /// Promise 2: what is committed is not asked for again.
    @Test func aStoppedListContinuesWhereItWas() async throws {
        let bench = try await bench(.init(records: records(2000)))
        let stop = StopSignal()
        let outcome = try #require(
            try await bench.extract([entity()], stop: stop) { event in
                if case .pageCommitted(_, _, _, let records, _) = event, records >= 600 { stop.request() }
            }.first)
        #expect(outcome.status == .stopped)
        #expect(outcome.records >= 600 && outcome.records < 2000)
        let asked = bench.double.requests.count
        // Every answer that came was kept.
        #expect(outcome.records == asked * 200)
        let resumed = try #require(try await bench.extract([entity()]).first)
        #expect(resumed.status == .complete)
        #expect(resumed.records == 2000)
        #expect(bench.double.requests.count == 10)
        #expect(try bench.ids(entity()) == Array(1...2000))
        await bench.close()
    }

    /// A failure elsewhere in a run cancels the extract: it ends at once, and not in a loop.
    @Test(.timeLimit(.minutes(5))) func aCancelledWalkIsAStoppedOne() async throws {
        let bench = try await bench(.init(records: records(2000)))
        let (pages, continuation) = AsyncStream<Void>.makeStream()
        let extract = Task {
            try await bench.extract([entity()]) { event in
                if case .pageCommitted = event { continuation.yield() }
            }
        }
        for await _ in pages { break }
        extract.cancel()
        #expect(try await extract.value.first?.status == .stopped)
        #expect(try await bench.extract([entity()]).first?.status == .complete)
        #expect(try bench.ids(entity()) == Array(1...2000))
        await bench.close()
    }

    @Test func aCursorThatIsTooOldMakesTheWalkBeginAgain() async throws {
        let bench = try await bench(.init(records: records(1000)))
        let stop = StopSignal()
        _ = try await bench.extract([entity()], stop: stop) { event in
            if case .pageCommitted = event { stop.request() }
        }
        bench.double.state.withLock { $0.staleBefore = $0.issued + 1 }
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.expected == 1000)
        #expect(outcome.notes.contains { $0.code == "restarted" })
        // What the lost walk had is not kept a second time.
        #expect(try bench.ids(entity()) == Array(1...1000))
        await bench.close()
    }

    @Test func aNextThatLeadsElsewhereIsNotFollowed() async throws {
        let bench = try await bench(.init(records: records(1000)))
        bench.double.state.withLock { $0.troubles[3] = .foreignNext }
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .failed)
        #expect(outcome.failure?.code == "foreignAddress")
        #expect(outcome.failure?.isCritical == true)
        #expect(outcome.records == 400)
        #expect(bench.double.requests.count == 3)
        // Once it is gone, nothing is lost.
        let resumed = try #require(try await bench.extract([entity()]).first)
        #expect(resumed.status == .complete)
        #expect(try bench.ids(entity()) == Array(1...1000))
        await bench.close()
    }

    @Test func aCutPageIsAskedForAgain() async throws {
        let bench = try await bench(.init(records: records(500)))
        bench.double.state.withLock {
            $0.troubles[2] = .body(#"{"data":[{"id":201},{"id":202}"#)
            $0.troubles[3] = .status(503)
        }
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.retries == 2)
        #expect(try bench.ids(entity()) == Array(1...500))
        await bench.close()
    }

    @Test func aForbiddenEntityFailsAloneAndSaysSo() async throws {
        let bench = try await bench(.init(records: records(300)))
        bench.double.state.withLock { $0.lists["secrets"] = .init(status: 403) }
        let outcomes = try await bench.extract([entity("secrets"), entity()])
        #expect(outcomes.map(\.status) == [.failed, .complete])
        #expect(outcomes[0].failure?.code == "forbidden")
        #expect(outcomes[0].failure?.isCritical == false)
        #expect(outcomes[0].notes.contains { $0.code == "forbidden" })
        await bench.close()
    }

    @Test func aCriticalErrorHaltsTheOthers() async throws {
        let bench = try await bench(.init(records: records(40_000)))
        bench.double.state.withLock {
            $0.lists["others"] = .init(records: records(1000))
            $0.onRequest = { _ in }
        }
        bench.double.state.withLock { $0.troubles[4] = .foreignNext }
        let outcomes = try await bench.extract([entity(batchSize: 20), entity("others", batchSize: 20)])
        #expect(outcomes.contains { $0.status == .failed && $0.failure?.isCritical == true })
        #expect(outcomes.contains { $0.status == .stopped })
        await bench.close()
    }

    @Test func batchSizesAreSettings() async throws {
        var settings = ExtractSettings()
        settings.batchSizes = ["things": 500]
        let bench = try await bench(.init(records: records(450)), settings: settings)
        let outcome = try #require(try await bench.extract([entity(batchSize: 50)]).first)
        #expect(outcome.requests == 3)
        #expect(outcome.notes.contains { $0.code == "batch_size_cut" })
        await bench.close()
    }

    /// Promise 5.
    @Test func aFilterThatClioIgnoredIsReported() async throws {
        let bench = try await bench(
            .init(records: records(300) { "\"type\":\"\($0 <= 3 ? "Expense" : "TimeEntry")\"" }))
        let outcome = try #require(try await bench.extract([Self.timed]).first)
        let note = try #require(outcome.notes.first { $0.code == "filter_ignored" })
        #expect(note.severity == .warning)
        #expect(note.message.hasPrefix("3 records "))
        #expect(bench.double.requests[0].contains("type=TimeEntry"))
        await bench.close()
    }

    /// Clio may overlook a filter once: the page is asked for again, and nothing foreign is kept.
    @Test func aFilterThatClioOverlookedOnceCostsARequest() async throws {
        let bench = try await bench(.init(records: records(500) { _ in "\"type\":\"TimeEntry\"" }))
        bench.double.state.withLock {
            $0.troubles[1] = .body(#"{"data":[{"id":900,"type":"Expense"}],"meta":{"records":900}}"#)
        }
        let outcome = try #require(try await bench.extract([Self.timed]).first)
        #expect(outcome.records == 500)
        #expect(outcome.retries == 1)
        #expect(outcome.notes.allSatisfy { $0.code != "filter_ignored" })
        let pages = bench.double.requests.filter { $0.contains("limit=200") }
        #expect(pages.count == 4)
        await bench.close()
    }

    /// Where asking again does not help, it is not done for every page.
    @Test func aFilterThatClioAlwaysIgnoresCostsFewRequests() async throws {
        let bench = try await bench(
            .init(records: records(1200) { "\"type\":\"\($0 % 5 == 0 ? "Expense" : "TimeEntry")\"" }))
        let outcome = try #require(try await bench.extract([Self.timed]).first)
        #expect(outcome.records == 1200)
        #expect(outcome.notes.contains { $0.code == "filter_ignored" && $0.message.hasPrefix("240 records ") })
        let pages = bench.double.requests.filter { $0.contains("limit=200") }
        #expect(pages.count == 6 + 4)
        await bench.close()
    }

    private static let timed = entity(
        parameters: [.init(name: "type", value: "TimeEntry")],
        expectations: [.init(path: ["type"], json: "\"TimeEntry\"")])

    @Test func missingRecordsMakeItPartial() async throws {
        let bench = try await bench(.init(records: records(300), totalIsOffBy: 2))
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.expected == 302)
        #expect(outcome.notes.contains { $0.code == "count_differs" && $0.severity == .warning })
        await bench.close()
    }

    @Test func moreThanCountedIsNoLoss() async throws {
        let bench = try await bench(.init(records: records(300), totalIsOffBy: -2))
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.notes.contains { $0.code == "count_differs" && $0.severity == .info })
        await bench.close()
    }

    @Test func withoutCountsItStillEnds() async throws {
        let bench = try await bench(.init(records: records(300), reportsTotal: false))
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.expected == nil)
        #expect(outcome.notes.contains { $0.code == "count_unknown" })
        await bench.close()
    }

    @Test(arguments: [true, false])
    func refusedFieldsAreLeftOut(named: Bool) async throws {
        let bench = try await bench(
            .init(records: records(300), refusedFields: ["gone", "inner"], namesRefusedField: named))
        let wide = entity(fields: ["id", "name", "gone", "owner{id,name,inner}", "status", "created_at"])
        let outcome = try #require(try await bench.extract([wide]).first)
        #expect(outcome.status == .complete)
        let messages = outcome.notes.filter { $0.code == "field_refused" }.map(\.message)
        #expect(messages.count == 2)
        #expect(messages.contains { $0.contains("`gone`") })
        #expect(messages.contains { $0.contains("`owner.inner`") })
        #expect(
            try bench.manifest(wide)?.pages.first?.request
                == "/api/v4/things.json?limit=200&order=id(asc)&fields=id,name,owner%7Bid,name%7D,status,created_at")
        await bench.close()
    }

    @Test func a400ThatIsNotForAFieldFailsTheEntity() async throws {
        let bench = try await bench(.init(status: 400))
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .failed)
        #expect(outcome.failure?.code == "refused")
        #expect(bench.double.requests.count < 5)
        await bench.close()
    }

    @Test func aWallDespiteTheOrderIsPassedByCreationDate() async throws {
        let made = (1...1000).map { id in
            let time = 1_700_000_000.0 + Double(id) * 60
            return ClioDouble.Record(
                id: id, begins: time, ends: time, rest: "\"created_at\":\"\(Moment.timestamp(time))\"")
        }
        var settings = ExtractSettings()
        settings.offsetLimit = 400
        let bench = try await bench(.init(records: made, wall: 400, wallStandsAlways: true), settings: settings)
        let outcome = try #require(try await bench.extract([entity(batchSize: 100, since: bothSince)]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(entity())) == Set(1...1000))
        #expect(outcome.notes.contains { $0.code == "wall" })
        await bench.close()
    }

    @Test func aWallThatNothingPassesIsPartial() async throws {
        let bench = try await bench(.init(records: records(1000), wall: 400))
        let orderless = entity(order: nil)
        let outcome = try #require(try await bench.extract([orderless]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.records == 400)
        #expect(outcome.expected == 1000)
        #expect(outcome.notes.contains { $0.code == "wall" && $0.severity == .warning })
        await bench.close()
    }
}
