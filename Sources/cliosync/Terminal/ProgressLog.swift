import Jobs
import Staging

/// When a pipe gets a line about a run, and what it says: at every change of what is at work, and at least once a minute.
struct ProgressLog {
    /// Seconds: less than a minute, so that a line is late and still within it.
    static let heartbeat = 55.0
    /// Seconds between two lines: stages of small lists end in the same moment.
    private static let least = 1.0

    private let firm: String
    private let beginning: String
    private var writtenAt: Double?
    private var written: Work?

    /// - Parameter beginning: what is done before there is anything to show.
    init(firm: String, beginning: String) {
        self.firm = firm
        self.beginning = beginning
    }

    /// What is at work: a line follows when that changes.
    private struct Work: Equatable {
        var rows: [String]
        var lists: RunView.Share?
        /// A wait of hours; one for the rate limit is a part of the work.
        var window: String?
    }

    /// The line of this moment; nil: nothing new.
    mutating func line(_ view: RunView, now: Double) -> String? {
        let work = Work(
            rows: view.rows.map { "\($0.stage) \($0.phase)/\($0.entity)" }, lists: view.lists,
            window: view.wait.flatMap { $0.reason.isWindow ? $0.reason.text : nil })
        if let writtenAt {
            let since = now - writtenAt
            guard since >= Self.heartbeat || work != written && since >= Self.least else { return nil }
        }
        writtenAt = now
        written = work
        return "\(UTC.text(secondsSince1970: Int64(now))) \(firm): \(text(view, now: now))"
    }

    private func text(_ view: RunView, now: Double) -> String {
        var parts: [String] = []
        let head = RunHead(view).sentence
        if !head.isEmpty { parts.append(head) }
        if let wait = view.wait {
            parts.append(Terminal.safe(Format.waiting(wait.reason.text, until: wait.until, now: now)))
        }
        parts += view.rows.map(Self.text)
        if view.rows.isEmpty, view.wait == nil, let last = view.last { parts.append(Self.text(last) + " done") }
        if let lists = view.lists {
            parts.append("\(Format.count(lists.done)) of \(Format.count(lists.of)) lists done")
        }
        return parts.isEmpty ? beginning : parts.joined(separator: " · ")
    }

    private static func text(_ row: RunView.Row) -> String {
        "\(row.stage) \(row.phase)/\(row.entity)"
            + (row.done > 0 || row.total != nil ? " \(Format.count(row.done))" : "")
            + (row.total.map { "/\(Format.count($0))" } ?? "")
            + (row.groups.map { ", \($0.done) of \($0.of) groups" } ?? "")
    }
}
