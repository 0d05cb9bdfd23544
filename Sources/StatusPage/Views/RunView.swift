internal import JSON
internal import Jobs
internal import Progress

/// The report of one run: what was in Clio, fetched, accepted, rejected and loaded, and every check with both sides. It prints
/// on paper as it is.
struct RunView {
    let firm: String
    let run: JobRun
    let report: JobRunReport?
    /// Titles of lists, by "phase/entity".
    let titles: [String: String]
    let voice: Voice
    /// The phases of the firm's job.
    var planned: [String] = []
    /// How fast it was; nil: not known.
    var pace: RunPace?

    var title: String { "\(firm): run \(run.id)" }

    /// - Parameter links: whether the page leads anywhere; a file does not.
    func main(links: Bool) -> HTML {
        let back: HTML = """
            <p class="sum"><a href="/firms/\(firm)">Back to \(firm)</a> · <a href="/firms/\(firm)/runs/\(Int(run.id))/report.html">\
            Download as HTML</a> · <a href="/firms/\(firm)/runs/\(Int(run.id))/report.json">Download as JSON</a></p>
            """
        let nothing: HTML = "<p class=\"empty\">This run left no report.</p>"
        let body: HTML =
            report.map { HTML.join([verdict($0), lists($0), changes($0), checks($0), digests($0)]) } ?? nothing
        return """
            <div class="title"><h1>\(report?.firm ?? firm)</h1></div>
            \(links ? back : .empty)
            <section class="card" aria-label="The run"><dl class="figures">\(HTML.join(figures))</dl>\(problem)\(chart)</section>
            \(body)
            """
    }

    private var figures: [HTML] {
        var list: [HTML] = []
        func add(_ name: HTML, _ value: HTML) { list.append("<div><dt>\(name)</dt><dd>\(value)</dd></div>") }
        add("Run", "\(Int(run.id)) of \(firm)")
        add("Result", "\(PastRun(run: run, isRunning: false).result.rawValue)")
        add("Begun", HTML.time(run.begunAt))
        if let end = run.endedAt { add("Ended", HTML.time(end)) }
        if let asOf = report?.asOf { add("As of", HTML.time(asOf)) }
        if let user = report?.user { add("Clio user", "\(user)") }
        if let rows = report?.rows { add("Rows in the database", "\(StatusWords.count(rows))") }
        if let counts = run.counts {
            add("Requests", "\(StatusWords.count(counts.requests))")
            add("Flagged", "\(StatusWords.count(counts.flagged))")
        }
        if let user = run.user, voice == .operations { add("Begun by", "\(user)\(run.host.map { " on \($0)" } ?? "")") }
        return list
    }

    private var chart: HTML { pace.map { PaceChart(pace: $0, id: "pace").html } ?? .empty }

    private var problem: HTML {
        run.error.map { "<p class=\"note warn\">\(voice.text($0))</p>" } ?? .empty
    }

    private func verdict(_ report: JobRunReport) -> HTML {
        guard let checks = report.checks else {
            return "<p class=\"note\">Verify did not run: files and database were not compared.</p>"
        }
        let failed = checks.count { !$0.ok }
        let result: HTML =
            failed == 0
            ? agreement(report, of: checks.count)
            : "<p class=\"note bad\">\(StatusWords.count(failed)) of \(StatusWords.count(checks.count)) checks do not agree.</p>"
        let covered = report.verifiedPhases
        let missing = planned.filter { !covered.contains($0) }
        let scope: HTML =
            missing.isEmpty
            ? "<p class=\"sum\">The checks cover: \(covered.joined(separator: ", ")).</p>"
            : """
            <p class="note warn">The checks cover: \(covered.joined(separator: ", ")). They do not cover: \
            \(missing.joined(separator: ", ")).</p>
            """
        return result + scope
    }

    /// That all checks agree, and what they looked at.
    private func agreement(_ report: JobRunReport, of checks: Int) -> HTML {
        guard let scope = report.scope, !scope.untouched.isEmpty else {
            return
                "<p class=\"note good\">All \(StatusWords.count(checks)) checks agree: the database has what the files have.</p>"
        }
        let since: HTML = scope.allComparedAt.map { " Every value was compared \(HTML.time($0)) or later." } ?? .empty
        return """
            <p class="note good">All \(StatusWords.count(checks)) checks agree. \(StatusWords.count(scope.compared.count)) of \
            \(StatusWords.count(scope.compared.count + scope.untouched.count)) tables had changed and were compared.\(since)</p>
            """
    }

    /// What identifies the compared files to the byte.
    private func digests(_ report: JobRunReport) -> HTML {
        let known = report.lists.filter { $0.manifestDigest != nil }
        guard !known.isEmpty else { return .empty }
        var table = DataTable("Digests", ["List", "SHA-256 of the raw manifest"])
        for list in known {
            table.add([
                "\(titles["\(list.phase)/\(list.entity)"] ?? list.entity) <span class=\"dim\">\(list.phase)</span>",
                "<code>\(list.manifestDigest ?? "")</code>",
            ])
        }
        let how: HTML =
            voice == .operations
            ? " As long as nothing was fetched since: <code>sha256sum staging/\(firm)/PHASE/raw/ENTITY/manifest.ndjson</code>"
            : .empty
        return """
            <section class="card"><h2>Digests</h2><p class="sum">A raw manifest has the checksum of every file that Clio's \
            answers are in.\(how)</p>\(table.html())</section>
            """
    }

    private func lists(_ report: JobRunReport) -> HTML {
        guard !report.lists.isEmpty else { return .empty }
        return """
            <section class="card"><h2>From Clio to the database</h2>\
            \(Self.lists(report, titles: titles).html())</section>
            """
    }

    /// What became of the records of each list.
    static func lists(_ report: JobRunReport, titles: [String: String]) -> DataTable {
        var table = DataTable(
            "Records of each list",
            [
                "List", .number("In Clio"), .number("Fetched"), .number("Accepted", wide: true), .number("Rejected"),
                .number("Warnings", wide: true), .number("Loaded"), .wide("As of"),
            ])
        for list in report.lists {
            table.add([
                "\(titles["\(list.phase)/\(list.entity)"] ?? list.entity) <span class=\"dim\">\(list.phase)</span>",
                "\(list.expected.map(StatusWords.count) ?? "–")", "\(StatusWords.count(list.fetched))",
                "\(StatusWords.count(list.accepted))", "\(StatusWords.count(list.rejected))",
                "\(StatusWords.count(list.warned))", "\(StatusWords.count(list.loaded))",
                list.asOf.map(HTML.time) ?? "–",
            ])
        }
        return table
    }

    private func changes(_ report: JobRunReport) -> HTML {
        guard !report.changes.isEmpty else { return .empty }
        return "<section class=\"card\"><h2>Changes in the database</h2>\(Self.changes(report).html())</section>"
    }

    /// What changed in each table.
    static func changes(_ report: JobRunReport) -> DataTable {
        var table = DataTable(
            "Changes of each table", ["Table", .number("New"), .number("Changed"), .number("Deleted")])
        for change in report.changes {
            table.add([
                "\(change.table)", "\(StatusWords.count(change.inserted))", "\(StatusWords.count(change.updated))",
                "\(StatusWords.count(change.deleted))",
            ])
        }
        return table
    }

    private func checks(_ report: JobRunReport) -> HTML {
        guard let checks = report.checks, !checks.isEmpty else { return .empty }
        return "<section class=\"card\"><h2>Checks</h2>\(Self.checks(checks, voice).html())</section>"
    }

    /// Both sides of each check, those that do not agree first.
    static func checks(_ checks: [JobRunReport.Check], _ voice: Voice) -> DataTable {
        var table = DataTable(
            "Checks", ["Of", "Check", .number("Must be"), .number("Is"), "Result", .wide("What is counted")])
        for check in checks.filter({ !$0.ok }) + checks.filter(\.ok) {
            table.add(
                [
                    "\(check.phase.map { "\($0)/" } ?? "")\(check.entity)", "\(check.check)", "\(check.expected)",
                    "\(check.actual)", check.ok ? "<span class=\"nowrap\">agrees</span>" : "<strong>differs</strong>",
                    "\(voice.detail(check.detail ?? ""))",
                ], tone: check.ok ? .empty : "bad")
        }
        return table
    }
}

/// A run and its report as a JSON file.
struct RunFile: JSONReport {
    let connection: String
    let run: Int
    let kind: String
    let begunAt: String
    let endedAt: String?
    let result: String?
    let verified: Bool?
    let verifiedPhases: [String]
    let unverifiedPhases: [String]
    let report: RawJSON

    init(firm: String, run: JobRun, report: JobRunReport, planned: [String]) {
        verifiedPhases = report.verifiedPhases
        unverifiedPhases = planned.filter { !report.verifiedPhases.contains($0) }
        connection = firm
        self.run = Int(run.id)
        kind = run.kind.rawValue
        begunAt = run.begunAt
        endedAt = run.endedAt
        result = run.result
        verified = report.isVerified
        self.report = RawJSON(report.json)
    }
}
