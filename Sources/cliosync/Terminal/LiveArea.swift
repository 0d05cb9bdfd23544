/// The lines at the end of a terminal that are drawn again and again. Whatever else is written there goes above them.
struct LiveArea {
    /// Columns of the lines that are drawn.
    private var widths: [Int] = []

    /// Rows that they take: a terminal that became narrower has wrapped them.
    private func rows(columns: Int) -> Int {
        widths.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(1, columns)) }
    }

    /// What draws these lines in the place of the last ones.
    /// - Parameter style: adds colors, which take no columns.
    mutating func draw(
        _ lines: [RunScreen.Line], columns: Int, style: (RunScreen.Line) -> String = { $0.text }
    ) -> String {
        let before = rows(columns: columns)
        var text = before > 0 ? "\u{1B}[\(before)A" : ""
        for line in lines { text += "\r\u{1B}[2K\(style(line))\n" }
        widths = lines.map { Terminal.columns($0.text) }
        // Fewer lines than before: wipe what is left below.
        return text + "\u{1B}[J"
    }

    /// What wipes them, so that something can be written in their place; empty where there are none.
    mutating func erase(columns: Int) -> String {
        let before = rows(columns: columns)
        widths = []
        return before > 0 ? "\u{1B}[\(before)A\r\u{1B}[J" : ""
    }
}
