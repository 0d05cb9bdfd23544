import Foundation
import Jobs
import Progress
import Synchronization
import SyncManager

/// Draws the progress board on stderr: bars on a terminal, a plain line now and then in a pipe.
final class ProgressPrinter: Sendable {
    private let boards: [(name: String, board: ProgressBoard)]
    private let isDone = Atomic<Bool>(false)
    private let isStarted = Atomic<Bool>(false)
    private let finished = DispatchSemaphore(value: 0)
    /// Neither a terminal nor a pipe is silent for longer than this.
    private static let heartbeat = Duration.seconds(5)

    /// What is said before there is anything to tell.
    private let beginning: String

    /// - Parameter asksClio: whether the work begins with questions to Clio.
    convenience init(_ board: ProgressBoard, asksClio: Bool) { self.init([("", board)], asksClio: asksClio) }

    /// Several firms side by side; there is at least one.
    init(_ boards: [(name: String, board: ProgressBoard)], asksClio: Bool = true) {
        self.boards = boards
        beginning = asksClio ? "asks Clio for counts and limits" : "looks at the staged files"
    }

    /// Starts its own thread: no drawing on Swift's pool. A second call does nothing.
    func start() {
        guard !isStarted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        Thread.detachNewThread { [self] in
            if Terminal.isInteractive, Terminal.style == .text { drawBars() } else { writeLines() }
            finished.signal()
        }
    }

    /// Ends the drawing; returns when the last line is written.
    func stop() {
        isDone.store(true, ordering: .releasing)
        guard isStarted.load(ordering: .acquiring) else { return }
        finished.wait()
    }

    private func drawBars() {
        var drawn = 0
        while true {
            let done = isDone.load(ordering: .acquiring)
            let lines = lines(width: Terminal.width)
            var text = drawn > 0 ? "\u{1B}[\(drawn)A" : ""
            for line in lines { text += "\r\u{1B}[2K\(line)\n" }
            // Fewer lines than before: wipe what is left below.
            text += "\u{1B}[J"
            Terminal.write(text)
            drawn = lines.count
            if done { return }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private func writeLines() {
        var written = [Written](repeating: Written(), count: boards.count)
        while !isDone.load(ordering: .acquiring) {
            let (now, instant) = (Date().timeIntervalSince1970, ContinuousClock.now)
            for (index, entry) in boards.enumerated() {
                let snapshot = entry.board.snapshot
                let ended = snapshot.rows.filter(\.isFinished).count
                let state = written[index]
                // A firm whose turn has not come, or is over, has nothing to tell.
                if boards.count > 1, snapshot.version == 0 || snapshot.version == state.version, snapshot.waiting == nil
                {
                    continue
                }
                // A wait of hours is announced when it begins.
                let held = snapshot.waiting.flatMap {
                    $0.reason.isWindow && $0.until > now ? $0.reason : nil
                }
                let isDue = state.at.map { instant - $0 >= Self.heartbeat } ?? true
                guard
                    isDue || (held != nil && held != state.held)
                        || (ended != state.finished && snapshot.version != state.version)
                else { continue }
                let name = boards.count > 1 ? "\(entry.name): " : ""
                Terminal.note(Terminal.safe("progress: \(name)\(summary(snapshot))"))
                written[index] = Written(at: instant, version: snapshot.version, finished: ended, held: held)
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    /// What was last written of a board.
    private struct Written {
        var at: ContinuousClock.Instant?
        var version = -1
        var finished = 0
        var held: JobWait?
    }

    /// One line per entity at work, and one for what the run waits for; with several firms, one line per firm.
    func lines(width: Int) -> [String] {
        guard boards.count > 1 else { return lines(boards[0].board.snapshot, width: width) }
        return boards.compactMap { name, board in
            let snapshot = board.snapshot
            guard !snapshot.rows.isEmpty || snapshot.waiting != nil else { return nil }
            return String("\(name): \(summary(snapshot))".prefix(max(20, width - 1)))
        }
    }

    private func lines(_ snapshot: ProgressBoard.Snapshot, width: Int) -> [String] {
        let now = Date().timeIntervalSince1970
        var lines: [String] = []
        for row in snapshot.rows where !row.isFinished || row.phase == snapshot.rows.last?.phase {
            let isNarrow = width < 60
            let name =
                isNarrow
                ? row.entity.padding(toLength: 17, withPad: " ", startingAt: 0)
                : "\(row.stage) \(row.entity)".padding(toLength: 25, withPad: " ", startingAt: 0)
            var line = name
            if let total = row.total, total > 0 {
                // A record that is fetched twice is one record.
                let done = min(row.done, total)
                let share = Double(done) / Double(total)
                line += Format.bar(share, isNarrow ? 5 : width < 100 ? 10 : 20)
                line += String(format: " %3.0f%% ", share * 100)
                line += isNarrow ? Format.count(done) : "\(Format.count(done))/\(Format.count(total))"
                let entity = snapshot.progress?.entities.first { $0.phase == row.phase && $0.entity == row.entity }
                if !row.isFinished, let left = entity?.secondsLeft, entity?.work?.stage == row.stage {
                    line += "  \(Format.duration(Double(left))) left"
                }
            } else {
                line += row.isFinished ? "done  \(Format.count(row.done))" : "\(Format.count(row.done))"
            }
            if let groups = row.groups, !row.isFinished { line += "  \(groups.complete) of \(groups.of) groups" }
            lines.append(String(line.prefix(max(20, width - 1))))
        }
        if let total = snapshot.progress.flatMap(Self.total) { lines.append(String(total.prefix(max(20, width - 1)))) }
        if let waiting = snapshot.waiting, waiting.until > now {
            let line = Format.waiting(waiting.reason.text, until: waiting.until, now: now)
            lines.append(Terminal.dim(String(line.prefix(max(20, width - 1)))))
        } else if snapshot.rows.isEmpty {
            lines.append(Terminal.dim(beginning))
        }
        return lines
    }

    /// The whole job: `43 % fetched · 12 % loaded · 4:37 left`.
    private static func total(_ progress: JobProgress) -> String? {
        guard let fetched = progress.fetchedPercent else { return nil }
        var parts = ["\(Int(fetched)) % fetched"]
        if let loaded = progress.loadedPercent { parts.append("\(Int(loaded)) % loaded") }
        if let left = progress.secondsLeft { parts.append("\(Format.duration(Double(left))) left") }
        return parts.joined(separator: " · ")
    }

    /// Everything at work in one line.
    func summary(_ snapshot: ProgressBoard.Snapshot) -> String {
        let now = Date().timeIntervalSince1970
        let rows = snapshot.rows.filter { !$0.isFinished }
        var parts = rows.map { row in
            let total = row.total.map { "/\(Format.count($0))" } ?? ""
            return "\(row.stage) \(row.phase)/\(row.entity) \(Format.count(row.done))\(total)"
                + (row.groups.map { ", \($0.complete) of \($0.of) groups" } ?? "")
        }
        if rows.isEmpty, let last = snapshot.rows.last {
            parts = ["\(last.stage) \(last.phase)/\(last.entity) done, \(Format.count(last.done))"]
        }
        if let waiting = snapshot.waiting, waiting.until > now {
            parts.insert(Format.waiting(waiting.reason.text, until: waiting.until, now: now), at: 0)
        }
        if let total = snapshot.progress.flatMap(Self.total) { parts.append(total) }
        if snapshot.requests > 0 { parts.append("\(Format.count(snapshot.requests)) requests") }
        return parts.isEmpty ? beginning : parts.joined(separator: " · ")
    }
}
