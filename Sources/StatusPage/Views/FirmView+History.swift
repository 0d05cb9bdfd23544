internal import Foundation
internal import Jobs

extension FirmView {
    private static let openRows = 6

    /// Every run as a bar that opens its report, and the same as a table.
    var history: HTML {
        guard !details.runs.isEmpty else { return .empty }
        return """
            <section class="card" aria-labelledby="history-title"><h2 id="history-title">Runs</h2>\
            \(bars)\(runs)</section>
            """
    }

    private var bars: HTML {
        let runs = details.runs
        guard runs.count > 1 else { return .empty }
        let longest = max(1, runs.compactMap { $0.seconds(now: now) }.max() ?? 1)
        let most = Double(max(1, runs.compactMap(\.rows).max() ?? 1))
        let step = 100.0 / Double(max(runs.count, 12))
        var shapes: [HTML] = []
        for (index, run) in runs.enumerated() {
            // The root of the length: a long first run would press all others flat.
            let length = max(3, (56 * ((run.seconds(now: now) ?? 0) / longest).squareRoot()).rounded())
            let rows = max(run.rows ?? 0 > 0 ? 2 : 0, (26 * (Double(run.rows ?? 0) / most).squareRoot()).rounded())
            let flagged = (run.run.counts?.flagged ?? 0) > 0
            let x = Self.tenths(Double(index) * step + step * 0.1)
            let width = Self.tenths(step * 0.8)
            let mark: HTML =
                flagged
                ? "<circle class=\"flag\" cx=\"\(Self.tenths(Double(index) * step + step / 2))%\" cy=\"5\" r=\"3\"/>"
                : .empty
            shapes.append(
                """
                <a href="/firms/\(status.name)/runs/\(Int(run.run.id))" aria-label="\(label(run))">\
                <title>\(label(run))</title>\
                <rect class="hit" x="\(x)%" y="0" width="\(width)%" height="100"/>\(mark)\
                <rect class="run \(Self.tone(run))" x="\(x)%" y="\(Int(68 - length))" width="\(width)%" height="\(Int(length))" rx="1"/>\
                <rect class="rows" x="\(x)%" y="72" width="\(width)%" height="\(Int(rows))" rx="1"/></a>
                """)
        }
        return """
            <svg class="bars" role="group" aria-label="Runs, the newest on the right: time above, rows written below" \
            height="100">\(HTML.join(shapes))</svg>
            <p class="legend">Above: how long each run took (square root). Below: rows that it wrote. \
            A dot: records were flagged.</p>
            """
    }

    private var runs: HTML {
        var table = DataTable(
            "Runs",
            ["Begun", "What", "Result", .number("Took"), .number("Rows"), .number("Flagged", wide: true), "Report"])
        for run in details.runs.reversed() {
            let seconds = run.seconds(now: now).map { StatusWords.duration(Int($0)) }
            let verified: HTML =
                switch run.run.isVerified {
                case true?: ", verified"
                case false?: ", checks differ"
                case nil: .empty
                }
            table.add([
                HTML.time(run.run.begunAt), "\(run.title)",
                "<span class=\"\(Self.tone(run)) word\">\(run.result.rawValue)</span>\(verified)",
                "\(seconds ?? "–")", "\(run.rows.map(StatusWords.count) ?? "–")",
                "\(run.run.counts.map { StatusWords.count($0.flagged) } ?? "–")",
                "<a href=\"/firms/\(status.name)/runs/\(Int(run.run.id))\">Run \(Int(run.run.id))</a>",
            ])
        }
        let first = table.html(table.rows.prefix(Self.openRows))
        guard table.rows.count > Self.openRows else { return first }
        return """
            \(first)<details id="older-runs"><summary>Older runs</summary>\(table.html(table.rows.dropFirst(Self.openRows)))</details>
            """
    }

    private func label(_ run: PastRun) -> String {
        var parts = ["\(run.title) of \(StatusWords.readable(run.run.begunAt))", run.result.rawValue]
        if let seconds = run.seconds(now: now) { parts.append(StatusWords.duration(Int(seconds))) }
        if let rows = run.rows { parts.append("\(StatusWords.count(rows)) rows") }
        if let flagged = run.run.counts?.flagged, flagged > 0 { parts.append("\(StatusWords.count(flagged)) flagged") }
        return parts.joined(separator: ", ")
    }

    private static func tone(_ run: PastRun) -> HTML {
        switch run.result {
        case .running: "go"
        case .complete: "good"
        case .incomplete, .paused, .killed: "warn"
        case .cancelled: "calm"
        case .failed: "bad"
        }
    }

    static func tenths(_ value: Double) -> String { String(format: "%.1f", value) }
}
