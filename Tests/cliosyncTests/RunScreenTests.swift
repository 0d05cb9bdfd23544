import Foundation
import Jobs
import TestSupport
import Testing

@testable import cliosync

/// What a terminal shows of a run, at every size.
@Suite struct RunScreenTests {
    private static let now = 1_796_000_000.0

    private static func row(_ stage: String, _ phase: String, _ entity: String, _ done: Int, _ total: Int?)
        -> RunView.Row
    {
        RunView.Row(phase: phase, entity: entity, stage: stage, done: done, total: total)
    }

    /// The middle of a run.
    static let middle: RunView = {
        var view = RunView()
        view.fetchedPercent = 43.7
        view.loadedPercent = 12.2
        view.records = 128_400
        view.expected = 298_000
        view.requests = 660
        view.requestsPerMinute = 43
        view.budgetPerMinute = 45
        view.secondsLeft = 760
        view.flagged = 312
        view.rows = [
            row("extract", "historical", "time_entries", 10_123, 23_968),
            row("transform", "supporting", "calendar_entries", 9_000, 12_000),
        ]
        view.rows[0].secondsLeft = 190
        view.lists = RunView.Share(done: 5, of: 8)
        view.isBegun = true
        return view
    }()

    private func text(_ view: RunView, _ columns: Int, _ rows: Int) -> [String] {
        RunScreen(size: .init(columns: columns, rows: rows), now: Self.now).lines(view, beginning: "begins").map(\.text)
    }

    @Test func aWideTerminalHasAllFactsInOneHead() {
        #expect(
            text(Self.middle, 200, 24) == [
                "[████████············] 43 % fetched · 12 % loaded · 128,400 of 298,000 records · "
                    + "43 of 45 requests a minute · 12:40 left · 312 flagged",
                "extract    historical/time_entries      [████████············]  42 %  10,123/23,968  3:10 left",
                "transform  supporting/calendar_entries  [███████████████·····]  75 %   9,000/12,000",
                "5 of 8 lists done",
            ])
    }

    @Test func eightyColumnsHaveShorterForms() {
        #expect(
            text(Self.middle, 80, 24) == [
                "[███·····] 43 % fetched  128,400/298,000  43/45/min  12:40 left  312 flagged",
                "extract    historical/time_entries      [██···]  42 %  10,123/23,968  3:10 left",
                "transform  supporting/calendar_entries  [███··]  75 %   9,000/12,000",
                "5 of 8 lists done",
            ])
    }

    @Test func fortyColumnsAndTwelveRowsShowTheSame() {
        #expect(
            text(Self.middle, 40, 12) == [
                "[██···] 43 % fetched  12 % loaded",
                "128,400/298,000  43/45/min  12:40 left",
                "312 flagged",
                "historical/time_entries      42 %",
                "supporting/calendar_entries  75 %",
                "5 of 8 lists done",
            ])
    }

    /// A full bar beside minutes left would say nothing.
    @Test func theBarIsOfTheLoadWhenAllIsFetched() {
        var view = Self.middle
        view.fetchedPercent = 100
        #expect(text(view, 200, 24)[0].hasPrefix("[██··················] 12 % loaded · 100 % fetched · 128,400 of "))
        #expect(text(view, 80, 24)[0].hasPrefix("[········] 12 % loaded  128,400/298,000  "))
        view.loadedPercent = nil
        #expect(text(view, 80, 24)[0].hasPrefix("[████████] 100 % fetched  128,400/298,000  "))
    }

    @Test func aStageThatHasDoneNothingShowsNoNumber() {
        var view = Self.middle
        view.rows = [Self.row("verify", "core", "matters", 0, nil), Self.row("load", "core", "contacts", 7, nil)]
        #expect(Array(text(view, 80, 24)[1...2]) == ["verify  core/matters", "load    core/contacts  7"])
    }

    @Test func moreAtWorkThanTheHeightAllowsIsCounted() {
        var view = Self.middle
        view.rows = (1...20).map { Self.row("load", "historical", "list_\($0)", $0, 40) }
        let lines = text(view, 80, 12)
        #expect(lines.count == 11)
        #expect(lines.last == "5 of 8 lists done · 11 more at work")
        #expect(lines[1].hasPrefix("load  historical/list_1 "))
    }

    @Test func aWaitIsTheLastLine() {
        var view = Self.middle
        view.wait = RunView.Wait(reason: .window(opening: "19:00 America/Los_Angeles"), until: Self.now + 18_723)
        #expect(text(view, 80, 24).last == "waits for the window, 19:00 America/Los_Angeles, 5:12:03")
        #expect(text(view, 40, 12).last == "waits, 5:12:03")
    }

    @Test func beforeAnythingIsKnownTheBeginningIsShown() {
        #expect(text(RunView(), 80, 24) == ["begins"])
    }

    @Test func theHeadLeavesOutWhatMattersLeastFirst() {
        #expect(
            RunHead(Self.middle).lines(columns: 36, most: 2) == [
                "43 % fetched  128,400/298,000", "43/45/min  12:40 left  312 flagged",
            ])
        #expect(RunHead(Self.middle).lines(columns: 36, most: 1) == ["[██···] 43 % fetched  12:40 left"])
        #expect(RunHead(Self.middle).lines(columns: 13, most: 1) == ["43 % fetched"])
        #expect(RunHead(Self.middle).lines(columns: 8, most: 1) == [])
    }

    @Test func eachFirmAtWorkHasALineAndTheOthersACount() {
        var firms = [
            FirmView(name: "smith", state: .atWork, view: Self.middle),
            FirmView(name: "miller-and-sons", state: .atWork, view: Self.middle),
            FirmView(name: "a", state: .done, view: Self.middle), FirmView(name: "b", state: .notDone, view: RunView()),
            FirmView(name: "c", state: .toCome, view: RunView()),
        ]
        firms[1].view.rows.removeLast()
        let lines = RunScreen(size: .init(columns: 120, rows: 24), now: Self.now).lines(firms).map(\.text)
        #expect(
            lines
                == [
                    "5 firms · 2 at work · 1 done · 1 not done · 1 to come",
                    "smith            [████······]  43 % fetched  128,400/298,000  12:40 left  extract historical/time_entries and 1 more",
                    "miller-and-sons  [████······]  43 % fetched  128,400/298,000  12:40 left  extract historical/time_entries",
                ])
        let narrow = RunScreen(size: .init(columns: 40, rows: 3), now: Self.now).lines(firms).map(\.text)
        #expect(narrow.count == 2 && narrow[1] == "and 2 more at work")
    }

    // MARK: Any view at any size

    private static func random(_ numbers: inout some RandomNumberGenerator) -> RunView {
        func maybe<T>(_ value: T) -> T? { Bool.random(using: &numbers) ? value : nil }
        func count() -> Int {
            var most = 1
            for _ in 0..<Int.random(in: 0...12, using: &numbers) { most *= 10 }
            return Int.random(in: 0...most, using: &numbers)
        }
        var view = RunView()
        view.fetchedPercent = maybe(Double.random(in: 0...100, using: &numbers))
        view.loadedPercent = maybe(Double.random(in: 0...100, using: &numbers))
        view.records = count()
        view.expected = maybe(count())
        view.requests = count()
        view.requestsPerMinute = maybe(count())
        view.budgetPerMinute = maybe(count())
        view.secondsLeft = maybe(count())
        view.flagged = maybe(count())
        let reasons: [JobWait] = [
            .rateLimit, .enforcedRateLimit, .window(opening: "19:00 America/Los_Angeles"),
            .other("漢字 \u{1B}[31m 12,345"),
        ]
        view.wait = maybe(
            RunView.Wait(
                reason: reasons.randomElement(using: &numbers) ?? .rateLimit,
                until: now + Double.random(in: 1...1e6, using: &numbers)))
        view.rows = (0..<Int.random(in: 0...30, using: &numbers)).map { index in
            var row = RunView.Row(
                phase: ["core", "historical", "a_long_name_of_a_phase_2"].randomElement(using: &numbers) ?? "",
                entity: ["matters", "calendar_entries", "custom_field_12345"].randomElement(using: &numbers) ?? "",
                stage: ["extract", "transform", "load", "verify"].randomElement(using: &numbers) ?? "", done: count(),
                total: maybe(count()))
            row.done = row.total.map { min($0, row.done) } ?? row.done
            row.secondsLeft = maybe(count())
            row.groups = maybe(RunView.Share(done: count(), of: count()))
            return row
        }
        view.lists = maybe(RunView.Share(done: count(), of: count()))
        view.isBegun = true
        return view
    }

    /// All numbers that may be shown, as they are written.
    private static func numbers(_ view: RunView, _ now: Double) -> Set<String> {
        var counts = [view.records, view.requests]
        counts += [view.expected, view.requestsPerMinute, view.budgetPerMinute, view.flagged].compactMap { $0 }
        counts += [view.lists?.done, view.lists?.of].compactMap { $0 }
        var texts = [view.fetchedPercent, view.loadedPercent].compactMap { $0 }.map { "\(Int($0))" }
        texts += view.secondsLeft.map { [Format.duration(Double($0))] } ?? []
        texts += view.wait.map { [Format.duration($0.until - now), "19:00", "12,345", "31", "1"] } ?? []
        for row in view.rows {
            counts += [row.done, row.total ?? 0]
            texts += [row.share.map { "\(Int($0 * 100))" }, row.secondsLeft.map { Format.duration(Double($0)) }]
                .compactMap { $0 }
            texts += row.groups.map { ["\($0.done)", "\($0.of)"] } ?? []
            texts += ["2", "12345"]
        }
        return Set(texts + counts.map(Format.count) + (0...40).map(String.init))
    }

    @Test func noLineIsWiderThanTheTerminalAndNoNumberIsCut() {
        var random = TestSeed.numbers()
        for _ in 0..<400 {
            let view = Self.random(&random)
            let known = Self.numbers(view, Self.now)
            let size = RunScreen.Size(
                columns: [Int.random(in: 1...60, using: &random), 40, 80, 132, 200].randomElement(using: &random) ?? 80,
                rows: [Int.random(in: 1...12, using: &random), 12, 24].randomElement(using: &random) ?? 24)
            let screen = RunScreen(size: size, now: Self.now)
            let firms = (0..<Int.random(in: 2...20, using: &random)).map { index in
                FirmView(
                    name: ["smith", "miller-and-sons", "a-very-long-name-of-a-firm"][index % 3],
                    state: FirmView.State.allCases.randomElement(using: &random) ?? .atWork, view: view)
            }
            for lines in [screen.lines(view, beginning: "asks Clio for counts"), screen.lines(firms)] {
                #expect(lines.count <= max(1, size.rows - 1), "\(size)")
                for line in lines {
                    #expect(Terminal.columns(line.text) <= max(1, size.columns - 1), "\(size): \(line.text)")
                    #expect(!line.text.unicodeScalars.contains { $0.value < 0x20 })
                    for number in line.text.matches(of: /\d[\d,:]*/).map({ String($0.output) }) {
                        let whole = number.hasSuffix(",") || number.hasSuffix(":") ? String(number.dropLast()) : number
                        #expect(known.contains(whole), "\(size): \(whole) in \(line.text)")
                    }
                }
            }
        }
    }
}

/// What a pipe gets of a run.
@Suite struct ProgressLogTests {
    @Test func aChangeHasALineAndSilenceLastsLessThanAMinute() {
        var log = ProgressLog(firm: "smith", beginning: "asks Clio")
        var view = RunView()
        #expect(log.line(view, now: 1_796_000_000) == "2026-11-30T00:53:20Z smith: asks Clio")
        #expect(log.line(view, now: 1_796_000_010) == nil)
        view = RunScreenTests.middle
        let line = log.line(view, now: 1_796_000_011)
        #expect(
            line == "2026-11-30T00:53:31Z smith: 43 % fetched, 12 % loaded, 128,400 of 298,000 records, "
                + "43 of 45 requests a minute, 12:40 left, 312 flagged · extract historical/time_entries 10,123/23,968 · "
                + "transform supporting/calendar_entries 9,000/12,000 · 5 of 8 lists done")
        // Numbers alone are no change.
        view.records += 1_000
        #expect(log.line(view, now: 1_796_000_030) == nil)
        #expect(log.line(view, now: 1_796_000_066)?.contains("129,400 of 298,000 records") == true)
        view.rows.removeLast()
        #expect(log.line(view, now: 1_796_000_068)?.contains("transform") == false)
        // A wait for the rate limit is a part of the work; one for the window is none.
        view.wait = RunView.Wait(reason: .rateLimit, until: 1_796_000_100)
        #expect(log.line(view, now: 1_796_000_070) == nil)
        view.wait = RunView.Wait(reason: .window(opening: "19:00 UTC"), until: 1_796_009_000)
        #expect(log.line(view, now: 1_796_000_072)?.contains("waits for the window, 19:00 UTC, 2:28:48") == true)
    }
}

/// What is drawn again and again, and what is written between.
@Suite struct LiveAreaTests {
    private func line(_ text: String) -> RunScreen.Line { RunScreen.Line(kind: .work, text: text) }

    @Test func otherTextGoesAboveTheLinesThatAreDrawn() {
        var area = LiveArea()
        #expect(area.erase(columns: 80).isEmpty)
        #expect(area.draw([line("a"), line("b")], columns: 80) == "\r\u{1B}[2Ka\n\r\u{1B}[2Kb\n\u{1B}[J")
        #expect(area.draw([line("c")], columns: 80) == "\u{1B}[2A\r\u{1B}[2Kc\n\u{1B}[J")
        #expect(area.erase(columns: 80) == "\u{1B}[1A\r\u{1B}[J")
        #expect(area.draw([line("d")], columns: 80) == "\r\u{1B}[2Kd\n\u{1B}[J")
    }

    @Test func aTerminalThatBecameNarrowerHasWrappedTheLines() {
        var area = LiveArea()
        _ = area.draw([line(String(repeating: "x", count: 79)), line("y")], columns: 80)
        #expect(area.erase(columns: 40) == "\u{1B}[3A\r\u{1B}[J")
    }
}
