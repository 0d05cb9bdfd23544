internal import Pipelines
internal import Progress
internal import Staging

/// `/firms/NAME/flagged`: the records that break one rule, and the forms to decide about them.
struct FlaggedView {
    let status: ConnectionStatus
    let rule: FlaggedRule
    let records: [FlaggedRecord]
    let links: ClioLinks
    /// What was decided since the last transform, by record id and path.
    let waiting: [FlaggedDecision.Place: FlaggedDecision]
    let grant: Grant
    /// Whether decisions can be written here.
    let mayDecide: Bool
    /// Goes into every form.
    let formToken: String
    var flash: Flash?

    private static let longestValue = 200
    /// The most records that are shown.
    static let most = 50

    private var voice: Voice { grant.mayOperate ? .operations : .firm }
    private var title: String { status.titles["\(rule.phase)/\(rule.entity)"] ?? rule.entity }

    /// A record's id, with a link to Clio where its address is known.
    static func record(_ id: String, _ address: String?) -> HTML {
        guard let address else { return "\(id)" }
        return "<a href=\"\(address)\" rel=\"noopener noreferrer\" target=\"_blank\">\(id)</a>"
    }

    static func banner(_ name: String, mayViewAll: Bool) -> HTML {
        let home: HTML =
            mayViewAll ? "<a href=\"/\" class=\"brand\">cliosync</a>" : "<span class=\"brand\">cliosync</span>"
        return """
            <nav aria-label="Breadcrumb">\(home)<span aria-hidden="true"> / </span>\
            <a href="/firms/\(name)">\(name)</a><span aria-hidden="true"> / </span>\
            <span class="here" aria-current="page">Flagged records</span></nav>
            """
    }

    var main: HTML {
        let count = StatusWords.count(rule.records)
        let shown: HTML =
            records.count < rule.records && records.count >= Self.most
            ? " The first \(StatusWords.count(records.count)) are shown." : .empty
        let why: HTML = voice == .operations ? "<p class=\"sum\">\(rule.message)</p>" : .empty
        return """
            <div class="title"><h1>\(title): \(rule.rule) at <code>\(rule.path)</code></h1></div>
            \(flash.map(FirmView.message) ?? .empty)
            <section class="card" aria-labelledby="records-title"><h2 id="records-title">\(count) \(rule.records == 1 ? "record" : "records"), \
            \(rule.isRejection ? "not loaded" : "loaded with a warning")</h2>\
            \(why)<p class="sum">\(advice)\(shown)</p>\(table.html())</section>
            \(mayDecide ? group : .empty)
            """
    }

    private var advice: HTML {
        guard rule.isDecidable else {
            return "A row that is referred to is missing. The warning goes away when it arrives."
        }
        return voice == .operations
            ? "A record that is corrected in Clio is fetched again by the next refresh. Accepted, it is loaded with NULL for its bad value; rejected, it stays out."
            : "Correct these records in Clio; the next refresh fetches them again."
    }

    private var table: DataTable {
        var columns: [DataTable.Column] = ["Record", "Field", .wide("Raw line")]
        if grant.mayViewValues { columns.append("Value") }
        columns.append("Decision")
        if mayDecide { columns.append("Decide") }
        var table = DataTable("Records with this flag", columns, style: .stacked)
        for (index, record) in records.enumerated() {
            var cells: [HTML] = [
                record.id.map { Self.record($0, links.address(rule.phase, rule.entity, $0)) }
                    ?? "<span class=\"dim\">without a usable id</span>",
                "<code>\(record.path)</code>", "\(record.part), line \(StatusWords.count(record.line))",
            ]
            if grant.mayViewValues { cells.append(value(record)) }
            cells.append(decision(record))
            if mayDecide { cells.append(form(record, index)) }
            table.add(cells)
        }
        return table
    }

    private func value(_ record: FlaggedRecord) -> HTML {
        guard let value = record.value else { return "<span class=\"dim\">none</span>" }
        return "<code>\(value.count > Self.longestValue ? value.prefix(Self.longestValue) + "…" : value)</code>"
    }

    private func decision(_ record: FlaggedRecord) -> HTML {
        if let id = record.id, let waiting = waiting[FlaggedDecision.Place(id: id, path: record.path)],
            waiting.verdict != record.decision
        {
            return "\(waiting.verdict)ed<span class=\"sub\">waits for the next sync\(note(waiting.note))</span>"
        }
        return record.decision.map { "\($0)ed\(note(record.note, "sub"))" } ?? "<span class=\"dim\">open</span>"
    }

    /// A note is what a person of ours wrote, perhaps about a value.
    private func note(_ text: String?, _ style: String? = nil) -> HTML {
        guard voice == .operations, let text, !text.isEmpty else { return .empty }
        return style.map { "<span class=\"\($0)\">\(text)</span>" } ?? ": \(text)"
    }

    private func form(_ record: FlaggedRecord, _ index: Int) -> HTML {
        guard let id = record.id else {
            return "<span class=\"dim\">cannot be decided: without an id, nothing tells it apart</span>"
        }
        return form("note-\(index)", of: "record \(id)", fields: "<input type=\"hidden\" name=\"id\" value=\"\(id)\">")
    }

    private var group: HTML {
        """
        <section class="card" aria-labelledby="group-title"><h2 id="group-title">All of them</h2>\
        <p class="sum">Decides about every record with this flag, also those that are not shown.</p>\
        \(form("note-all", of: "all \(StatusWords.count(rule.records))", fields: "<input type=\"hidden\" name=\"all\" value=\"yes\">"))\
        </section>
        """
    }

    private func form(_ id: String, of what: String, fields: HTML) -> HTML {
        """
        <form class="decide" method="post" action="/firms/\(status.name)/actions">\
        <input type="hidden" name="csrf" value="\(formToken)">\
        <input type="hidden" name="phase" value="\(rule.phase)"><input type="hidden" name="entity" value="\(rule.entity)">\
        <input type="hidden" name="rule" value="\(rule.rule)"><input type="hidden" name="path" value="\(rule.path)">\(fields)\
        <label for="\(id)" class="hidden">Note, \(what)</label>\
        <input type="text" id="\(id)" name="note" maxlength="500" placeholder="Note" autocomplete="off">\
        <button class="quiet" name="action" value="accept" aria-label="Accept \(what)">Accept</button>\
        <button class="quiet" name="action" value="reject" aria-label="Reject \(what)">Reject</button></form>
        """
    }
}

/// Which rule `/firms/NAME/flagged` is about.
enum FlaggedQuery {
    static func address(_ key: FlaggedRule.Key) -> String {
        "?"
            + [("phase", key.phase), ("entity", key.entity), ("rule", key.rule), ("path", key.path)]
            .map { "\($0.0)=\(PercentEncoding.component($0.1))" }.joined(separator: "&")
    }

    static func key(_ fields: [String: String]) -> FlaggedRule.Key {
        FlaggedRule.Key(
            phase: fields["phase"] ?? "", entity: fields["entity"] ?? "", rule: fields["rule"] ?? "",
            path: fields["path"] ?? "")
    }
}

/// A decision that is written and may not be applied yet.
struct FlaggedDecision: Sendable, Equatable {
    struct Place: Hashable {
        let id: String
        let path: String
    }

    /// `accept` or `reject`.
    let verdict: String
    let note: String?

    /// The newest decisions about violations of a rule.
    static func read(_ folder: ConnectionFolder, _ key: FlaggedRule.Key) -> [Place: FlaggedDecision] {
        var found: [Place: FlaggedDecision] = [:]
        for decision in (try? DecisionFile(folder).read()) ?? []
        where decision.entity == key.entity && decision.key.rule == key.rule {
            found[Place(id: decision.key.id, path: decision.key.path)] = FlaggedDecision(
                verdict: decision.verdict.rawValue, note: decision.note)
        }
        return found
    }
}
