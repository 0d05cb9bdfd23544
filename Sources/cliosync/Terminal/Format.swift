import Foundation
import SyncManager

/// Numbers as people read them.
enum Format {
    /// `1,234,567`.
    static func count(_ number: Int) -> String { number.grouped }

    /// `0:42`, `12:05`, `1:02:03`.
    static func duration(_ seconds: Double) -> String {
        let whole = Int(max(0, seconds).rounded())
        let tail = String(format: "%02d", whole % 60)
        guard whole >= 3600 else { return "\(whole / 60):\(tail)" }
        return "\(whole / 3600):\(String(format: "%02d", whole / 60 % 60)):\(tail)"
    }

    /// `waits for the rate limit, 0:23`, `waits for the window, 19:00 America/Los_Angeles, 5:12:03`.
    static func waiting(_ reason: String, until: Double, now: Double = Date().timeIntervalSince1970) -> String {
        "waits for the \(reason), \(duration(until - now))"
    }

    /// A bar of so many cells.
    static func bar(_ share: Double, _ cells: Int) -> String {
        let full = Int(min(1, max(0, share)) * Double(cells))
        return "[" + String(repeating: "█", count: full) + String(repeating: "·", count: cells - full) + "]"
    }

    /// `12.3 MB`.
    static func bytes(_ count: Int) -> String {
        guard count >= 1000 else { return "\(count) B" }
        var value = Double(count) / 1000
        for unit in ["kB", "MB", "GB"] {
            if value < 1000 || unit == "GB" { return String(format: value < 10 ? "%.1f %@" : "%.0f %@", value, unit) }
            value /= 1000
        }
        return "\(count) B"
    }

    /// Lays rows out in columns; the columns named in `right` are flush right. Where the terminal is too narrow for that,
    /// each row becomes a few lines.
    static func table(
        _ header: [String], _ rows: [[String]], right: Set<Int>, width: Int = Terminal.resultWidth
    ) -> String {
        let widths = header.indices.map { column in
            ([header] + rows).map { Terminal.columns($0[column]) }.max() ?? 0
        }
        // The last column may wrap if it must: it is where the long texts are.
        if widths.dropLast().reduce(0, +) + 2 * (widths.count - 1) + min(12, widths.last ?? 0) > width {
            return stacked(header, rows, width)
        }
        let last = widths.dropLast().reduce(0) { $0 + $1 + 2 }
        func lines(_ cells: [String]) -> [String] {
            var text = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - Terminal.columns(cell))
                if column > 0 { text += "  " }
                text += right.contains(column) ? padding + cell : cell + padding
            }
            while text.last == " " { text.removeLast() }
            return Wrapping.lines(text, width: width, indent: last)
        }
        return (lines(header).map(Terminal.bold) + rows.flatMap(lines)).joined(separator: "\n")
    }

    /// Each row as its first cell and, below it, the others with their names.
    private static func stacked(_ header: [String], _ rows: [[String]], _ width: Int) -> String {
        var lines = [Terminal.dim(header[0])]
        for row in rows {
            lines.append(Terminal.bold(row[0]))
            let items = zip(header, row).dropFirst().filter { !$1.isEmpty }.map { "\($0) \($1)" }
            lines += filled(items, indent: "  ", width: width).flatMap {
                Wrapping.lines($0, width: width, indent: 4)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Items with ` · ` between them, in as many lines as the width needs.
    static func filled(
        _ items: [String], indent: String = "", width: Int = Terminal.resultWidth
    ) -> [String] {
        var lines: [String] = []
        for item in items {
            if let last = lines.last, Terminal.columns(last) + 3 + Terminal.columns(item) <= width {
                lines[lines.count - 1] += " · " + item
            } else {
                lines.append(indent + item)
            }
        }
        return lines
    }
}
