internal import Progress

extension FirmView {
    private static let mostRules = 12

    /// The records that a rule flagged, by rule, the rejected ones and the most frequent first.
    var flagged: HTML {
        guard !details.flagged.isEmpty else { return .empty }
        let rules = FlaggedRulesView(status: status, rules: details.flagged, links: details.links, voice: voice)
        let more: HTML =
            details.flagged.count > Self.mostRules
            ? "<p class=\"links\"><a href=\"/firms/\(status.name)/flagged\">All \(StatusWords.count(details.flagged.count)) rules</a></p>"
            : .empty
        return """
            <section class="card" aria-labelledby="flagged-title"><h2 id="flagged-title">Flagged records</h2>\
            \(rules.sum)\(rules.table(Self.mostRules).html())\(more)\(rules.advice)</section>
            """
    }
}
