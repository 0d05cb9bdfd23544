import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// Which window comes next and where a list is cut, against windows that exist in numbers only.
@Suite struct WindowedListTests {
    private static let limit = 100

    private func page(_ total: Int, next: String? = nil) -> CutPage {
        var page = CutPage()
        page.total = total
        page.next = next
        return page
    }

    @Test func theNewestWindowComesFirst() throws {
        var list = WindowedList(limit: Self.limit)
        #expect(!list.isCut)
        let cut = list.cut(TimeWindow.all.key, at: [20, 10])
        #expect(cut.steps == [.report(.boundaries([20, 10]))])
        let spans = [list.next(), list.next(), list.next(), list.next()].map { $0?.span }
        #expect(
            spans == [
                TimeWindow(lower: 20, upper: nil), TimeWindow(lower: 10, upper: 20), TimeWindow(lower: nil, upper: 10),
                nil,
            ])
    }

    @Test func aWindowThatIsTooLongIsCutBeforeAPageIsKept() throws {
        var list = WindowedList(limit: Self.limit, events: [.boundaries([10])])
        let next = list.next()
        let window = try #require(next)
        #expect(list.accepts(page(99), for: window.key) && !list.accepts(page(100), for: window.key))
        guard case .cut(total: 100, _) = list.ended(.rejected(page(100)), for: window.key).continuation else {
            Issue.record("the window is not cut")
            return
        }
        #expect(list.cut(window.key, at: [30]).steps == [.report(.boundaries([30]))])
        #expect(list.windows.map(\.span.lower) == [30, 10, nil])
        // One that cannot be cut is fetched as far as Clio shows it.
        let following = list.next()
        let newest = try #require(following)
        _ = list.ended(.rejected(page(100)), for: newest.key)
        #expect(list.cut(newest.key, at: []).steps.isEmpty)
        #expect(list.next()?.key == newest.key && list.accepts(page(100), for: newest.key))
    }

    @Test func aWindowThatEndsAtTheLimitIsCutOrReported() throws {
        var list = WindowedList(limit: Self.limit, events: [.boundaries([10])])
        let next = list.next()
        let window = try #require(next)
        list.received(page(50, next: "a"), for: window.key)
        guard case .cut(total: 50, _) = list.ended(.limitReached, for: window.key).continuation else {
            Issue.record("the window is not cut")
            return
        }
        var cut = list
        #expect(cut.cut(window.key, at: [30]).steps == [.report(.boundaries([30])), .end(window.key)])
        let steps = list.cut(window.key, at: []).steps
        #expect(steps == [.report(.limitReached(window.key, passedBy: nil, shown: 100)), .end(window.key)])
    }

    @Test func aLostCursorBeginsTheWindowAgain() throws {
        let key = TimeWindow(lower: 10, upper: nil).key
        let known = RawStream(next: "a", finished: false, pages: 1, records: 10)
        var list = WindowedList(limit: Self.limit, streams: [key: known], events: [.boundaries([10])])
        #expect(list.next()?.next == "a")
        let refusal = ClioError(.refused, "no such cursor")
        #expect(list.ended(.refused(refusal), for: key).steps == [.report(.cursorLost(key))])
        let again = list.next()
        #expect(again?.key == key && again?.next == nil)
        guard case .failed = list.ended(.refused(refusal), for: key).continuation else {
            Issue.record("what is refused from the beginning is no cursor")
            return
        }
    }

    @Test func recentWindowsAreReportedOnce() throws {
        let day = 86_400.0
        var list = WindowedList(
            limit: Self.limit, recentSince: 100 * day, events: [.boundaries([50 * day, 100 * day, 120 * day])])
        var steps: [Consequence.Step] = []
        var windows: [WindowedList.Window] = []
        while let window = list.next() { windows.append(window) }
        #expect(windows.map { list.isHistory($0.span) } == [false, false, true, true])
        for window in [windows[2], windows[1]] { steps += list.ended(.finished, for: window.key).steps }
        #expect(steps.isEmpty)
        for window in [windows[0], windows[3]] { steps += list.ended(.finished, for: window.key).steps }
        #expect(steps == [.recentComplete])
    }

    /// Cut at random and killed at random: the windows that are left cover all of time, each moment once.
    @Test func windowsCoverAllOfTimeHoweverOftenTheyAreCut() throws {
        var random = TestSeed.numbers()
        for _ in 0..<100 {
            var events: [ListEvent] = []
            var streams: [StreamKey: RawStream] = [:]
            var list = WindowedList(limit: Self.limit)
            var cuts = 0
            while let window = list.next() {
                if cuts < 12, Bool.random(using: &random) || !list.isCut {
                    cuts += 1
                    _ = list.ended(.rejected(page(100)), for: window.key)
                    let edges = (0..<3).map { _ in Double(Int.random(in: -50...50, using: &random)) }
                    for case .report(let event) in list.cut(window.key, at: edges).steps { events.append(event) }
                } else {
                    streams[window.key] = RawStream(finished: true, pages: 1, records: 1)
                    _ = list.ended(.finished, for: window.key)
                }
                if Int.random(in: 0..<5, using: &random) == 0 {
                    list = WindowedList(limit: Self.limit, streams: streams, events: events)
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
