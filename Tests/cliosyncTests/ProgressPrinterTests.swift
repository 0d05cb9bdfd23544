import Foundation
import Jobs
import Testing

@testable import SyncManager
@testable import cliosync

/// What a person sees while a run is at work.
@Suite struct ProgressPrinterTests {
    private func board(begun secondsAgo: Double = 10) -> ProgressBoard {
        let moment = Date().timeIntervalSince1970 - secondsAgo
        return ProgressBoard(clock: { moment })
    }

    @Test func beforeAnythingIsKnownTheBeginningIsSaid() {
        #expect(ProgressPrinter(board(), asksClio: true).lines(width: 80) == ["asks Clio for counts and limits"])
        #expect(ProgressPrinter(board(), asksClio: false).lines(width: 80) == ["looks at the staged files"])
    }

    @Test func everyEntityAtWorkHasALineWithItsShare() {
        let board = board()
        board.begin(phase: "core", entity: "matters", stage: "extract", total: 400)
        board.update(phase: "core", entity: "matters", stage: "extract") { $0.done = 100 }
        board.begin(phase: "core", entity: "contacts", stage: "extract", total: nil)
        board.update(phase: "core", entity: "contacts", stage: "extract") { $0.done = 1_234 }
        let lines = ProgressPrinter(board, asksClio: true).lines(width: 120)
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("extract matters") && lines[0].contains(" 25% 100/400"))
        #expect(lines[1].hasPrefix("extract contacts") && lines[1].contains("1,234"))
        let text = ProgressPrinter(board, asksClio: true).summary(board.snapshot)
        #expect(text == "extract core/matters 100/400 · extract core/contacts 1,234")
    }

    @Test func moreThanWasExpectedIsNoMoreThanAHundredPercent() {
        let board = board()
        board.begin(phase: "core", entity: "matters", stage: "load", total: 10)
        board.update(phase: "core", entity: "matters", stage: "load") {
            $0.done = 12
            $0.isFinished = true
        }
        let line = ProgressPrinter(board, asksClio: true).lines(width: 120)[0]
        #expect(line.contains("100% 10/10") && !line.contains("left"))
    }

    @Test(arguments: [20, 40, 59, 60, 80, 99, 100, 200])
    func noLineIsWiderThanTheTerminal(_ width: Int) {
        let board = board()
        board.begin(phase: "historical", entity: "calendar_entries", stage: "transform", total: 1_000_000_000)
        board.update(phase: "historical", entity: "calendar_entries", stage: "transform") {
            $0.done = 999_999_999
            $0.groups = (complete: 12, of: 345)
        }
        board.wait(.window(opening: "19:00 America/Los_Angeles"), until: Date().timeIntervalSince1970 + 50_000)
        let several = ProgressPrinter([("smith", board), ("a-very-long-name-of-a-firm", board)])
        for line in ProgressPrinter(board, asksClio: true).lines(width: width) + several.lines(width: width) {
            #expect(line.count <= max(20, width - 1), "\(line)")
        }
        #expect(several.lines(width: width).count == 2)
    }

    @Test func aWaitIsToldWithItsReason() {
        let board = board()
        board.wait(.rateLimit, until: Date().timeIntervalSince1970 + 5_000)
        let printer = ProgressPrinter(board, asksClio: true)
        #expect(printer.lines(width: 80).first?.hasPrefix("waits for the rate limit, 1:23:") == true)
        #expect(printer.summary(board.snapshot).hasPrefix("waits for the rate limit, "))
        board.wait(nil)
        #expect(printer.lines(width: 80) == ["asks Clio for counts and limits"])
    }

    @Test func aFirmWhoseTurnHasNotComeHasNoLine() {
        let busy = board()
        busy.begin(phase: "core", entity: "matters", stage: "extract", total: 4)
        let lines = ProgressPrinter([("a", busy), ("b", board())]).lines(width: 120)
        #expect(lines == ["a: extract core/matters 0/4"])
    }
}
