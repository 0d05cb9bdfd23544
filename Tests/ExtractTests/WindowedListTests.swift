import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// Which window comes next and where a list is cut, against windows that exist in numbers only.
@Suite struct WindowedListTests {
    private static let settings = WindowedList.Settings(
        windows: timeWindows, limit: 100, target: 90, parallel: 4, now: 1_000_000_000)

    private func list(
        recentSince: Double? = nil, streams: [StreamKey: RawStream] = [:], cutAt edges: [Double] = [10]
    ) -> WindowedList {
        WindowedList(Self.settings, recentSince: recentSince, streams: streams, events: [.boundaries(edges)])
    }

    private func page(_ total: Int, next: String? = nil) -> CutPage {
        var page = CutPage()
        page.total = total
        page.next = next
        return page
    }

    /// Answers counts, with as many records in each second, until the list asks for pages or is cut.
    private func answer(_ list: inout WindowedList, perSecond: Double = 1, from begin: Double = 0) -> Consequence {
        while case .question(.count(let key, let moment, _)) = list.next() {
            let count = Int((max(0, moment - begin) * perSecond).rounded())
            let consequence = list.answered(.count(key, upTo: moment, count))
            if !consequence.steps.isEmpty { return consequence }
        }
        return Consequence()
    }

    @Test func theNewestWindowComesFirst() throws {
        var list = list(cutAt: [20, 10])
        #expect(list.isCut)
        let spans = [list.nextStream(), list.nextStream(), list.nextStream(), list.nextStream()].map {
            $0.flatMap { list[$0]?.span }
        }
        #expect(
            spans == [
                TimeWindow(lower: 20, upper: nil), TimeWindow(lower: 10, upper: 20), TimeWindow(lower: nil, upper: 10),
                nil,
            ])
    }

    @Test func aListIsCutByCounts() throws {
        var list = WindowedList(Self.settings)
        #expect(!list.isCut)
        #expect(list.divide(total: 300, starts: [0, 300]).steps.isEmpty)
        guard case .report(.boundaries(let edges)) = answer(&list).steps.first else {
            Issue.record("the list is not cut")
            return
        }
        #expect(edges.count == 3 || edges.count == 4, "\(edges)")
        #expect(list.windows.count == edges.count + 1)
    }

    @Test func aListThatNoCountDividesIsFetchedToTheLimit() throws {
        var list = WindowedList(Self.settings)
        _ = list.divide(total: 300, starts: [])
        var consequence = Consequence()
        for _ in 0..<20 {
            switch list.next() {
            case .question(.count(let key, let moment, _)):
                consequence = list.answered(.count(key, upTo: moment, 300))
            case .question(.countsHold(let key)): consequence = list.answered(.countsHold(key, true))
            default: break
            }
        }
        #expect(consequence.steps == [.report(.windowFilterIgnored(parameter: "to"))])
        guard case .toLimit = consequence.continuation else {
            Issue.record("it is not fetched to the limit")
            return
        }
        #expect(!list.isOpen)
    }

    @Test func aListWhoseCountsSayNothingIsCutInTheMiddle() throws {
        var list = WindowedList(Self.settings)
        _ = list.divide(total: 300, starts: [])
        guard case .question(.count(let key, _, let parameters)) = list.next() else {
            Issue.record("no count is asked for")
            return
        }
        #expect(parameters.map(\.name) == ["to"])
        let consequence = list.answered(.countsHold(key, false))
        guard case .report(.boundaries(let edges)) = consequence.steps.first else {
            Issue.record("the list is not cut")
            return
        }
        #expect(edges.count == 1 && list.windows.count == 2)
    }

    @Test func aWindowThatIsTooLongIsCutBeforeAPageIsKept() throws {
        var list = list()
        let key = try list.requiredStream()
        #expect(list.accepts(page(99), for: key) && !list.accepts(page(100), for: key))
        #expect(list.ended(.rejected(page(100)), for: key).steps.isEmpty)
        let before = list.windows.count
        let steps = answer(&list, perSecond: 1e-7, from: 10).steps
        #expect(steps.contains { if case .report(.boundaries) = $0 { true } else { false } })
        #expect(list.windows.count > before)
        // One that cannot be cut is fetched as far as Clio shows it.
        var whole = self.list()
        let newest = try whole.requiredStream()
        _ = whole.ended(.rejected(page(100)), for: newest)
        #expect(whole.answered(.countsHold(newest, true)).steps == [.report(.windowFilterIgnored(parameter: "to"))])
        #expect(whole.nextStream() == newest && whole.accepts(page(100), for: newest))
    }

    @Test func aWindowThatEndsAtTheLimitIsCutOrReported() throws {
        var list = list()
        let key = try list.requiredStream()
        _ = list.received(page(50, next: "a"), for: key)
        // It has fewer than the limit by Clio's count, and cannot be had as one window all the same.
        let steps = list.ended(.limitReached, for: key).steps
        guard case .report(.boundaries(let edges)) = steps.first else {
            Issue.record("the window is not cut")
            return
        }
        #expect(edges.count == 1 && steps.last == .end(key))
        // A second has no middle.
        let second = TimeWindow(lower: 10, upper: 11).key
        var short = self.list(cutAt: [10, 11])
        _ = short.nextStream()
        #expect(short.nextStream() == second)
        _ = short.received(page(50, next: "a"), for: second)
        #expect(
            short.ended(.limitReached, for: second).steps
                == [.report(.limitReached(second, passedBy: nil, shown: 100)), .end(second)])
    }

    @Test func aLostCursorBeginsTheWindowAgain() throws {
        let key = TimeWindow(lower: 10, upper: nil).key
        let known = RawStream(next: "a", finished: false, pages: 1, records: 10)
        var list = list(streams: [key: known])
        #expect(list.nextStream() == key && list[key]?.next == "a")
        let refusal = ClioError(.refused, "no such cursor")
        #expect(list.ended(.refused(refusal), for: key).steps == [.report(.cursorLost(key))])
        #expect(list.nextStream() == key && list[key]?.next == nil)
        guard case .failed = list.ended(.refused(refusal), for: key).continuation else {
            Issue.record("what is refused from the beginning is no cursor")
            return
        }
    }

    @Test func recentWindowsAreReportedOnce() throws {
        let day = 86_400.0
        var list = list(recentSince: 100 * day, cutAt: [50 * day, 100 * day, 120 * day])
        var steps: [Consequence.Step] = []
        var keys: [StreamKey] = []
        while let key = list.nextStream() { keys.append(key) }
        #expect(keys.map { list.request(for: $0, PageChecks()).isHistory } == [false, false, true, true])
        for key in [keys[2], keys[1]] { steps += list.ended(.finished, for: key).steps }
        #expect(steps.isEmpty)
        for key in [keys[0], keys[3]] { steps += list.ended(.finished, for: key).steps }
        #expect(steps == [.recentComplete])
    }

    @Test func aListThatIsCutAtTheRecentRecordsReportsThemToo() throws {
        var list = WindowedList(Self.settings, recentSince: 100 * 86_400 + 5)
        #expect(list.divide(total: 150, starts: []).steps == [.report(.boundaries([100 * 86_400]))])
        let recent = try list.requiredStream()
        #expect(list.ended(.finished, for: recent).steps == [.recentComplete])
    }

    /// Cut at random and killed at random: the windows that are left cover all of time, each moment once.
    @Test func windowsCoverAllOfTimeHoweverOftenTheyAreCut() throws {
        var random = TestSeed.numbers()
        for _ in 0..<100 {
            var events: [ListEvent] = [.boundaries([0])]
            var streams: [StreamKey: RawStream] = [:]
            var list = WindowedList(Self.settings, events: events)
            var cuts = 0
            while let key = list.nextStream() {
                if cuts < 12, Bool.random(using: &random) {
                    cuts += 1
                    // No count divides it further than in halves.
                    var steps = list.ended(.rejected(page(100)), for: key).steps
                    if case .question = list.next() { steps = list.answered(.countsHold(key, false)).steps }
                    for case .report(let event) in steps { events.append(event) }
                } else {
                    streams[key] = RawStream(finished: true, pages: 1, records: 1)
                    _ = list.ended(.finished, for: key)
                }
                if Int.random(in: 0..<5, using: &random) == 0 {
                    list = WindowedList(Self.settings, streams: streams, events: events)
                }
            }
            let spans = list.windows.map(\.span)
            #expect(spans.first?.upper == nil && spans.last?.lower == nil)
            #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.lower == $1.upper })
            #expect(list.windows.allSatisfy { streams[$0.key]?.finished == true })
            #expect(list.orphans(streams).isEmpty)
        }
    }
}
