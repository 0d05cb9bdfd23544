/// The facts of a whole run: bar, percent, records, requests a minute, time left, flagged.
struct RunHead {
    private let view: RunView

    init(_ view: RunView) { self.view = view }

    /// One line where all of it fits; else as many as the width needs, and without what matters least where the height
    /// does not allow that.
    func lines(columns: Int, most: Int) -> [String] {
        Filling(columns: columns).lines(facts, most: most, separators: [" · ", "  "])
    }

    /// The same for a pipe.
    var sentence: String { facts.filter { $0.forms[0] != "" }.map(\.words).joined(separator: ", ") }

    private var facts: [Filling.Fact] {
        var facts: [Filling.Fact] = []
        let shares = view.shares
        if let share = shares.first {
            facts.append(
                Filling.Fact(
                    [20, 12, 8, 5].map { Format.bar(share.percent / 100, $0) + " " + share.text }, least: share.text,
                    weight: 6, words: share.text))
        }
        facts += shares.dropFirst().map { Filling.Fact([$0.text], weight: 1) }
        if let expected = view.expected {
            facts.append(
                Filling.Fact(
                    [
                        "\(Format.count(view.records)) of \(Format.count(expected)) records",
                        "\(Format.count(view.records))/\(Format.count(expected))",
                    ], weight: 4))
        }
        if let rate { facts.append(rate) }
        if let left = view.secondsLeft {
            facts.append(Filling.Fact(["\(Format.duration(Double(left))) left"], weight: 5))
        }
        if let flagged = view.flagged { facts.append(Filling.Fact(["\(Format.count(flagged)) flagged"], weight: 2)) }
        return facts
    }

    private var rate: Filling.Fact? {
        let budget = view.budgetPerMinute.map { Format.count($0) }
        guard let made = view.requestsPerMinute.map({ Format.count($0) }) else {
            if let budget, view.requests > 0 {
                return Filling.Fact(["up to \(budget) requests a minute", "≤ \(budget)/min"], weight: 3)
            }
            return view.requests > 0 ? Filling.Fact(["\(Format.count(view.requests)) requests"], weight: 3) : nil
        }
        guard let budget else { return Filling.Fact(["\(made) requests a minute", "\(made)/min"], weight: 3) }
        return Filling.Fact(
            ["\(made) of \(budget) requests a minute", "\(made)/\(budget) a minute", "\(made)/\(budget)/min"], weight: 3
        )
    }
}

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

/// Cuts a text where it must be cut: never within a number.
enum Clipping {
    static func clipped(_ text: String, to columns: Int) -> String {
        guard Terminal.columns(text) > columns else { return text }
        guard columns > 1 else { return columns == 1 ? "…" : "" }
        var kept = ""
        var width = 0
        for character in text {
            let wide = Terminal.columns(String(character))
            guard width + wide <= columns - 1 else { break }
            kept.append(character)
            width += wide
        }
        let isNumber = { (character: Character?) in
            character.map { $0.isNumber || $0 == "," || $0 == "." || $0 == ":" } ?? false
        }
        // The rest of a number, if the cut is within one.
        if isNumber(text.dropFirst(kept.count).first) {
            while isNumber(kept.last) { kept.removeLast() }
        }
        while kept.last == " " { kept.removeLast() }
        return kept + "…"
    }
}
