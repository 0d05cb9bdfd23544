internal import Jobs

extension FirmView {
    /// What the last verify found.
    var proof: HTML {
        guard let proof = details.proof, let checks = proof.report.checks else { return .empty }
        let failed = checks.filter { !$0.ok }
        let place: HTML = "/firms/\(status.name)/runs/\(Int(proof.run.id))"
        let verdict: HTML =
            failed.isEmpty
            ? "<p class=\"note good\">\(StatusWords.count(checks.count)) of \(StatusWords.count(checks.count)) checks agree.</p>"
            : "<p class=\"note bad\">\(StatusWords.count(failed.count)) of \(StatusWords.count(checks.count)) checks do not agree.</p>"
        let asOf: HTML = proof.report.asOf.map { ", with Clio's records as of \(HTML.time($0))" } ?? .empty
        let user: HTML = proof.report.user.map { ", as seen by \($0)" } ?? .empty
        let scope = proof.report.scope
        let what: HTML =
            if let scope, !scope.untouched.isEmpty {
                "\(StatusWords.count(scope.compared.count)) of \(StatusWords.count(scope.compared.count + scope.untouched.count)) tables had changed and were compared"
            } else { "Files and database were compared" }
        let all: HTML =
            if let scope, !scope.untouched.isEmpty, let moment = scope.allComparedAt {
                " Every value was compared \(HTML.time(moment)) or later."
            } else { .empty }
        return """
            <section class="card" aria-labelledby="proof-title"><h2 id="proof-title">Proof</h2>\
            <p class="sum">\(what) \(HTML.time(proof.run.endedAt ?? proof.run.begunAt))\(asOf)\(user).\(all)</p>\
            \(verdict)\(coverage)\(failed.isEmpty ? .empty : RunView.checks(failed, voice).html())\
            <p class="links"><a href="\(place)">Every list and check</a> · <a href="\(place)/report.html">Report to print</a> · \
            <a href="\(place)/report.json">Report as JSON</a></p></section>
            """
    }

    /// The last run need not have compared every phase: which run did, for each of the job.
    private var coverage: HTML {
        let last = details.proof?.run.id
        guard details.coverage.contains(where: { $0.run?.id != last }) else {
            return
                "<p class=\"sum\">It covers all phases of this firm: \(details.coverage.map(\.title).joined(separator: ", ")).</p>"
        }
        var table = DataTable("Phases that are proven", ["Phase", "Compared", .number("Checks"), "Result", "As of"])
        for phase in details.coverage {
            guard let run = phase.run else {
                table.add(
                    ["\(phase.title)", "<span class=\"warn word\">never</span>", "–", "not proven", "–"], tone: "bad")
                continue
            }
            table.add([
                "\(phase.title)",
                "<a href=\"/firms/\(status.name)/runs/\(Int(run.id))\">Run \(Int(run.id))</a>, \(HTML.time(run.endedAt ?? run.begunAt))",
                "\(StatusWords.count(phase.checks))",
                phase.differing == 0 ? "agree" : "<strong>\(StatusWords.count(phase.differing)) differ</strong>",
                phase.asOf.map(HTML.time) ?? "–",
            ])
        }
        return "<p class=\"sum\">The last comparison did not cover every phase:</p>\(table.html())"
    }

    /// What the last run that changed anything changed in each table.
    var lastChanges: HTML {
        guard let last = details.lastChanges, !last.report.changes.isEmpty else { return .empty }
        return """
            <section class="card" aria-labelledby="changes-title"><h2 id="changes-title">Last changes</h2>\
            <p class="sum">By the run of \(HTML.time(last.run.begunAt)).</p>\(RunView.changes(last.report).html())</section>
            """
    }

    /// The last warnings and errors, with their times.
    var events: HTML {
        guard !details.events.isEmpty else { return .empty }
        let items = details.events.map { event -> HTML in
            """
            <li><span class="kind \(event.level == .error ? "bad" : "warn")">\(event.level.rawValue)</span>\
            <span class="what">\(voice.text(event.message, code: event.code))</span>\(HTML.time(event.time))</li>
            """
        }
        return """
            <section class="card" aria-labelledby="events-title"><h2 id="events-title">Warnings and errors</h2>\
            <ol class="recent">\(HTML.join(items))</ol></section>
            """
    }
}
