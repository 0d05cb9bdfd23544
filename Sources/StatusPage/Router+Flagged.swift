internal import Jobs
internal import Progress
internal import Staging

extension Router {
    /// `/firms/NAME/flagged`: the rules that records break.
    private func flaggedRules(_ grant: Grant, _ status: ConnectionStatus) async -> WebResponse {
        let details = await hub.details(status.name)
        let view = FlaggedRulesView(
            status: status, rules: details.flagged, links: details.links,
            voice: grant.mayOperate ? .operations : .firm)
        return flagged(view.main, grant, status.name)
    }

    private func flagged(_ main: HTML, _ grant: Grant, _ name: String) -> WebResponse {
        .html(
            200,
            shell.page(
                title: "\(name): flagged records", live: nil,
                banner: FlaggedView.banner(name, mayViewAll: grant.mayOperate), main: main,
                formToken: gate.formToken(grant), mayLeave: gate.hasLogin && grant.session != nil))
    }

    /// `/firms/NAME/flagged?phase=…&entity=…&rule=…&path=…`: the records that break one rule.
    func flagged(_ request: WebRequest, _ grant: Grant, _ status: ConnectionStatus) async -> WebResponse {
        guard !request.query.isEmpty else { return await flaggedRules(grant, status) }
        let key = FlaggedQuery.key(request.query)
        let name = status.name
        let found = await hub.read { source in try? source.flagged(key, of: name) }
        guard let found else { return missing(request) }
        let view = FlaggedView(
            status: status, rule: found.rule, records: found.records, links: found.links, waiting: found.waiting,
            grant: grant, mayDecide: grant.mayOperate && options.decide != nil && found.rule.isDecidable,
            formToken: gate.formToken(grant),
            flash: request.query["said"].flatMap { hub.flash($0, firm: name) })
        return flagged(view.main, grant, name)
    }

    /// Writes what a form decides about flagged records.
    func decide(_ verdict: DecisionRequest.Verdict, _ status: ConnectionStatus, _ form: [String: String]) async -> Flash
    {
        guard let decide = options.decide else {
            return Flash(text: "This page cannot decide; run `cliosync review` where syncs run.", isGood: false)
        }
        let id = form["id"] ?? ""
        guard !id.isEmpty || form["all"] == "yes" else {
            return Flash(text: "Name a record, or decide about all of them.", isGood: false)
        }
        let key = FlaggedQuery.key(form)
        let note = form["note"]?.prefix(Self.longestNote).filter { !$0.isNewline } ?? ""
        let answer = await decide(
            DecisionRequest(
                connection: status.name, verdict: verdict, phase: key.phase, entity: key.entity, rule: key.rule,
                path: key.path, id: id.isEmpty ? nil : id, note: note.isEmpty ? nil : String(note)))
        return Flash(text: answer.message, isGood: answer.isWritten)
    }

    private static let longestNote = 500
}

extension StatusSource {
    /// What the page of one rule shows.
    struct Flagged: Sendable {
        let rule: FlaggedRule
        let records: [FlaggedRecord]
        let waiting: [FlaggedDecision.Place: FlaggedDecision]
        let links: ClioLinks
    }

    /// The records that break a rule; nil: none does.
    func flagged(_ key: FlaggedRule.Key, of name: String) throws -> Flagged? {
        let folder = try ConnectionFolder(staging: staging, connection: name)
        let details = try details(name)
        guard let rule = details.flagged.first(where: { $0.key == key }),
            let database = statuses[name]?.activities.first?.database
        else { return nil }
        return Flagged(
            rule: rule, records: FlaggedRecord.read(database: database, key, limit: FlaggedView.most),
            waiting: FlaggedDecision.read(folder, key), links: details.links)
    }
}
