import Foundation
import Progress
import Synchronization
import SyncManager

/// Shows runs of this process on stderr: a screen on a terminal, lines in a pipe.
final class ProgressPrinter: Sendable {
    /// One firm's run.
    struct Run: Sendable {
        let firm: String
        let board: ProgressBoard
    }

    private let runs: [Run]
    private let isDone = Atomic<Bool>(false)
    private let isStarted = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    /// Firms whose run is over, and whether it came to its end.
    private let endings = Mutex<[String: Bool]>([:])
    private let rates = Mutex(RequestRate())

    /// What is done before there is anything to show.
    private let beginning: String

    /// - Parameter asksClio: whether the work begins with questions to Clio.
    convenience init(_ board: ProgressBoard, firm: String, asksClio: Bool) {
        self.init([Run(firm: firm, board: board)], asksClio: asksClio)
    }

    /// Several firms side by side; there is at least one.
    init(_ runs: [Run], asksClio: Bool = true) {
        self.runs = runs
        beginning = asksClio ? "asks Clio for counts and limits" : "looks at the staged files"
    }

    /// Starts its own thread: no drawing on Swift's pool. A second call does nothing.
    func start() {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Thread.detachNewThread { [self] in
            if Terminal.isInteractive, Terminal.style == .text { draw() } else { write() }
            finished.signal()
        }
    }

    /// Ends the drawing; returns when the last line is written.
    func stop() {
        isDone.store(true, ordering: .releasing)
        guard isStarted.load(ordering: .acquiring) else { return }
        finished.wait()
    }

    /// Says that the run of a firm is over.
    func end(_ firm: String, isDone: Bool) { endings.withLock { $0[firm] = isDone } }

    private func draw() {
        while true {
            let isLast = isDone.load(ordering: .acquiring)
            let size = Terminal.size
            Terminal.draw(lines(size, now: Date().timeIntervalSince1970), columns: size.columns)
            if isLast { return Terminal.endDrawing(columns: size.columns) }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private func write() {
        var logs = runs.map { ProgressLog(firm: $0.firm, beginning: beginning) }
        while !isDone.load(ordering: .acquiring) {
            let now = Date().timeIntervalSince1970
            let over = endings.withLock { Set($0.keys) }
            for (index, run) in runs.enumerated() where !over.contains(run.firm) {
                let view = view(run, now: now)
                // A firm whose turn has not come has nothing to say.
                if runs.count > 1, !view.isBegun { continue }
                if let line = logs[index].line(view, now: now) { Terminal.note("progress: \(line)") }
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// The screen at a moment.
    /// - Parameter now: seconds since 1970.
    func lines(_ size: RunScreen.Size, now: Double) -> [RunScreen.Line] {
        let screen = RunScreen(size: size, now: now)
        guard runs.count > 1 else { return screen.lines(view(runs[0], now: now), beginning: beginning) }
        let endings = endings.withLock { $0 }
        return screen.lines(
            runs.map { run in
                let view = view(run, now: now)
                let state: FirmView.State =
                    endings[run.firm].map { $0 ? .done : .notDone } ?? (view.isBegun ? .atWork : .toCome)
                return FirmView(name: run.firm, state: state, view: view)
            })
    }

    private func view(_ run: Run, now: Double) -> RunView {
        let snapshot = run.board.snapshot
        let rate = rates.withLock {
            $0.note(snapshot.requests, run: run.firm, budget: snapshot.budgetPerMinute, at: now)
        }
        return RunView(snapshot, requestsPerMinute: rate, now: now)
    }
}
