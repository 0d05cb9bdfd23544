internal import Progress

extension FirmView {
    private static let openRules = 12

    /// The records that a rule flagged, by rule: how many, which field, why, and a few ids. Each leads to its records.
    var flagged: HTML {
        guard !details.flagged.isEmpty else { return .empty }
        let rejected = details.flagged.filter(\.isRejection).reduce(0) { $0 + $1.records }
        var table = DataTable(
            "Flagged records", ["List", "Field", "Rule", .number("Records"), "Effect", .wide("For example")],
            style: .stacked)
        for rule in details.flagged {
            let title = status.titles["\(rule.phase)/\(rule.entity)"] ?? rule.entity
            // A message may quote a value: it is for those who may see the records.
            let why: HTML = voice == .operations ? "<span class=\"sub\">\(rule.message)</span>" : .empty
            let address = "/firms/\(status.name)/flagged" + FlaggedQuery.address(rule.key)
            table.add([
                "\(title)", "<code>\(rule.path)</code>", "\(rule.rule)\(why)",
                "<a href=\"\(address)\" aria-label=\"\(StatusWords.count(rule.records)): \(title), \(rule.path), \(rule.rule)\">\(StatusWords.count(rule.records))</a>",
                rule.isRejection ? "<span class=\"bad word\">not loaded</span>" : "loaded, with a warning",
                examples(rule),
            ])
        }
        let more: HTML =
            table.rows.count > Self.openRules
            ? """
            <details id="more-rules"><summary>More rules</summary>\
            \(table.html(table.rows.dropFirst(Self.openRules), title: "More flagged records"))</details>
            """ : .empty
        let sum: HTML =
            rejected == 0
            ? "All of them are in the database."
            : "\(StatusWords.count(rejected)) times a rule keeps a record out of the database."
        let next: HTML =
            voice == .operations
            ? """
            <p class="dim">Open a number to see the records and to accept or reject them, or use \
            <code>cliosync review ls --connection \(status.name)</code>.</p>
            """ : "<p class=\"dim\">Correct these records in Clio; the next refresh fetches them again.</p>"
        return """
            <section class="card" aria-labelledby="flagged-title"><h2 id="flagged-title">Flagged records</h2>\
            <p class="sum">\(sum)</p>\(table.html(table.rows.prefix(Self.openRules)))\(more)\(next)</section>
            """
    }

    private func examples(_ rule: FlaggedRule) -> HTML {
        let named = rule.examples.compactMap(\.id).map { id in
            FlaggedView.record(id, details.links.address(rule.phase, rule.entity, id))
        }
        let nameless: [HTML] =
            named.count < rule.examples.count ? ["<span class=\"dim\">without a usable id</span>"] : []
        return HTML.join(named + nameless, separator: ", ")
    }
}
