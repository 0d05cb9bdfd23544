/// Facts side by side, in as few lines as the width allows.
struct Filling {
    let columns: Int

    /// A fact and how to write it, from the longest form to the shortest.
    struct Fact {
        let forms: [String]
        /// The form where even the shortest has no room.
        let least: String
        /// What is left out first has the smallest.
        let weight: Int
        /// For prose.
        let words: String

        init(_ forms: [String], least: String? = nil, weight: Int = 0, words: String? = nil) {
            self.forms = forms
            self.least = least ?? forms[forms.count - 1]
            self.weight = weight
            self.words = words ?? forms[0]
        }

        func form(_ level: Int) -> String { forms[min(level, forms.count - 1)] }
    }

    /// One line in the longest forms that fit; else without the least of them; else several lines.
    /// - Parameters:
    ///   - most: lines.
    ///   - separators: for the longest forms, then for all others.
    func lines(_ facts: [Fact], most: Int, separators: [String]) -> [String] {
        if let line = line(facts, separators) { return line.isEmpty ? [] : [line] }
        let needed = facts.filter { $0.weight != 1 }
        if needed.count < facts.count, let line = line(needed, separators), !line.isEmpty { return [line] }
        // What is wider than the terminal by itself cannot be shown.
        var left = facts.filter { Terminal.columns($0.least) <= columns }
        while !left.isEmpty {
            for forms in [left.map { $0.form(.max) }, left.map { $0.least }] {
                let lines = wrapped(forms, separators.last ?? " ")
                if lines.count <= most, lines.allSatisfy({ Terminal.columns($0) <= columns }) { return lines }
            }
            let least = left.map(\.weight).min() ?? 0
            guard let index = left.lastIndex(where: { $0.weight == least }) else { break }
            left.remove(at: index)
        }
        return []
    }

    private func line(_ facts: [Fact], _ separators: [String]) -> String? {
        for level in 0..<(facts.map(\.forms.count).max() ?? 0) {
            for separator in level == 0 ? separators : Array(separators.suffix(1)) {
                let line = facts.map { $0.form(level) }.joined(separator: separator)
                if Terminal.columns(line) <= columns { return line }
            }
        }
        return facts.isEmpty ? "" : nil
    }

    private func wrapped(_ forms: [String], _ separator: String) -> [String] {
        var lines: [String] = []
        for form in forms {
            if let last = lines.last, Terminal.columns(last + separator + form) <= columns {
                lines[lines.count - 1] += separator + form
            } else {
                lines.append(form)
            }
        }
        return lines
    }
}
