/// Breaks texts into lines that fit.
enum Wrapping {
    /// Breaks at spaces, and within a word that is longer than a line.
    /// - Parameter indent: spaces before the second line and those after it.
    static func lines(_ text: String, width: Int, indent: Int) -> [String] {
        guard Terminal.columns(text) > width else { return [text] }
        let margin = String(repeating: " ", count: width - indent < 8 ? 0 : indent)
        var lines: [String] = []
        var line = ""
        var columns = 0
        /// Where the line may be broken: after the last space of its text.
        var space: String.Index?
        func isText(_ line: String) -> Bool { line.contains { $0 != " " } }
        for character in text {
            let wide = Terminal.columns(String(character))
            while columns + wide > width, isText(line) {
                var rest = ""
                if character == " " {
                    lines.append(line)
                } else if let space, isText(String(line[..<space])) {
                    rest = String(line[space...])
                    lines.append(String(line[..<space]))
                } else {
                    lines.append(line)
                }
                line = margin + rest
                columns = Terminal.columns(line)
                space = nil
                if character == " " { break }
            }
            // A space at which the line was broken is not shown.
            if character == " ", columns > 0, !isText(line), !lines.isEmpty { continue }
            line.append(character)
            columns += wide
            if character == " ", isText(line) { space = line.endIndex }
        }
        if isText(line) { lines.append(line) }
        return lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
