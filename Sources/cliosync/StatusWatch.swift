import Foundation
import Jobs
import Pipelines
import Progress
import SyncManager

/// `status --watch`: runs of other processes, as their own terminals show them.
struct StatusWatch {
    private struct Firm {
        let name: String
        let manager: SyncManager
        var reader: ProgressReader
        var log: ProgressLog
    }

    private var firms: [Firm]
    private let job: String?
    private var rates = RequestRate()
    private static let beginning = "looks at the job"

    /// - Parameter job: of the only firm; nil: the newest of each.
    init(_ managers: [(name: String, manager: SyncManager)], job: String?, catalog: Catalog) {
        firms = managers.map {
            Firm(
                name: $0.name, manager: $0.manager, reader: ProgressReader(catalog: catalog),
                log: ProgressLog(firm: $0.name, beginning: Self.beginning))
        }
        self.job = job
    }

    /// Shows them until none is at work, or the output is closed.
    mutating func run() async throws {
        var area = LiveArea()
        while Terminal.failure == nil {
            let now = Date().timeIntervalSince1970
            let views = look(now: now)
            guard views.contains(where: { $0.state == .atWork }) else { break }
            if Terminal.showsResults {
                let size = Terminal.resultSize
                Terminal.print(
                    area.draw(lines(views, size, now: now), columns: size.columns, style: Terminal.styled),
                    terminator: "")
            } else {
                for (index, view) in views.enumerated() where view.state == .atWork {
                    if let line = firms[index].log.line(view.view, now: now) { Terminal.print(line) }
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
        Terminal.print(area.erase(columns: Terminal.resultSize.columns), terminator: "")
    }

    private func lines(_ views: [FirmView], _ size: RunScreen.Size, now: Double) -> [RunScreen.Line] {
        // One row for the last line.
        let screen = RunScreen(size: .init(columns: size.columns, rows: size.rows - 1), now: now)
        let lines =
            views.count == 1 ? screen.lines(views[0].view, beginning: Self.beginning) : screen.lines(views)
        let hint = "Ctrl-C ends the watching, not the job"
        return lines + (hint.count < size.columns ? [.init(kind: .rest, text: hint)] : [])
    }

    private mutating func look(now: Double) -> [FirmView] {
        firms.indices.map { index in
            let firm = firms[index]
            // What cannot be read for a moment can be read in the next.
            guard let progress = try? firm.manager.progress(job, by: &firms[index].reader, now: now) else {
                return FirmView(name: firm.name, state: .toCome, view: RunView())
            }
            let process = progress.activities.first { $0.isLive(at: now) }
            let rate = process.flatMap {
                rates.note(
                    $0.requests, run: "\(firm.name) \($0.processID)", budget: $0.budgetPerMinute, at: $0.updatedAt)
            }
            let state: FirmView.State =
                progress.isRunning ? .atWork : progress.job?.status == .completed ? .done : .notDone
            return FirmView(
                name: firm.name, state: state, view: RunView(progress, requestsPerMinute: rate, now: now))
        }
    }
}
