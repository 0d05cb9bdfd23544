import Foundation
import Pipelines
import Staging
import Synchronization
import Testing

@testable import Extract

/// Answers that no honest server sends.
@Suite(.timeLimit(.minutes(5))) struct HostileAnswerTests {
    private static let thing = entity(fields: ["id", "name", "created_at"], batchSize: 50, since: bothSince)

    private func bench(_ records: [ClioDouble.Record], _ change: (inout ClioDouble.State) -> Void = { _ in })
        async throws
        -> Bench
    {
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: records)
        change(&state)
        return try await Bench(state)
    }

    @Test(arguments: [
        "Tue, 24 Nov 9223372036854775807 10:00:00 GMT", "Tue, 9223372036854775807 Nov 2026 10:00:00 GMT",
        "Tue, 24 Nov -1 10:00:00 GMT", "Tue, 24 Nov 2026 1e400:00:00 GMT",
    ])
    func datesThatCannotBeAreNone(_ text: String) { #expect(HTTPDate.seconds(text) == nil) }

    @Test func aCountThatCannotBeIsNone() async throws {
        let bench = try await bench(created(3)) { state in
            state.troubles[1] = .body(
                #"{"data":[{"id":1,"name":"a"}],"meta":{"records":9223372036854775807}}"#)
        }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.records == 1)
        #expect(outcome.expected != .max)
        await bench.close()
    }

    /// Two pages that each lead to the other.
    @Test func cursorsThatLeadInACircleEndTheWalk() async throws {
        let page = { (host: String, next: String, id: Int) in
            ClioDouble.Trouble.body(
                "{\"data\":[{\"id\":\(id)}],\"meta\":{\"paging\":{\"next\":\"\(host)/api/v4/things.json?page_token=\(next)\"}}}"
            )
        }
        let bench = try await bench(created(3))
        let host = bench.double.baseURL
        bench.double.state.withLock { state in
            for turn in 0..<50 {
                state.troubles[2 * turn + 1] = page(host, "a", 1)
                state.troubles[2 * turn + 2] = page(host, "b", 2)
            }
        }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.status == .failed)
        #expect(outcome.failure?.description.contains("in a circle") == true, "\(outcome)")
        #expect(bench.double.requests.count < 12)
        await bench.close()
    }

    /// A token that stands where the message is cut.
    @Test func noPartOfATokenIsShown() async throws {
        let bench = try await bench(created(3)) { state in
            let words = String(repeating: "x", count: 299) + "T1"
            state.troubles[1] = .status(403, body: "{\"error\":{\"type\":\"ForbiddenError\",\"message\":\"\(words)\"}}")
        }
        let outcome = try #require(try await bench.extract([Self.thing]).first)
        #expect(outcome.failure?.description.contains("xT") == false)
        #expect(outcome.failure?.description.contains("x…") == true)
        await bench.close()
    }

    // MARK: Sweeps

    /// Clio ignores `ids[]`, shows no single record, and the list is longer than what came.
    @Test func aSweepThatCannotFetchWhatIsMissingIsPartial() async throws {
        let bench = try await bench(created(300))
        _ = try await bench.extract([Self.thing])
        let old = Date().timeIntervalSince1970 - 90 * 86_400
        bench.double.state.withLock { state in
            state.lists["things"]?.records.append(
                ClioDouble.Record(id: 2000, begins: old, updated: old, rest: "\"name\":\"shared\""))
            state.lists["things"]?.ignoredParameters = ["ids[]"]
            state.lists["things"]?.showsSingles = false
        }
        let sweep = try #require(try await bench.extract([Self.thing], sweep: true).first)
        #expect(sweep.status == .partial, "\(sweep)")
        #expect(try bench.manifest(Self.thing)?.completion?.status == .partial)
        await bench.close()
    }

    /// What a user may no longer see looks like this.
    @Test func anEmptyListDeletesNothing() async throws {
        let bench = try await bench(created(300))
        _ = try await bench.extract([Self.thing])
        bench.double.state.withLock { $0.lists["things"]?.records = [] }
        let sweep = try #require(try await bench.extract([Self.thing], sweep: true).first)
        #expect(sweep.failure?.code == "removals" && sweep.failure?.isCritical == true, "\(sweep)")
        #expect(sweep.failure?.description.contains("300 of 300") == true)
        #expect(sweep.deleted == 0)
        #expect(try bench.manifest(Self.thing)?.deletions.isEmpty == true)
        await bench.close()
    }

    /// Deleted, restored as it was, deleted again: each sweep says what Clio has.
    @Test func whatIsRestoredComesBackAndMayBeDeletedAgain() async throws {
        let bench = try await bench(created(300))
        _ = try await bench.extract([Self.thing])
        let all = bench.double.state.withLock { $0.lists["things"]?.records ?? [] }
        let kept = all.filter { ![3, 150].contains($0.id) }
        for turn in 1...3 {
            bench.double.state.withLock { $0.lists["things"]?.records = kept }
            let gone = try #require(try await bench.extract([Self.thing], sweep: true).first)
            #expect(gone.status == .complete && gone.deleted == 2, "\(turn): \(gone)")
            bench.double.state.withLock { $0.lists["things"]?.records = all }
            let back = try #require(try await bench.extract([Self.thing], sweep: true).first)
            #expect(back.status == .complete && back.deleted == 0, "\(turn): \(back)")
            let manifest = try #require(try bench.manifest(Self.thing))
            let last = try #require(manifest.pages.last { $0.stream.isIDs })
            #expect(last.sequence > (try #require(manifest.deletions.last)).sequence && last.records == 2)
        }
        #expect(try bench.ids(Self.thing).filter { $0 == 3 }.count == 4)
        await bench.close()
    }

    // MARK: What an earlier process brought

    /// A closing pass whose cursor is lost asks for the same changes again, not for those since it ran.
    @Test func aClosingPassThatIsBegunAgainAsksFromTheSameMoment() async throws {
        let bench = try await bench(created(300))
        let now = Date().timeIntervalSince1970.rounded(.down)
        // Edited while the list is walked, more than a page of them.
        bench.double.state.withLock { state in
            state.onRequest = { number in
                guard number == 3 else { return }
                bench.double.state.withLock { state in
                    for place in 0..<120 { state.lists["things"]?.records[place].updated = now }
                }
            }
        }
        let stop = StopSignal()
        let first = try #require(
            try await bench.extract([Self.thing], stop: stop) { event in
                if case .pageCommitted(_, let stream, _, _, _) = event, stream.hasPrefix("updated_since") {
                    stop.request()
                }
            }.first)
        #expect(first.status == .stopped)
        bench.double.state.withLock { state in
            state.onRequest = nil
            state.staleBefore = .max
        }
        // Much later: the server's clock has gone on, and the cursors are gone.
        let second = try #require(try await bench.extract([Self.thing]).first)
        #expect(second.status == .complete, "\(second)")
        let passes = try #require(try bench.manifest(Self.thing)).streams.keys.filter(\.isChanges)
        let moments = Set(passes.map(\.scope))
        #expect(passes.count >= 2 && moments.count == 1, "\(passes)")
        await bench.close()
    }
}
