internal import Progress

/// The rules that records break: how many, which field, why, and a few ids. Each leads to its records.
struct FlaggedRulesView {
    let status: ConnectionStatus
    let rules: [FlaggedRule]
    let links: ClioLinks
    let voice: Voice

    /// `/firms/NAME/flagged`: all of them.
    var main: HTML {
        """
        <div class="title"><h1>Flagged records</h1></div>
        <section class="card" aria-label="Rules">\(sum)\(table(rules.count).html())\(advice)</section>
        """
    }

    var sum: HTML {
        let rejected = rules.filter(\.isRejection).reduce(0) { $0 + $1.records }
        return rejected == 0
            ? "<p class=\"sum\">All of them are in the database.</p>"
            : "<p class=\"sum\">\(StatusWords.count(rejected)) times a rule keeps a record out of the database.</p>"
    }

    var advice: HTML {
        voice == .operations
            ? """
            <p class="dim">Open a number to see the records and to accept or reject them, or use \
            <code>cliosync review ls --connection \(status.name)</code>.</p>
            """ : "<p class=\"dim\">Correct these records in Clio; the next refresh fetches them again.</p>"
    }

    /// - Parameter most: the most rules.
    func table(_ most: Int) -> DataTable {
        var table = DataTable(
            "Rules that records break", ["List", "Field", "Rule", .number("Records"), "Effect", .wide("For example")],
            style: .stacked)
        for rule in rules.prefix(most) {
            let title = status.titles["\(rule.phase)/\(rule.entity)"] ?? rule.entity
            // A message may quote a value: it is for those who may see the records.
            let why: HTML = voice == .operations ? "<span class=\"sub\">\(rule.message)</span>" : .empty
            let count = StatusWords.count(rule.records)
            let address = "/firms/\(status.name)/flagged" + FlaggedQuery.address(rule.key)
            table.add([
                "\(title)", "<code>\(rule.path)</code>", "\(rule.rule)\(why)",
                "<a href=\"\(address)\" aria-label=\"\(count): \(title), \(rule.path), \(rule.rule)\">\(count)</a>",
                rule.isRejection ? "<span class=\"bad word\">not loaded</span>" : "loaded, with a warning",
                examples(rule),
            ])
        }
        return table
    }

    private func examples(_ rule: FlaggedRule) -> HTML {
        let named = rule.examples.compactMap(\.id).map { id in
            FlaggedView.record(id, links.address(rule.phase, rule.entity, id))
        }
        let nameless: [HTML] =
            named.count < rule.examples.count ? ["<span class=\"dim\">without a usable id</span>"] : []
        return HTML.join(named + nameless, separator: ", ")
    }
}
