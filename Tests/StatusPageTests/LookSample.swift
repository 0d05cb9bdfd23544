import Foundation

@testable import Jobs
@testable import Pipelines
@testable import Progress
@testable import Staging
@testable import StatusPage

/// The pages that are looked at, each in one state, at one moment.
enum LookSample {
    struct Page {
        let name: String
        let html: String
        /// Kept as references.
        var shots: [(width: Int, isDark: Bool)] = []
    }

    private static let hostile =
        "<img src=x onerror=alert(1)> \u{202E}\"Smith\" & Söhne Ωμέγα " + String(repeating: "verylongname", count: 60)

    static let pages: [Page] = [
        page("list", FirmListView.banner, list(few), [(360, true), (1280, false)]),
        page("list-many", FirmListView.banner, list(many), [(2560, true)]),
        page("list-found-nothing", FirmListView.banner, list(few, ["q": "nobody"])),
        page("firm-before", banner, firm(ConnectionStatus(name: "smith"))),
        page("firm-during", banner, firm(during, details(running: true)), [(360, false), (1280, true)]),
        page("firm-paused", banner, firm(sample(.paused, error: "Clio refused the token"))),
        page("firm-failed", banner, firm(sample(.failed, error: hostile)), [(768, false)]),
        page("firm-after", banner, firm(after, details()), [(1280, false)]),
        page("firm-refreshing", banner, firm(refreshing, details(running: true))),
        page("firm-link", PageShell.brand, firm(after, details(), operate: false), [(360, true)]),
        page("firm-hostile", banner, firm(named(hostile), details())),
        page("flagged", FlaggedView.banner("smith", mayViewAll: true), flagged(.allWithValues), [(768, true)]),
        page("flagged-link", FlaggedView.banner("smith", mayViewAll: false), flagged(.firm("smith"))),
        page("run", banner, run, [(1280, false)]),
        Page(name: "login", html: still(shell.login(wrong: true))),
    ]

    private static let assets = Assets()
    private static let shell = PageShell(assets: assets)
    private static let banner = FirmView.banner("smith", mayViewAll: true)

    private static func page(
        _ name: String, _ banner: HTML, _ main: HTML, _ shots: [(width: Int, isDark: Bool)] = []
    ) -> Page {
        let text = shell.page(
            title: name, live: nil, banner: banner, main: main, formToken: "form-token", mayLeave: true)
        return Page(name: name, html: still(text), shots: shots)
    }

    /// The page as a file: with its style, in a font that every Debian has.
    private static func still(_ text: String) -> String {
        text.replacing(
            "<link rel=\"stylesheet\" href=\"\(assets.style.path)\">",
            with: "<style>\(assets.style.text) * { font-family: \"DejaVu Sans\", sans-serif !important; }</style>"
        ).replacing("<link rel=\"icon\" href=\"\(assets.icon.path)\" type=\"image/svg+xml\">", with: "")
    }

    // MARK: Lists

    private static func list(_ firms: [ConnectionStatus], _ fields: [String: String] = [:]) -> HTML {
        FirmListView(snapshot: StatusSnapshot(time: Sample.now, connections: firms), query: FirmListQuery(fields)).main
    }

    private static var few: [ConnectionStatus] {
        var broken = ConnectionStatus(name: "broken")
        broken.problem = "staging/broken/job.sqlite: damaged, or no SQLite file (file is not a database); move it away"
        var stale = SampleStatus.firm("stale", .completed)
        stale.progress?.freshness = freshness(hoursAgo: 50)
        var hostileFirm = named(hostile)
        hostileFirm.progress?.freshness = freshness(hoursAgo: 2)
        return [
            after, during, stale, broken, hostileFirm,
            sample(.failed, error: "Clio refused the token (401)", name: "jones"),
            sample(.paused, name: "lee"), ConnectionStatus(name: "new"),
        ]
    }

    private static var many: [ConnectionStatus] {
        (1...2_000).map { number in
            let status: JobStatus = number % 97 == 0 ? .failed : number % 41 == 0 ? .paused : .completed
            var firm = sample(
                status, error: status == .failed ? "Clio refused the token (401)" : nil, name: "firm-\(number)")
            firm.progress?.freshness = freshness(hoursAgo: Double(number % 30))
            return firm
        }
    }

    // MARK: Firms

    private static func firm(
        _ status: ConnectionStatus, _ details: FirmDetails = FirmDetails(), operate: Bool = true
    ) -> HTML {
        FirmView(
            status: status, details: details, now: Sample.now, mayOperate: operate, mayResume: true,
            formToken: "form-token"
        ).main
    }

    private static func freshness(hoursAgo: Double) -> Freshness {
        Freshness(
            asOf: StatusWords.time(Sample.now - hoursAgo * 3600), RunMilestones(), FreshnessRules(hours: 26),
            now: Sample.now)
    }

    private static func sample(
        _ status: JobStatus, error: String? = nil, name: String = "smith", running: Bool = false
    ) -> ConnectionStatus {
        let lists = ["matters", "contacts", "users"].map { list in
            SampleStatus.entity(list) {
                SampleStatus.counts(&$0.progress, accepted: 398, rejected: 2, warned: 14)
                if status == .completed {
                    ($0.progress.fetched, $0.progress.distinct, $0.progress.loaded) = (1_000, 1_000, 998)
                    $0.progress.status = .completed
                    $0.progress.asOf = StatusWords.time(Sample.now - 10_800)
                    $0.words = "complete"
                }
                $0.progress.plan = EntityProgress.Plan(records: 1_000, requests: 6, seconds: 42)
                if running {
                    $0.progress.work = .init(stage: "extract", done: 400, total: 1_000)
                    $0.progress.secondsLeft = 48
                    ($0.rate, $0.words) = (12.4, "fetching")
                }
            }
        }
        var firm = SampleStatus.firm(name, status, error: error, running: running, lists)
        firm.account = Account(
            id: 17, name: "Smith & Sons LLP", userID: 5, userName: "Ann Lee", baseURL: "https://eu.app.clio.com")
        firm.token = SampleStatus.token(86_400, isRenewable: status != .paused)
        firm.recent = [RecentItem(what: "fetched", title: "Users", records: 1_000, time: Sample.now - 60)]
        return firm
    }

    private static var after: ConnectionStatus {
        var firm = sample(.completed)
        firm.progress?.freshness = freshness(hoursAgo: 3)
        return firm
    }

    private static var during: ConnectionStatus {
        var firm = sample(.inProgress, running: true)
        firm.requestsPerMinute = 41
        firm.waiting = ("rate limit", 17)
        firm.errors = [
            JobErrorCount(category: "api", code: "rateLimited", count: 3, lastMessage: "Clio asked to wait (429)")
        ]
        return firm
    }

    private static var refreshing: ConnectionStatus {
        var firm = sample(.inProgress, running: true)
        firm.progress?.freshness = freshness(hoursAgo: 27)
        return firm
    }

    private static func named(_ name: String) -> ConnectionStatus {
        var firm = sample(.failed, error: name)
        firm.account = Account(id: 17, name: name, userID: 5, userName: name, baseURL: "https://eu.app.clio.com")
        firm.errors = [JobErrorCount(category: "api", code: name, count: 1, lastMessage: name)]
        firm.recent = [RecentItem(what: "fetched", title: name, records: 1, time: Sample.now)]
        return firm
    }

    // MARK: Details

    private static let links = ClioLinks(
        templates: ["core/matters": LinkTemplate("https://{host}/nc/#/matters/{id}")].compactMapValues { $0 },
        site: "eu.app.clio.com")

    private static func details(running: Bool = false) -> FirmDetails {
        var details = FirmDetails()
        for id in 1...14 {
            var run = JobRun(
                id: Int64(id), jobID: "j", kind: id == 1 ? .run : .refresh,
                begunAt: StatusWords.time(Sample.now - Double(15 - id) * 86_400),
                endedAt: StatusWords.time(Sample.now - Double(15 - id) * 86_400 + (id == 1 ? 7_200 : 60)), user: "ann",
                processID: 1, host: "h", result: id == 8 ? "FAILED" : "COMPLETED", error: nil, hasReport: true,
                isVerified: id != 8)
            run.counts = JobRun.Counts()
            run.counts?.inserted = id == 1 ? 3_000 : id * 7
            run.counts?.flagged = id % 3
            details.runs.append(PastRun(run: run, isRunning: running && id == 14))
        }
        details.pace = RunPace((0...60).map(paceSample))
        details.flagged = [
            rule,
            FlaggedRule(
                phase: "core", entity: "contacts", rule: "required", path: "phone_numbers[].number", isRejection: false,
                records: 3, message: "is missing", examples: [.init(id: nil, part: "part-0002", line: 9)]),
        ]
        details.links = links
        if let last = details.runs.last?.run {
            details.proof = FirmDetails.Proof(run: last, report: report)
            details.lastChanges = details.proof
            details.coverage = [
                FirmDetails.VerifiedPhase(phase: "core", title: "Matters and contacts", run: last, checks: 61),
                FirmDetails.VerifiedPhase(phase: "billing", title: "Billing", run: nil),
            ]
        }
        details.events = [
            JobEvent(
                id: 1, time: StatusWords.time(Sample.now - 600), jobID: "j", level: .error, category: "database",
                code: "storage", message: "staging/smith: run `cliosync staged check`")
        ]
        return details
    }

    /// Every seventh minute is a wait.
    private static func paceSample(_ minute: Int) -> RunSample {
        let waits: Int = minute / 7
        let pages: Int = minute - waits
        return RunSample(
            time: Sample.now - 3_600 + Double(minute * 60), requests: pages * 40, records: pages * 8_000,
            waitedSeconds: Double(waits * 60), budgetPerMinute: 45)
    }

    private static let rule = FlaggedRule(
        phase: "core", entity: "matters", rule: "allowed", path: "status", isRejection: true, records: 1_200,
        message: "\"Archived\" is none of Open, Pending, Closed",
        examples: ["7", "8"].map { .init(id: $0, part: "part-0001", line: 1) })

    private static var report: JobRunReport {
        var report = JobRunReport()
        (report.firm, report.user, report.rows) = ("Smith & Sons LLP", "Ann Lee (user 5)", 2_994)
        report.asOf = StatusWords.time(Sample.now - 10_800)
        report.lists = ["matters", "contacts"].map { name in
            var list = JobRunReport.List(phase: "core", entity: name)
            (list.expected, list.fetched, list.accepted, list.rejected, list.loaded) = (1_000, 1_000, 998, 2, 998)
            list.manifestDigest = String(repeating: "0123456789abcdef", count: 4)
            list.asOf = report.asOf
            return list
        }
        report.changes = [JobRunReport.Change(table: "matters", inserted: 7, updated: 5, deleted: 2)]
        report.checks = ["rows", "ids", "content", "sum(rate)"].map { check in
            JobRunReport.Check(
                phase: "core", entity: "matters", check: check, expected: "998", actual: check == "ids" ? "997" : "998",
                ok: check != "ids", detail: "accepted records and rows")
        }
        return report
    }

    private static func flagged(_ scope: Grant.Scope) -> HTML {
        let grant = Grant(scope: scope, session: "s", expires: 0)
        return FlaggedView(
            status: after, rule: rule,
            records: (1...4).map { number in
                FlaggedRecord(
                    id: number == 4 ? nil : "\(1_000 + number)", part: "part-0001", line: number, path: "status",
                    isRejection: true, message: "m", value: number == 2 ? hostile : "\"Archived\"",
                    decision: number == 3 ? "reject" : nil, note: number == 3 ? "a test record" : nil)
            },
            links: links, waiting: [:], grant: grant, mayDecide: grant.mayOperate, formToken: "form-token"
        ).main
    }

    private static var run: HTML {
        let details = details()
        guard let last = details.runs.last?.run else { return .empty }
        return RunView(
            firm: "smith", run: last, report: report, titles: [:], voice: .operations, planned: ["core", "billing"],
            pace: details.pace
        ).main(links: true)
    }
}
