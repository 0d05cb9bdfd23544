internal import Jobs
internal import Progress
internal import Staging

/// `/firms/NAME`: one connection, for the operations team and for the firm's own administrator.
struct FirmView {
    let status: ConnectionStatus
    var details = FirmDetails()
    /// Seconds since 1970.
    let now: Double
    let mayOperate: Bool
    let mayResume: Bool
    /// Goes into every form.
    let formToken: String
    /// What the last action came to.
    var flash: Flash?

    var voice: Voice { mayOperate ? .operations : .firm }

    static func banner(_ name: String, mayViewAll: Bool) -> HTML {
        guard mayViewAll else { return PageShell.brand }
        return """
            <nav aria-label="Breadcrumb"><a href="/" class="brand">cliosync</a><span aria-hidden="true"> / </span>\
            <span class="here" aria-current="page">\(name)</span></nav>
            """
    }

    var main: HTML {
        if let problem = status.problem {
            return """
                <div class="title"><h1>\(status.name)</h1>\(HTML.badge(.unknown))</div>
                <p class="note bad" role="alert">\(problem)</p>
                """
        }
        return """
            \(head)
            \(flash.map(Self.message) ?? .empty)
            \(summary)
            \(HTML.join(status.phases.map(phase)))
            <div class="pair">\(recent)\(issues)</div>
            \(pace)
            \(history)
            \(flagged)
            \(proof)
            <div class="pair">\(lastChanges)\(events)</div>
            \(foot)
            """
    }

    static func message(_ flash: Flash) -> HTML {
        "<p class=\"note \(flash.isGood ? "good" : "bad")\" role=\"status\" id=\"flash\">\(flash.text)</p>"
    }

    // MARK: Head

    private var head: HTML {
        """
        <div class="title"><h1>\(heading)</h1>\
        <span aria-live="polite" id="state">\(HTML.badge(status.state))</span>\
        <div class="actions">\(actions)</div></div>\(account)\(token)
        """
    }

    /// The administrator knows the firm by its name, operations by that of the connection.
    private var heading: String {
        guard voice == .firm, let name = status.account?.name, !name.isEmpty else { return status.name }
        return name
    }

    private var account: HTML {
        guard let account = status.account else { return .empty }
        return "<p class=\"dim\" id=\"account\">\(account.firm), as seen by \(account.user), at \(account.site)</p>"
    }

    private var actions: HTML {
        guard mayOperate, !status.isElsewhere, status.job != nil else { return .empty }
        switch status.state {
        case .running: return button("pause", "Pause", title: "Stop after the page in flight; nothing is lost")
        case .stopping: return "<button disabled>Pausing…</button>"
        case .paused, .interrupted, .failed, .incomplete, .notBegun:
            return mayResume ? button("resume", "Resume", title: "Continue where it ended") : .empty
        case .complete:
            return mayResume ? button("refresh", "Refresh now", title: "Fetch what changed in Clio") : .empty
        case .cancelled, .unknown: return .empty
        }
    }

    private func button(_ action: String, _ label: String, title: String) -> HTML {
        """
        <form method="post" action="/firms/\(status.name)/actions"><input type="hidden" name="csrf" value="\(formToken)">\
        <button name="action" value="\(action)" title="\(title)">\(label)</button></form>
        """
    }

    private var summary: HTML {
        guard let progress = status.progress, let job = progress.job else {
            return voice == .operations
                ? """
                <p class="empty">No sync was begun yet. <code>cliosync run --connection \(status.name)</code> begins it.</p>
                """ : "<p class=\"empty\">No sync was begun yet.</p>"
        }
        let expected = progress.expected
        let words = expected.map { "of \(StatusWords.count($0)) records fetched" } ?? "records fetched"
        return """
            <section class="card hero" aria-label="Progress">
            <p class="lead"><span class="big">\(progress.fetchedPercent.map(StatusWords.percent) ?? "–")</span>\
            <span class="of"><strong>\(StatusWords.count(progress.fetched))</strong> \(words)</span>\
            <span class="of"><strong>\(progress.loadedPercent.map(StatusWords.percent) ?? "–")</strong> loaded: \
            \(StatusWords.count(progress.rows)) rows in the database</span></p>
            \(Bars.bar("All records", fetched: progress.fetchedPercent, loaded: progress.loadedPercent, big: true))
            <dl class="figures">\(HTML.join(figures(job)))</dl>
            \(why(job))\(HTML.join(status.freshness.advice.map { "<p class=\"note warn\">\(voice.advice($0))</p>" }))
            </section>
            """
    }

    private func why(_ job: SyncJob) -> HTML {
        switch status.state {
        case .interrupted:
            return """
                <p class="note warn">The process that worked on it is gone. Nothing is lost: the sync continues at its last \
                page when it is resumed.</p>
                """
        case .paused, .failed, .incomplete:
            guard let error = job.error else { return .empty }
            let code = status.errors.first { $0.lastMessage.hasSuffix(error) }?.code
            return """
                <p class="note \(status.state == .failed ? "bad" : "warn")">\(voice.text(error, code: code))</p>
                """
        default: return .empty
        }
    }

    private func figures(_ job: SyncJob) -> [HTML] {
        var list: [HTML] = []
        func add(_ name: HTML, _ value: HTML) { list.append("<div><dt>\(name)</dt><dd>\(value)</dd></div>") }
        if status.isRunning {
            if let left = status.etaSeconds {
                add("Time left", "\(StatusWords.duration(left))")
                add("Ready about", HTML.time(StatusWords.time(((now + Double(left)) / 60).rounded(.up) * 60)))
            } else {
                add("Time left", "not known yet")
            }
            let limit = status.activities.compactMap(\.budgetPerMinute).first
            if let pace = status.requestsPerMinute {
                let of: HTML = limit.map { "<span class=\"dim\"> of \($0)</span>" } ?? .empty
                add("Requests a minute", "\(StatusWords.count(Int(pace.rounded())))\(of)")
            }
            if let wait = status.waiting {
                add("Waits for", "\(wait.reason)\(wait.seconds.map { ", \(StatusWords.clock($0))" } ?? "")")
            } else if let work = status.planned.first(where: { $0.work != nil }) {
                add("At work on", "\(work.title), \(work.words)")
            }
        } else {
            if let began = job.startedAt { add("Begun", HTML.time(began)) }
            if let ended = job.completedAt {
                add("Ended", HTML.time(ended))
            } else if let last = status.activities.first {
                add("Last at work", HTML.time(StatusWords.time(last.updatedAt)))
            }
        }
        if let asOf = status.progress?.asOf, let age = status.freshness.age {
            add("Current as of", "\(HTML.time(asOf))<span class=\"dim\">, \(age) ago</span>")
        }
        if let due = status.freshness.refreshDueAt { add("Next refresh", HTML.time(due)) }
        if let token = status.token {
            add("Access to Clio", token.isRenewable ? "renewed automatically" : "until \(HTML.time(token.expiresAt))")
        }
        let requests = status.activities.reduce(0) { $0 + $1.requests }
        if requests > 0, !status.isRunning { add("Requests", "\(StatusWords.count(requests))") }
        add("Flagged", "\(StatusWords.count(status.flagged))")
        return list
    }

    private var foot: HTML {
        let job = status.job.map { "Job \($0.id)" } ?? ""
        return """
            <footer class="foot"><span>\(job)</span><span><a href="/api/status/\(status.name)">JSON</a></span></footer>
            """
    }
}
