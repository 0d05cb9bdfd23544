import Foundation
import HTTP
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// What Clio's documents leave open: each way in which it may turn out.
@Suite(.timeLimit(.minutes(5))) struct UnprovenBehaviourTests {
    private static let thing = entity(
        fields: ["id", "name", "created_at", "updated_at"], batchSize: 50, since: bothSince)
    private static let calendar = entity(
        order: nil, fields: ["id", "start_at", "end_at"], windows: timeWindows, since: bothSince)

    private func bench(_ list: ClioDouble.List, settings: ExtractSettings = ExtractSettings()) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = list
        return try await Bench(state, settings: settings)
    }

    private var smallWalls: ExtractSettings {
        var settings = ExtractSettings()
        settings.offsetLimit = 1000
        settings.windowSize = 900
        return settings
    }

    // MARK: Bodies and headers

    @Test func aByteOrderMarkIsNoPartOfAPage() async throws {
        let bench = try await bench(.init())
        bench.double.state.withLock {
            $0.troubles[1] = .body("\u{FEFF}{\"data\":[{\"id\":1}],\"meta\":{\"records\":1}}")
        }
        let outcome = try #require(try await bench.extract([entity()]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.requests == 1)
        #expect(try bench.ids(entity()) == [1])
        await bench.close()
    }

    @Test(arguments: ["120", "a date"])
    func maintenanceIsWaitedForAsLongAsItSays(_ wait: String) async throws {
        let bench = try await bench(.init(records: records(7)))
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let headers = [
            "Retry-After": wait == "120" ? wait : formatter.string(from: now.addingTimeInterval(120)),
            "Date": formatter.string(from: now),
        ]
        bench.double.state.withLock { $0.troubles[1] = .status(503, body: "<html>", headers: headers) }
        let client = try bench.client()
        let before = client.clock.now()
        #expect(try await client.count(entity()) == 7)
        #expect(client.clock.now() - before >= 120)
        #expect(client.clock.now() - before < 130)
        await bench.close()
    }

    @Test(arguments: [
        ("7", 7.0), ("0", nil), ("-3", nil), ("soon", nil), ("2.5", 2.5), ("Tue, 24 Nov 2026 10:00:30 GMT", 30),
        ("Tue, 24 Nov 2026 09:00:00 GMT", nil), ("inf", nil),
    ])
    func retryAfterIsSecondsOrADate(_ text: String, _ seconds: Double?) {
        #expect(
            RetryAfter.seconds(["Retry-After": text, "Date": "Tue, 24 Nov 2026 10:00:00 GMT"]) == seconds)
        #expect(RetryAfter.seconds(["Date": "Tue, 24 Nov 2026 10:00:00 GMT"]) == nil)
    }

    @Test func aNotModifiedThatNobodyAskedForIsAskedForAgain() async throws {
        let bench = try await bench(.init(records: records(7)))
        bench.double.state.withLock { $0.troubles[1] = .status(304) }
        #expect(try await bench.client().count(entity()) == 7)
        #expect(bench.double.requests.count == 2)
        await bench.close()
    }

    @Test(arguments: ["1790000060", "1790000060.25", "1790000060250", "60"])
    func rateHeadersMayBeFractionsAndMilliseconds(_ reset: String) {
        let headers: HTTPHeaders = [
            "x-ratelimit-limit": reset.contains(".") ? "50.0" : "50", "x-ratelimit-remaining": "49",
            "x-ratelimit-reset": reset, "Date": "Mon, 21 Sep 2026 14:13:20 GMT",
        ]
        let read = RateHeaders(headers, wall: 0)
        #expect(read == RateHeaders(limit: 50, remaining: 49, reset: 1_790_000_060, date: 1_790_000_000))
    }

    // MARK: Tokens

    @Test func aTokenMayLiveForFewRequests() async throws {
        let bench = try await bench(.init(records: records(1000)))
        bench.double.state.withLock { $0.tokenLife = 3 }
        let client = try bench.client(refresh: "R")
        let outcome = try #require(try await bench.extract([entity(batchSize: 50)], client: client).first)
        #expect(outcome.status == .complete)
        #expect(try bench.ids(entity()) == Array(1...1000))
        #expect(bench.double.state.withLock { $0.refreshes.count } >= 6)
        await bench.close()
    }

    @Test func aRenewedTokenThatIsNeverTakenIsCriticalAtOnce() async throws {
        let bench = try await bench(.init(records: records(10)))
        bench.double.state.withLock {
            $0.validTokens = []
            $0.refreshAnswers = [#"{"access_token":"T2"}"#, #"{"access_token":"T3"}"#]
        }
        let client = try bench.client(refresh: "R")
        let outcome = try #require(try await bench.extract([entity()], client: client).first)
        #expect(outcome.failure?.code == "unauthorized")
        #expect(bench.double.state.withLock { $0.refreshes.count } == 1)
        await bench.close()
    }

    // MARK: Counts

    @Test(arguments: [0, 17])
    func countsThatDoNotLookAtTheFilterAreNotGoneBy(_ more: Int) async throws {
        let bench = try await bench(
            .init(records: created(400), totalIsOffBy: more, countsEverything: true))
        let filtered = entity(
            parameters: [Parameter(name: "updated_since", value: "2001-01-01T00:00:00Z")],
            fields: ["id", "name", "created_at", "updated_at"], batchSize: 50, since: bothSince)
        bench.double.state.withLock { state in
            // As many records again that the filter leaves out.
            let old = (401...800).map { ClioDouble.Record(id: $0, begins: 0, ends: 0, updated: 1) }
            state.lists["things"]?.records += old
        }
        let outcome = try #require(try await bench.extract([filtered]).first)
        #expect(outcome.status == .complete)
        #expect(outcome.expected == nil)
        #expect(outcome.notes.contains { $0.code == "counts_void" })
        #expect(try bench.ids(filtered) == Array(1...400))
        await bench.close()
    }

    @Test func aCountThatIsRightStillFindsALoss() async throws {
        let bench = try await bench(.init(records: records(120)))
        bench.double.state.withLock { $0.hiddenFromLists = [] }
        bench.double.state.withLock { $0.troubles[2] = .body(#"{"data":[],"meta":{"records":120}}"#) }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .partial)
        #expect(outcome.expected == 120)
        await bench.close()
    }

    @Test func windowsDoWithoutCountsThatDoNotLookAtThem() async throws {
        let bench = try await bench(
            .init(records: events(2500, years: 8), wall: 1000, countsEverything: true), settings: smallWalls)
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...2500))
        await bench.close()
    }

    @Test func aCountThatEndsAtTheWallIsNotBelieved() async throws {
        let bench = try await bench(
            .init(records: events(2500, years: 8), wall: 1000, totalIsOffBy: -1500), settings: smallWalls)
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...2500))
        #expect(outcome.status == .complete)
        await bench.close()
    }

    // MARK: Cursors and filters

    @Test(arguments: [422, 400, 404, 410])
    func aCursorMayBeLostInTheMiddleOfAWalk(_ status: Int) async throws {
        let bench = try await bench(.init(records: created(1000)))
        bench.double.state.withLock { state in
            state.staleStatus = status
            state.onRequest = { number in
                guard number == 7 else { return }
                bench.double.state.withLock { $0.staleBefore = $0.issued + 1 }
            }
        }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...1000))
        #expect(outcome.notes.contains { $0.code == "restarted" })
        await bench.close()
    }

    @Test func aCursorMayBeLostInAListWithoutAnOrder() async throws {
        let bench = try await bench(.init(records: events(900, years: 3)), settings: smallWalls)
        bench.double.state.withLock { state in
            state.onRequest = { number in
                guard number == 3 else { return }
                bench.double.state.withLock { $0.staleBefore = $0.issued + 1 }
            }
        }
        let outcome = try #require(try await bench.extract([Self.calendar]).first)
        #expect(outcome.status == .complete)
        #expect(Set(try bench.ids(Self.calendar)) == Set(1...900))
        await bench.close()
    }

    @Test func aFloorThatClioRefusesIsDoneWithout() async throws {
        let bench = try await bench(.init(records: created(4000), refusedParameter: "created_since"))
        let clock = bench.clock
        bench.double.state.withLock { $0.onRequest = { _ in clock.advance(1.5) } }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .complete)
        #expect(try bench.ids(Self.thing) == Array(1...4000))
        #expect(outcome.notes.contains { $0.code == "filter_ignored" })
        await bench.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: [400, 10_000])
    func aWallThatNoFilterLeadsPastEndsTheWalk(_ limit: Int) async throws {
        var settings = ExtractSettings()
        settings.offsetLimit = limit
        let bench = try await bench(
            .init(records: created(1000), wall: 400, wallStandsAlways: true, ignoresWindow: true), settings: settings)
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .partial)
        #expect(Set(try bench.ids(Self.thing)) == Set(1...400))
        #expect(bench.double.requests.count < 60)
        // Taken up again, it ends again.
        _ = try await bench.extract([Self.thing])
        #expect(bench.double.requests.count < 120)
        await bench.close()
    }
}
