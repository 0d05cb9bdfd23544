import Foundation
import Jobs

/// Lays a run out for a terminal: one head, what is at work, and a count of the rest.
///
/// A pure function of what is shown, the size and the time. No line is wider than the terminal, all of them fit into its
/// height, and a number is shown whole or not at all.
struct RunScreen {
    /// Columns and rows of the terminal.
    let size: Size
    /// Seconds since 1970.
    let now: Double

    struct Size: Sendable, Equatable {
        var columns: Int
        var rows: Int
    }

    /// One line, and how it looks where colors are welcome.
    struct Line: Sendable, Equatable {
        enum Kind: Sendable { case head, work, rest, wait }
        var kind: Kind
        var text: String
    }

    /// One run. The last column stays free: some terminals break a line there.
    func lines(_ view: RunView, beginning: String) -> [Line] {
        guard view.isBegun else { return [Line(kind: .rest, text: clipped(beginning))] }
        let wait = view.wait.flatMap { waiting($0) }.map { Line(kind: .wait, text: $0) }
        let head = RunHead(view).lines(columns: columns, most: max(1, min(3, height - 3)))
            .map { Line(kind: .head, text: $0) }
        var left = height - head.count - (wait == nil ? 0 : 1)
        let needsRest = view.lists != nil || view.rows.count > left
        if needsRest { left -= 1 }
        let shown = Array(view.rows.prefix(max(0, left)))
        let work = table(shown, RunScreen.layouts).map { Line(kind: .work, text: $0) }
        let rest = needsRest ? self.rest(view, hidden: view.rows.count - shown.count) : nil
        let all = head + work + [rest.map { Line(kind: .rest, text: $0) }, wait].compactMap { $0 }
        return Array(all.prefix(height))
    }

    /// Several firms: one line for each that is at work, the others folded into the head.
    func lines(_ firms: [FirmView]) -> [Line] {
        let counts = Dictionary(grouping: firms, by: \.state).mapValues(\.count)
        let words =
            ["\(Format.count(firms.count)) firms"]
            + FirmView.State.allCases.compactMap { state in
                counts[state].map { "\(Format.count($0)) \(state.rawValue)" }
            }
        let head = filled(words, most: max(1, min(3, height - 2)), separators: [" · ", "  "])
        let active = firms.filter { $0.state == .atWork }
        let most = max(0, height - head.count)
        let fits = active.count <= most
        let shown = Array(active.prefix(fits ? most : max(0, most - 1)))
        var lines = head.map { Line(kind: .head, text: $0) }
        lines += table(shown, layouts(now: now)).map { Line(kind: .work, text: $0) }
        if !fits, lines.count < height {
            lines +=
                fitted(["and \(active.count - shown.count) more at work", "+\(active.count - shown.count)"])
                .map { [Line(kind: .rest, text: $0)] } ?? []
        }
        return Array(lines.prefix(height))
    }

    // MARK: Parts

    private var columns: Int { max(1, size.columns - 1) }
    private var height: Int { max(1, size.rows - 1) }

    private func waiting(_ wait: RunView.Wait) -> String? {
        let reason = Terminal.safe(wait.reason.text)
        let left = Format.duration(wait.until - now)
        return fitted([
            "waits for the \(reason), \(left)", "waits for the \(reason)", "waits, \(left)", "waits",
        ])
    }

    private func rest(_ view: RunView, hidden: Int) -> String? {
        var words: [[String]] = []
        if let lists = view.lists {
            let numbers = (Format.count(lists.done), Format.count(lists.of))
            words.append(["\(numbers.0) of \(numbers.1) lists done", "\(numbers.0)/\(numbers.1) done"])
        }
        if hidden > 0 { words.append(["\(hidden) more at work", "+\(hidden)"]) }
        guard !words.isEmpty else { return nil }
        return fitted([0, 1].map { level in words.map { $0[level] }.joined(separator: " · ") } + [words[0][1]])
    }

    /// The first text that fits.
    private func fitted(_ forms: [String]) -> String? { forms.first { Terminal.columns($0) <= columns } }

    private func filled(_ words: [String], most: Int, separators: [String]) -> [String] {
        Filling(columns: columns).lines(words.map { Filling.Fact([$0]) }, most: most, separators: separators)
    }

    private func clipped(_ text: String) -> String { Clipping.clipped(text, to: columns) }

    // MARK: Rows

    typealias Layout<Row> = (Row) -> [Cell]

    struct Cell: Equatable {
        var text: String
        var isRight = false
    }

    /// From the widest to the narrowest: first the bar gets shorter, then what matters least is left out.
    private static var layouts: [Layout<RunView.Row>] {
        func cells(_ row: RunView.Row, bar: Int, left: Bool = true, count: Bool = true) -> [Cell] {
            var cells = [Cell(text: row.stage), Cell(text: "\(row.phase)/\(row.entity)")]
            if bar > 0 { cells.append(Cell(text: row.share.map { Format.bar($0, bar) } ?? "")) }
            cells.append(Cell(text: row.share.map { "\(Int($0 * 100)) %" } ?? "", isRight: true))
            if count {
                let total = row.total.map { "/\(Format.count($0))" } ?? ""
                let isKnown = row.done > 0 || row.total != nil
                cells.append(Cell(text: isKnown ? Format.count(row.done) + total : "", isRight: true))
            }
            if left {
                cells.append(
                    Cell(text: row.secondsLeft.map { "\(Format.duration(Double($0))) left" } ?? "", isRight: true))
            }
            if bar > 0 { cells.append(Cell(text: row.groups.map { "\($0.done) of \($0.of) groups" } ?? "")) }
            return cells
        }
        return [
            { cells($0, bar: 20) }, { cells($0, bar: 10) }, { cells($0, bar: 5) }, { cells($0, bar: 0) },
            { cells($0, bar: 0, left: false) }, { cells($0, bar: 0, left: false, count: false) },
            {
                [
                    Cell(text: "\($0.phase)/\($0.entity)"),
                    Cell(text: $0.share.map { "\(Int($0 * 100)) %" } ?? "", isRight: true),
                ]
            },
            { [Cell(text: "\($0.phase)/\($0.entity)")] },
        ]
    }

    private func layouts(now: Double) -> [Layout<FirmView>] {
        func cells(_ firm: FirmView, bar: Int, records: Bool = true, work: Bool = true) -> [Cell] {
            let view = firm.view
            var cells = [Cell(text: firm.name)]
            let share = view.shares.first
            if bar > 0 { cells.append(Cell(text: share.map { Format.bar($0.percent / 100, bar) } ?? "")) }
            cells.append(Cell(text: share?.text ?? "", isRight: true))
            if records {
                let total = view.expected.map { "/\(Format.count($0))" } ?? ""
                cells.append(Cell(text: Format.count(view.records) + total, isRight: true))
            }
            cells.append(
                Cell(text: view.secondsLeft.map { "\(Format.duration(Double($0))) left" } ?? "", isRight: true))
            if work { cells.append(Cell(text: firm.work(now: now))) }
            return cells
        }
        return [
            { cells($0, bar: 20) }, { cells($0, bar: 10) }, { cells($0, bar: 5) }, { cells($0, bar: 10, work: false) },
            { cells($0, bar: 5, work: false) }, { cells($0, bar: 0, work: false) },
            { cells($0, bar: 0, records: false, work: false) },
            {
                let share = $0.view.shares.first
                return [Cell(text: $0.name), Cell(text: share.map { "\(Int($0.percent)) %" } ?? "", isRight: true)]
            },
            { [Cell(text: $0.name)] },
        ]
    }

    /// The rows in the first layout in which all of them fit; in the last one, names are cut.
    private func table<Row>(_ rows: [Row], _ layouts: [Layout<Row>]) -> [String] {
        guard !rows.isEmpty else { return [] }
        var lines: [String] = []
        for layout in layouts {
            lines = Self.aligned(rows.map(layout))
            if lines.allSatisfy({ Terminal.columns($0) <= columns }) { return lines }
        }
        return lines.map(clipped)
    }

    private static func aligned(_ rows: [[Cell]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in
            rows.map { Terminal.columns($0[column].text) }.max() ?? 0
        }
        return rows.map { cells in
            var line = ""
            for (column, cell) in cells.enumerated() where widths[column] > 0 {
                let padding = String(repeating: " ", count: widths[column] - Terminal.columns(cell.text))
                if !line.isEmpty { line += "  " }
                line += cell.isRight ? padding + cell.text : cell.text + padding
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

/// One of several firms in a run.
struct FirmView: Sendable, Equatable {
    /// In the order of the head.
    enum State: String, Sendable, CaseIterable {
        case atWork = "at work"
        case done
        case notDone = "not done"
        case toCome = "to come"
    }

    var name: String
    var state: State
    var view: RunView

    /// What it waits for or works on.
    func work(now: Double) -> String {
        if let wait = view.wait {
            return Terminal.safe(Format.waiting(wait.reason.text, until: wait.until, now: now))
        }
        guard let row = view.rows.first else { return "" }
        return "\(row.stage) \(row.phase)/\(row.entity)"
            + (view.rows.count > 1 ? " and \(view.rows.count - 1) more" : "")
    }
}
