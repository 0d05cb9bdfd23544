internal import Jobs
internal import Progress
internal import Staging

/// `/`: all firms, as a table that is searched, filtered and sorted by its address.
struct FirmListView {
    let snapshot: StatusSnapshot
    var query = FirmListQuery()

    static let banner: HTML = "<p class=\"brand\">cliosync</p>"

    var main: HTML {
        let connections = snapshot.connections
        let problem: HTML =
            snapshot.problem.map { "<p class=\"note bad\" role=\"alert\">\($0)</p>" } ?? .empty
        guard !connections.isEmpty else {
            return """
                <h1>Firms</h1>
                \(problem)
                <p class="empty">No firm is set up and no sync was begun here. <code>cliosync init</code> says how to begin.</p>
                """
        }
        let answer = query.answer(connections)
        let running = connections.count(where: \.isRunning)
        let needy = connections.count(where: \.needsAttention)
        return """
            <h1>Firms</h1>
            \(problem)
            <p class="sum">\(Self.count(connections.count, "firm", "firms")) · \(StatusWords.count(running)) running · \
            <a href="/\(Self.attention.address)">\(StatusWords.count(needy)) \(needy == 1 ? "needs" : "need") attention</a></p>
            \(filters)
            \(answer.found == connections.count ? .empty : Self.found(answer.found))
            \(answer.firms.isEmpty ? .empty : table(answer.firms).html())
            \(pages(answer))
            """
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(StatusWords.count(number)) \(number == 1 ? one : many)"
    }

    private static var attention: FirmListQuery {
        var query = FirmListQuery()
        query.filter = .attention
        return query
    }

    private static func found(_ number: Int) -> HTML {
        number == 0
            ? "<p class=\"sum\" role=\"status\">No firm is like that. <a href=\"/\">Show all firms</a></p>"
            : "<p class=\"sum\" role=\"status\">\(count(number, "firm", "firms")) found. <a href=\"/\">Show all firms</a></p>"
    }

    private var filters: HTML {
        let choices = FirmListQuery.Filter.choices.compactMap { choice -> HTML? in
            let number = snapshot.connections.count(where: choice.includes)
            guard number > 0 || choice == query.filter || choice == .all else { return nil }
            let selected: HTML = choice == query.filter ? " selected" : .empty
            return
                "<option value=\"\(choice.word)\"\(selected)>\(Self.title(choice)) (\(StatusWords.count(number)))</option>"
        }
        let order: HTML = query.isDescending ? "<input type=\"hidden\" name=\"order\" value=\"desc\">" : .empty
        return """
            <form class="filters" id="filters" method="get" action="/" role="search" aria-label="Firms">\
            <p><label for="q">Search</label>\
            <input type="search" id="q" name="q" value="\(query.search)" maxlength="100" autocomplete="off"></p>\
            <p><label for="filter">State</label>\
            <select id="filter" name="state">\(HTML.join(choices))</select></p>\
            <input type="hidden" name="sort" value="\(query.sort.rawValue)">\(order)\
            <button>Show</button></form>
            """
    }

    private static func title(_ filter: FirmListQuery.Filter) -> String {
        switch filter {
        case .all: "All"
        case .attention: "Needs attention"
        case .state(let state): state.rawValue
        }
    }

    // MARK: Rows

    private func table(_ firms: [ConnectionStatus]) -> DataTable {
        var table = DataTable(
            "Firms",
            [
                column(.firm, "Firm"), column(.state, "State"), column(.age, "As of"), column(.reason, "Reason"),
                column(.next, "Next run"), column(.flagged, "Flagged", isNumber: true),
            ], style: .stacked)
        for firm in firms {
            table.add(row(firm), id: "firm-\(firm.name)")
        }
        return table
    }

    private func column(_ column: FirmListQuery.Column, _ title: String, isNumber: Bool = false) -> DataTable.Column {
        var result = DataTable.Column(stringLiteral: title)
        result.isNumber = isNumber
        if column == query.sort { result.order = query.isDescending ? .descending : .ascending }
        result.address = "/" + query.sorted(by: column).address
        return result
    }

    private func row(_ status: ConnectionStatus) -> [HTML] {
        let title: HTML = status.account?.name.map { "<span class=\"sub clamp\">\($0)</span>" } ?? .empty
        let words = StatusWords.brief(status)
        let more: HTML = words.isEmpty ? .empty : " <span class=\"sub\">\(words)</span>"
        return [
            "<a href=\"/firms/\(status.name)\">\(status.name)</a>\(title)",
            "\(HTML.badge(status.state))\(more)", age(status),
            status.reason.map { "<span class=\"clamp\">\($0)</span>" } ?? .empty,
            status.freshness.refreshDueAt.map(HTML.time) ?? .empty,
            status.job == nil ? .empty : "\(StatusWords.count(status.flagged))",
        ]
    }

    private func age(_ status: ConnectionStatus) -> HTML {
        guard let age = status.freshness.age else { return .empty }
        let asOf: HTML = status.progress?.asOf.map(HTML.time) ?? .empty
        let stale: HTML = status.freshness.isStale ? ", <span class=\"warn word\">stale</span>" : .empty
        return "\(asOf) <span class=\"sub\">\(age) ago\(stale)</span>"
    }

    private func pages(_ answer: FirmListQuery.Answer) -> HTML {
        guard answer.pages > 1 else { return .empty }
        func link(_ page: Int, _ title: HTML) -> HTML {
            (1...answer.pages).contains(page) ? "<a href=\"/\(query.page(page).address)\">\(title)</a>" : .empty
        }
        return """
            <nav class="pages" aria-label="Pages">\(link(answer.page - 1, "Previous"))\
            <span>Page \(answer.page) of \(answer.pages)</span>\(link(answer.page + 1, "Next"))</nav>
            """
    }
}

extension StatusWords {
    /// How far a firm is, in a few words; empty: its state says it all.
    static func brief(_ status: ConnectionStatus) -> String {
        guard let progress = status.progress, progress.job != nil else {
            return status.problem == nil ? "no sync was begun" : ""
        }
        let percent = progress.fetchedPercent.map { "\(StatusWords.percent($0)) fetched" }
        guard status.isRunning else { return status.state == .complete ? "" : percent ?? "" }
        let left = status.etaSeconds.map { "about \(duration($0)) left" }
        let wait = status.waiting.map { "waits for \($0.reason)" }
        return [percent, left ?? wait].compactMap { $0 }.joined(separator: ", ")
    }
}
