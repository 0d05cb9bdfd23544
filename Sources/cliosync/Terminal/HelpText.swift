/// Help in lines that fit the terminal: descriptions stay in their column, and an example that is broken stays a command
/// that can be copied.
struct HelpText {
    /// Columns of the terminal.
    let width: Int
    /// A description is given a column of its own where that has room for so much.
    private static let leastColumn = 24

    /// - Parameter help: the parser's text, each paragraph in one line.
    func wrapped(_ help: String) -> String {
        var isExample = false
        return help.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            let line = String(line)
            if line.isEmpty || !line.hasPrefix(" ") { isExample = false }
            defer { if line.hasSuffix("Example:") || line.hasSuffix("Examples:") { isExample = true } }
            guard Terminal.columns(line) > width else { return [line] }
            return lines(line, isExample: isExample)
        }.joined(separator: "\n")
    }

    private func lines(_ line: String, isExample: Bool) -> [String] {
        let indent = line.prefix { $0 == " " }.count
        let text = String(line.dropFirst(indent))
        let margin = String(repeating: " ", count: indent)
        guard let gap = text.firstRange(of: /\ {2,}/) else {
            if isExample { return command(text, indent) }
            return Wrapping.lines(line, width: width, indent: line.hasPrefix("USAGE: ") ? 7 : indent)
        }
        let label = String(text[..<gap.lowerBound])
        let description = String(text[gap.upperBound...])
        let column = indent + text.distance(from: text.startIndex, to: gap.upperBound)
        if column + Self.leastColumn <= width {
            return Wrapping.lines(line, width: width, indent: column)
        }
        let head = isExample ? command(label, indent) : Wrapping.lines(margin + label, width: width, indent: indent + 2)
        let inner = String(repeating: " ", count: indent + 4)
        return head + Wrapping.lines(inner + description, width: width, indent: indent + 4)
    }

    /// A command over several lines, each but the last with the sign that it continues; a word in quotes is not broken.
    private func command(_ text: String, _ indent: Int) -> [String] {
        var lines: [String] = []
        for word in Self.words(text) {
            if let last = lines.last, Terminal.columns(last + " " + word) + 2 <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(repeating: " ", count: lines.isEmpty ? indent : indent + 4) + word)
            }
        }
        return lines.dropLast().map { $0 + " \\" } + lines.suffix(1)
    }

    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var quote: Character?
        var word = ""
        for character in text {
            if character == " ", quote == nil {
                words.append(word)
                word = ""
                continue
            }
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            }
            word.append(character)
        }
        return words + [word]
    }
}
