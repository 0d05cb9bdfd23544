import Foundation
import Jobs
import Testing

@testable import SyncManager
@testable import cliosync

/// What a board becomes on a terminal.
@Suite struct ProgressPrinterTests {
    private static let now = 1_796_000_000.0

    private func board() -> ProgressBoard { ProgressBoard(clock: { Self.now - 10 }) }

    private func lines(_ printer: ProgressPrinter, _ columns: Int = 80, rows: Int = 24) -> [String] {
        printer.lines(.init(columns: columns, rows: rows), now: Self.now).map(\.text)
    }

    private func printer(_ board: ProgressBoard, asksClio: Bool = true) -> ProgressPrinter {
        ProgressPrinter(board, firm: "smith", asksClio: asksClio)
    }

    @Test func beforeAnythingIsKnownTheBeginningIsShown() {
        #expect(lines(printer(board())) == ["asks Clio for counts and limits"])
        #expect(lines(printer(board(), asksClio: false)) == ["looks at the staged files"])
    }

    @Test func everyListAtWorkHasALineAndThoseThatEndedACount() {
        let board = board()
        board.begin(phase: "core", entity: "matters", stage: "extract", total: 400)
        board.update(phase: "core", entity: "matters", stage: "extract") { $0.done = 100 }
        board.begin(phase: "core", entity: "contacts", stage: "extract", total: nil)
        board.update(phase: "core", entity: "contacts", stage: "extract") { $0.done = 1_234 }
        board.begin(phase: "core", entity: "users", stage: "load", total: 10)
        board.update(phase: "core", entity: "users", stage: "load") {
            $0.done = 10
            $0.isFinished = true
        }
        #expect(
            lines(printer(board), 120) == [
                "extract  core/matters   [█████···············]  25 %  100/400",
                "extract  core/contacts                                  1,234",
                "1 of 3 lists done",
            ])
    }

    @Test func moreThanWasExpectedIsNoMoreThanAHundredPercent() {
        let board = board()
        board.begin(phase: "core", entity: "matters", stage: "load", total: 10)
        board.update(phase: "core", entity: "matters", stage: "load") { $0.done = 12 }
        #expect(lines(printer(board), 120)[0].hasSuffix("100 %  10/10"))
    }

    @Test func aWaitIsShownUntilItIsOver() {
        let board = board()
        board.wait(.rateLimit, until: Self.now + 5_000)
        #expect(lines(printer(board)) == ["waits for the rate limit, 1:23:20"])
        board.wait(nil)
        #expect(lines(printer(board)) == ["asks Clio for counts and limits"])
    }

    @Test func aFirmHasALineFromItsBeginningToItsEnd() {
        let busy = board()
        busy.begin(phase: "core", entity: "matters", stage: "extract", total: 4)
        let printer = ProgressPrinter([.init(firm: "a", board: busy), .init(firm: "b", board: board())])
        #expect(lines(printer, 120) == ["2 firms · 1 at work · 1 to come", "a  0  extract core/matters"])
        printer.end("a", isDone: false)
        #expect(lines(printer, 120) == ["2 firms · 1 not done · 1 to come"])
    }
}
