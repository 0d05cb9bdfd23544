internal import Foundation
internal import Progress
internal import Staging

/// Requests and records a minute over the time of a run, as two drawings, and the same as a table.
///
/// Drawn on the server, in a box of 600 by 80 that is stretched to the width of the page; words and numbers are beside it.
struct PaceChart {
    let pace: RunPace
    /// Goes before the ids of its parts.
    let id: String

    private static let width = 600.0
    private static let height = 80.0
    private static let tableRows = 24

    private var begin: Double { pace.intervals.first?.begin ?? 0 }
    private var end: Double { pace.intervals.last?.end ?? 1 }
    private var limit: Int? { pace.intervals.last { $0.limit != nil }?.limit }

    var html: HTML {
        guard !pace.intervals.isEmpty else { return .empty }
        let requests = pace.intervals.map(\.requestsPerMinute)
        let records = pace.intervals.map(\.recordsPerMinute)
        let permitted = limit.map { ", \(StatusWords.count($0)) permitted" } ?? ""
        return """
            \(drawing("Requests a minute", requests, note: "at most \(Self.number(requests.max() ?? 0))\(permitted)", withLimit: true))\
            \(drawing("Records a minute", records, note: "at most \(Self.number(records.max() ?? 0))"))\
            <p class="axis">\(HTML.time(StatusWords.time(begin)))\(HTML.time(StatusWords.time(end)))</p>\
            <p class="legend">Shaded: the run waited for the rate limit or its window. Dashed: the permitted rate.</p>\
            <details id="\(id)-table"><summary>The same as a table</summary>\(table.html())</details>
            """
    }

    private func drawing(_ title: String, _ values: [Double], note: String, withLimit: Bool = false) -> HTML {
        let limits = withLimit ? pace.intervals.compactMap(\.limit).map(Double.init) : []
        let top = max(1, values.max() ?? 1, limits.max() ?? 0) * 1.05
        return """
            <figure class="pace"><figcaption>\(title) <span class="dim">\(note)</span></figcaption>\
            <svg viewBox="0 0 600 80" preserveAspectRatio="none" role="img" aria-label="\(title): \(note)">\
            \(waits)<path class="area" d="\(area(values, top))"/>\
            \(withLimit ? "<path class=\"limit\" d=\"\(permitted(top))\"/>" as HTML : .empty)</svg></figure>
            """
    }

    private var waits: HTML {
        var path = ""
        for interval in pace.intervals where interval.waitedShare >= 0.5 {
            path += "M\(x(interval.begin)) 0H\(x(interval.end))V80H\(x(interval.begin))Z"
        }
        return path.isEmpty ? .empty : "<path class=\"wait\" d=\"\(HTML.path(path))\"/>"
    }

    private func area(_ values: [Double], _ top: Double) -> HTML {
        var path = "M0 80"
        for (interval, value) in zip(pace.intervals, values) { path += "V\(y(value, top))H\(x(interval.end))" }
        return HTML.path(path + "V80Z")
    }

    private func permitted(_ top: Double) -> HTML {
        var path = ""
        for interval in pace.intervals {
            guard let limit = interval.limit else { continue }
            let height = y(Double(limit), top)
            path += path.isEmpty ? "M\(x(interval.begin)) \(height)" : "V\(height)"
            path += "H\(x(interval.end))"
        }
        return HTML.path(path)
    }

    private func x(_ time: Double) -> String { Self.tenths((time - begin) / max(0.001, end - begin) * Self.width) }
    private func y(_ value: Double, _ top: Double) -> String { Self.tenths(Self.height * (1 - value / top)) }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func number(_ value: Double) -> String { StatusWords.count(Int(value.rounded())) }

    // MARK: Table

    private var table: DataTable {
        var table = DataTable(
            "Pace of the run",
            [
                "Until", .number("Requests a minute"), .number("Permitted"), .number("Records a minute"),
                .number("Waited"),
            ])
        let step = (pace.intervals.count + Self.tableRows - 1) / Self.tableRows
        for start in stride(from: 0, to: pace.intervals.count, by: step) {
            let part = pace.intervals[start..<min(start + step, pace.intervals.count)]
            guard let first = part.first, let last = part.last else { continue }
            let seconds = last.end - first.begin
            let waited = part.reduce(0) { $0 + $1.waitedShare * ($1.end - $1.begin) } / seconds
            func perMinute(_ count: (RunPace.Interval) -> Int) -> HTML {
                "\(Self.number(Double(part.reduce(0) { $0 + count($1) }) / seconds * 60))"
            }
            table.add([
                HTML.time(StatusWords.time(last.end)), perMinute(\.requests),
                last.limit.map { "\(StatusWords.count($0))" } ?? "–", perMinute(\.records),
                "\(StatusWords.percent((waited * 100).rounded()))",
            ])
        }
        return table
    }
}

extension HTML {
    /// The path of a drawing: letters and numbers of our own.
    fileprivate static func path(_ text: String) -> HTML { HTML(stringLiteral: text) }
}
