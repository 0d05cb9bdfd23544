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
