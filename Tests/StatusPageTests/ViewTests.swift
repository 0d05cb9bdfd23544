import Foundation
import JSON
import Staging
import Testing

@testable import Jobs
@testable import Progress
@testable import StatusPage

/// What the pages say and offer in each state.
@Suite struct ViewTests {
    private let hostile = "<script>alert(1)</script>\"'&\u{1B}"

    @Test func theOverviewHasEveryFirmWithItsState() {
        var broken = ConnectionStatus(name: "broken")
        broken.problem = "job.sqlite: damaged, or no SQLite file"
        let firms = [
            SampleStatus.firm("a", .inProgress, running: true), SampleStatus.firm("b", .completed),
            SampleStatus.firm("c", .failed), SampleStatus.firm("d", .paused), SampleStatus.firm("e", .inProgress),
            broken,
        ]
        let text = FirmListView(snapshot: StatusSnapshot(time: Sample.now, connections: firms)).main.text
        for (name, state) in [
            ("a", "Running"), ("b", "Complete"), ("c", "Failed"), ("d", "Paused"), ("e", "Interrupted"),
            ("broken", "Not readable"),
        ] {
            let row =
                text.components(separatedBy: " id=\"firm-\(name)\">").dropFirst().first?
                .components(separatedBy: "</tr>").first ?? ""
            #expect(row.contains("href=\"/firms/\(name)\""))
            #expect(row.contains(">\(state)</span>"), "\(name)")
        }
        #expect(text.contains("6 firms · 1 running") && text.contains(">4 need attention</a>"))
        #expect(text.contains("damaged, or no SQLite file"))
        #expect(text.contains("40 % fetched"))
    }

    @Test func anEmptyFolderSaysHowToBegin() {
        #expect(FirmListView(snapshot: StatusSnapshot(time: 0)).main.text.contains("cliosync init"))
        #expect(SampleStatus.page(SampleStatus.firm("a", nil)).contains("No sync was begun yet."))
    }

    static let offers: [(JobStatus, Bool, String?)] = [
        (.inProgress, true, "pause"), (.inProgress, false, "resume"), (.paused, false, "resume"),
        (.failed, false, "resume"), (.partiallyCompleted, false, "resume"), (.pending, false, "resume"),
        (.completed, false, "refresh"), (.cancelled, false, nil),
    ]

    @Test(arguments: offers)
    func eachStateOffersWhatCanBeDone(_ status: JobStatus, _ running: Bool, _ action: String?) {
        let firm = SampleStatus.firm("smith", status, running: running)
        let text = SampleStatus.page(firm)
        for name in ["pause", "resume", "refresh"] {
            #expect(text.contains("name=\"action\" value=\"\(name)\"") == (name == action), "\(name)")
        }
        // Every form holds the token of its session.
        #expect(
            text.components(separatedBy: "<form").count
                == text.components(separatedBy: "name=\"csrf\" value=\"form-token\"").count)
        // Who sees one firm only may ask for an order, and neither pause nor resume.
        let reader = SampleStatus.page(firm, operate: false)
        for name in ["pause", "resume", "refresh"] { #expect(!reader.contains("value=\"\(name)\"")) }
        for name in ["resume", "refresh"] {
            #expect(!SampleStatus.page(firm, resume: false).contains("value=\"\(name)\""))
        }
    }

    @Test func aFirmThatIsStoppingOffersNothingMore() {
        var firm = SampleStatus.firm(running: true)
        firm.isStopping = true
        let text = SampleStatus.page(firm)
        #expect(text.contains("<button disabled>Pausing…</button>"))
        #expect(!text.contains("value=\"pause\""))
    }

    @Test func theEndOfTheAccessIsShownBeforeItComes() {
        var firm = SampleStatus.firm("smith", .completed)
        firm.token = SampleStatus.token(86_400, isRenewable: false)
        #expect(SampleStatus.page(firm).contains("cliosync auth login --connection smith"))
        let own = SampleStatus.page(firm, operate: false)
        #expect(own.contains("Your provider must renew the connection to Clio.") && !own.contains("auth login"))
        firm.token = SampleStatus.token(86_400, isRenewable: true)
        #expect(SampleStatus.page(firm).contains("renewed automatically"))
        #expect(!SampleStatus.page(firm).contains("auth login"))
        firm.token = SampleStatus.token(864_000, isRenewable: false)
        #expect(!SampleStatus.page(firm).contains("auth login"))
    }

    @Test func aFirmsLinkNamesTheFirmAndOperationsTheConnection() {
        var firm = SampleStatus.firm("smith", .completed)
        firm.account = Account(
            id: 17, name: "Smith & Sons", userID: 5, userName: "Ann", baseURL: "https://eu.app.clio.com")
        #expect(SampleStatus.page(firm).contains("<h1>smith</h1>"))
        #expect(SampleStatus.page(firm, operate: false).contains("<h1>Smith &amp; Sons</h1>"))
        #expect(SampleStatus.page(firm).contains("as seen by Ann (user 5), at eu.app.clio.com"))
    }

    @Test func theReasonOfAPauseOrFailureIsShown() {
        for status in [JobStatus.paused, .failed, .partiallyCompleted] {
            let text = SampleStatus.page(SampleStatus.firm("smith", status, error: "the token is refused"))
            #expect(text.contains("the token is refused</p>"), "\(status)")
        }
        #expect(SampleStatus.page(SampleStatus.firm()).contains("The process that worked on it is gone."))
        #expect(!SampleStatus.page(SampleStatus.firm(running: true)).contains("is gone"))
    }

    @Test func everyEntityShowsItsCountsFlagsAndPace() {
        let entities = [
            SampleStatus.entity("matters") {
                SampleStatus.counts(&$0.progress, rejected: 7, warned: 1_200)
                $0.progress.work = .init(stage: "extract", done: 400, total: 1_000)
                $0.progress.secondsLeft = 48
                ($0.rate, $0.words) = (12.4, "fetching")
            },
            SampleStatus.entity("contacts") {
                $0.progress.status = .completed
                $0.progress.expected = 0
                $0.words = "complete"
            },
        ]
        let text = SampleStatus.page(SampleStatus.firm("smith", .inProgress, running: true, entities))
        for wanted in [
            "40 %", ">400<span class=\"dim\"> of 1,000</span>", "7 rejected", "1,200 with a warning",
            "<span>12/s</span>",
            "48 s left", "fetching", "Contacts", "100 %", "complete",
            "7 rejected, 1,200 with a warning</span>",
        ] { #expect(text.contains(wanted), "\(wanted)") }
    }

    @Test func aFeatureIsUsableOnlyWhenAllOfItsPhaseIsComplete() {
        var firm = SampleStatus.firm()
        let done = SampleStatus.entity("a") { $0.progress.status = .completed }
        let open = SampleStatus.entity("b") { $0.progress.status = .partiallyCompleted }
        firm.phases = [
            SampleStatus.phase("one", [done, done]), SampleStatus.phase("two", [done, open]),
            SampleStatus.phase("three", planned: false, [open]),
        ]
        #expect(firm.featuresAvailable.map(\.name) == ["f-one"])
        let text = SampleStatus.page(firm)
        for (phase, word) in [("one", "usable now"), ("two", "next"), ("three", "later")] {
            #expect(text.contains("Feature \(phase)<span class=\"when\"> \(word)</span>"), "\(phase)")
        }
    }

    @Test func nothingFromClioOrFromAFileIsMarkup() throws {
        var firm = SampleStatus.firm(
            "smith", .failed, error: hostile,
            [
                SampleStatus.entity("matters") {
                    $0.progress.notes = [hostile]
                    $0.words = hostile
                }
            ])
        firm.errors = [JobErrorCount(category: hostile, code: hostile, count: 1, lastMessage: hostile)]
        firm.recent = [RecentItem(what: "fetched", title: hostile, records: 1, time: Sample.now)]
        firm.waiting = (hostile, 5)
        var broken = ConnectionStatus(name: "broken")
        broken.problem = hostile
        let pages = [
            SampleStatus.page(firm, flash: Flash(text: hostile, isGood: false)), SampleStatus.page(broken),
            FirmListView(snapshot: StatusSnapshot(time: Sample.now, connections: [firm, broken])).main.text,
        ]
        for page in pages {
            #expect(!page.contains("<script"))
            #expect(!page.unicodeScalars.contains("\u{1B}"))
            #expect(page.contains("&lt;script&gt;"))
        }
        let json = SnapshotReport(StatusSnapshot(time: Sample.now, connections: [firm, broken])).json
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let list = try #require(object?["connections"] as? [[String: Any]])
        #expect((list[0]["errors"] as? [[String: Any]])?.first?["last_message"] as? String == hostile)
        #expect(list[1]["problem"] as? String == hostile)
        let metrics = Metrics(
            snapshot: StatusSnapshot(time: Sample.now, connections: [firm, broken]), version: hostile, watchers: 0)
        for line in metrics.text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.split(separator: " ").last.flatMap { Double($0) } != nil, "\(line)")
            #expect(!line.unicodeScalars.contains("\u{1B}"))
        }
    }

    @Test func theJSONCountsAsThePageDoes() throws {
        let firm = SampleStatus.firm(
            "smith", .inProgress, running: true,
            [
                SampleStatus.entity("matters") {
                    SampleStatus.counts(&$0.progress, accepted: 390, rejected: 10)
                }
            ])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(ConnectionReport(firm).json.utf8)) as? [String: Any])
        #expect(object["state"] as? String == "Running")
        #expect(object["running"] as? Bool == true)
        let job = try #require(object["job"] as? [String: Any])
        #expect(job["synced_items"] as? Int == 250)
        #expect(job["percent"] as? Double == 26)
        #expect(job["status"] as? String == "IN_PROGRESS")
        let entity = try #require((object["entities"] as? [[String: Any]])?.first)
        #expect(entity["extracted"] as? Int == 400)
        #expect(entity["rejected"] as? Int == 10)
        #expect(entity["percent"] as? Double == 26)
    }

    /// Key by key: scripts rely on it.
    @Test func theJSONOfAConnection() {
        var firm = SampleStatus.firm("smith", .completed, [SampleStatus.entity("users") { $0.words = "done" }])
        firm.errors = [JobErrorCount(category: "api", code: "forbidden", count: 3, lastMessage: "403")]
        let start = """
            {"connection":"smith","state":"Complete","running":false,"waits_for":null,\
            "job":{"id":"0a1b2c3d-0000-4000-8000-000000000000","connection":"smith","status":"COMPLETED",\
            "started_at":"2026-11-24T10:00:00Z","completed_at":"2026-11-24T11:00:00Z","estimated_items":0,\
            "synced_items":0,"percent":100,"fetched_percent":100,"as_of":null,\
            "freshness":{"age_seconds":null,"stale":false,"refresh_due_at":null,"last_sweep_at":null,"sweep_due_at":null,\
            "sweep_due":false,"last_success_at":null,"all_compared_at":null},"eta_seconds":null,"features_available":["f-core"]},\
            "entities":[{"phase":"core","entity":"users","status":"PENDING","expected":null,"extracted":0,\
            "duplicates":0,"accepted":0,"rejected":0,"warned":0,"loaded":0,"percent":null,"fetched_percent":null,"as_of":null,\
            "eta_seconds":null,"notes":[],"state":"done"}],
            """
        let end = #""errors":[{"class":"api","code":"forbidden","count":3,"last_message":"403"}]}"#
        firm.phases[0].isUsable = true
        #expect(ConnectionReport(firm).json == start + end)
        let progress = firm.progress
        firm.progress = JobProgress(
            job: progress?.job, activities: [activity(made: 7, budget: nil), activity(made: 3, budget: 45)],
            isRunning: false, waiting: nil, entities: progress?.entities ?? [], usablePhases: [], expected: 0,
            tables: [:],
            rows: 0, secondsLeft: nil)
        firm.requestsPerMinute = 30
        let requests =
            #""requests":{"made":10,"retried":2,"throttled_429":4,"budget_per_minute":45,"utilisation":0.667},"#
        #expect(ConnectionReport(firm).json == start + requests + end)
        var broken = ConnectionStatus(name: "jones")
        broken.problem = "a reason"
        #expect(
            SnapshotReport(StatusSnapshot(time: Sample.now, connections: [broken])).json == """
                {"time":"2027-01-15T08:00:00Z","connections":[{"connection":"jones","state":"Not readable",\
                "running":false,"waits_for":null,"problem":"a reason","job":null,"entities":[],"errors":[]}]}
                """)
        #expect(ErrorReport(error: "a").json == #"{"error":"a"}"#)
        #expect(ActionReport(done: "a").json == #"{"done":"a"}"#)
    }

    private func activity(made: Int, budget: Int?) -> JobActivity {
        var activity = JobActivity(jobID: "j", processID: 1, startedAt: Sample.now, database: "d")
        (activity.requests, activity.retries, activity.throttled, activity.budgetPerMinute) = (made, 1, 2, budget)
        return activity
    }

    @Test func aConnectionWithoutAJobHasNoCountsInJSONAndMetrics() {
        let firm = SampleStatus.firm("smith", nil)
        #expect(ConnectionReport(firm).json.contains("\"job\":null,\"entities\":[]"))
        let text = Metrics(
            snapshot: StatusSnapshot(time: Sample.now, connections: [firm]), version: "1", watchers: 0
        ).text
        #expect(text.contains("cliosync_connection_readable{connection=\"smith\"} 1"))
        #expect(!text.contains("cliosync_job_status"))
    }

    @Test(arguments: JobStatus.allCases)
    func metricsSetOneStatusAndLeaveTheOthersAtZero(_ status: JobStatus) {
        let text = Metrics(
            snapshot: StatusSnapshot(time: Sample.now, connections: [SampleStatus.firm("smith", status)]), version: "1",
            watchers: 0
        ).text
        for other in JobStatus.allCases {
            let value = other == status ? 1 : 0
            #expect(
                text.contains("cliosync_job_status{connection=\"smith\",status=\"\(other.rawValue)\"} \(value)\n"))
        }
    }
}
