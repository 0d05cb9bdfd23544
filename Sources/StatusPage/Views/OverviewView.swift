internal import Jobs
internal import Progress

/// `/`: all connections of the staging folder.
enum OverviewView {
    static let banner: HTML = "<p class=\"brand\">cliosync</p>"

    static func main(_ snapshot: StatusSnapshot) -> HTML {
        let connections = snapshot.connections
        guard !connections.isEmpty else {
            return """
                <h1>Firms</h1>
                <p class="empty">No sync was begun in this staging folder yet. <code>cliosync run --connection NAME</code> \
                begins one.</p>
                """
        }
        let running = connections.filter(\.isRunning).count
        let needy = connections.filter { [.failed, .interrupted, .unknown, .paused].contains($0.state) }.count
        return """
            <h1>Firms</h1>
            <p class="sum">\(count(connections.count, "connection", "connections")) · \(running) running\
            \(needy > 0 ? " · \(count(needy, "waits", "wait")) for a person" as HTML : .empty)</p>
            <ul class="firms">\(HTML.join(connections.map(row)))</ul>
            """
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(StatusWords.count(number)) \(number == 1 ? one : many)"
    }

    private static func row(_ status: ConnectionStatus) -> HTML {
        var facts: [HTML] = []
        if let problem = status.problem {
            facts.append("<span class=\"wide\">\(problem)</span>")
        } else if let progress = status.progress, progress.job != nil {
            let expected = progress.expected.map { " of \(StatusWords.count($0))" } ?? ""
            facts.append("<span>\(StatusWords.count(progress.fetched))\(expected) fetched</span>")
            facts.append("<span>\(StatusWords.count(progress.rows)) rows in the database</span>")
            if status.isRunning, let left = status.etaSeconds {
                facts.append("<span>about \(StatusWords.duration(left)) left</span>")
            } else if let done = status.job?.completedAt {
                facts.append("<span>ended \(HTML.time(done))</span>")
            }
            if let age = status.freshness.age { facts.append("<span>as of \(age) ago</span>") }
            for line in status.freshness.advice + (status.token?.advice ?? []) {
                facts.append("<span class=\"wide\">\(line)</span>")
            }
            if status.flagged > 0 { facts.append("<span>\(StatusWords.count(status.flagged)) flagged</span>") }
        }
        let percent = status.progress?.fetchedPercent.map(StatusWords.percent) ?? "–"
        return """
            <li id="firm-\(status.name)"><a href="/firms/\(status.name)">\
            <span class="name">\(status.name)</span>\(HTML.badge(status.state))\
            <span class="pct">\(percent)</span></a>\
            \(Bars.bar(status.name, fetched: status.progress?.fetchedPercent, loaded: status.progress?.loadedPercent))\
            <p class="facts">\(HTML.join(facts))</p></li>
            """
    }
}
