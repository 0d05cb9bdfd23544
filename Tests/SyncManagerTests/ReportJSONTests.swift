import Account
import Foundation
import JSON
import Testing

@testable import Jobs
@testable import Load
@testable import Staging
@testable import SyncManager
@testable import Transform
@testable import Verify

/// The JSON of each kind of report, key by key: scripts rely on it.
@Suite struct ReportJSONTests {
    private static let uuid = "0a1b2c3d-0000-4000-8000-000000000000"

    private static let syncJob = SyncJob(
        id: uuid, connection: "smith", status: .inProgress, startedAt: "2026-11-24T10:00:00Z", completedAt: nil,
        estimatedItems: 1_000, syncedItems: 0, createdAt: "2026-11-24T09:00:00Z", updatedAt: "2026-11-24T10:30:00Z",
        phases: ["core"], strategy: nil, estimate: nil, error: nil, processID: 1, host: nil)

    @Test func aRun() {
        var report = RunReport()
        #expect(report.json == #"{"entities":[],"errors":[]}"#)
        var job = JobSummary(
            id: Self.uuid, connection: "smith", status: "IN_PROGRESS", startedAt: "2026-11-24T10:00:00Z",
            completedAt: nil, estimatedItems: 1_000, syncedItems: 500, percent: 50, fetchedPercent: 66.66667,
            etaSeconds: 60, fetchedItems: 600, error: "not shown", featuresAvailable: ["matters"])
        job.clioUser = "Ann \"A\" Lee (user 5)"
        job.isRunning = true
        job.waitsFor = "rate limit"
        job.waitsUntil = 1_800_000_000.9
        report.job = job
        report.account = Account(id: 17, name: "Smith LLP", userID: 5, userName: "Ann", baseURL: "https://app.clio.com")
        var entity = EntitySummary(phase: "core", entity: "matters", status: "IN_PROGRESS")
        (entity.expected, entity.extracted, entity.duplicates, entity.accepted) = (10, 9, 1, 7)
        (entity.rejected, entity.warned, entity.loaded, entity.percent) = (2, 3, 7, 90)
        (entity.acceptedInReview, entity.rejectedInReview) = (4, 5)
        var group = GroupSummary(key: "5", name: nil, records: 3)
        group.status = .loaded
        entity.groups = [group]
        entity.notes = ["a note"]
        report.entities = [entity, EntitySummary(phase: "core", entity: "users", status: "PENDING")]
        var requests = RequestSummary()
        (requests.made, requests.retried, requests.throttled, requests.budgetPerMinute) = (7, 2, 1, 45)
        report.requests = requests
        report.errors = [JobErrorCount(category: "api", code: "forbidden", count: 3, lastMessage: "403")]
        report.estimate = RawJSON(#"{"firm_size":"small"}"#)
        report.verify = VerifySummary(
            ok: false,
            checks: [
                CheckSummary(
                    phase: "core", entity: "matters", check: "rows", expected: "1", actual: "2", ok: false,
                    detail: "of 3"),
                CheckSummary(phase: nil, entity: "", check: "integrity", expected: "ok", actual: "ok", ok: true),
            ],
            orphans: [
                MissingParents(
                    table: "tasks", column: "matter_id", parent: "matters", records: 2, missing: 1,
                    mostFrequent: [MissingParents.Parent(id: "9", records: 2)])
            ])
        #expect(
            report.json == """
                {"job":{"id":"0a1b2c3d-0000-4000-8000-000000000000","connection":"smith","status":"IN_PROGRESS",\
                "started_at":"2026-11-24T10:00:00Z","completed_at":null,"estimated_items":1000,"synced_items":500,\
                "percent":50,"fetched_percent":66.667,"as_of":null,\
                "freshness":{"age_seconds":null,"stale":false,"refresh_due_at":null,"last_sweep_at":null,\
                "sweep_due_at":null,"sweep_due":false,"last_success_at":null,"all_compared_at":null},"eta_seconds":60,"features_available":["matters"],\
                "clio_user":"Ann \\"A\\" Lee (user 5)","running":true,"waits_for":"rate limit",\
                "waits_until":"2027-01-15T08:00:00Z"},\
                "account":{"id":17,"name":"Smith LLP","user_id":5,"user_name":"Ann","site":"app.clio.com"},\
                "entities":[{"phase":"core","entity":"matters","status":"IN_PROGRESS","expected":10,"extracted":9,\
                "duplicates":1,"accepted":7,"rejected":2,"warned":3,"accepted_in_review":4,"rejected_in_review":5,\
                "loaded":7,"percent":90,"fetched_percent":null,"as_of":null,"eta_seconds":null,"notes":["a note"],\
                "groups":[{"id":"5","name":null,"status":"LOADED","expected":null,"extracted":3}]},\
                {"phase":"core","entity":"users","status":"PENDING","expected":null,"extracted":0,"duplicates":0,\
                "accepted":0,"rejected":0,"warned":0,"accepted_in_review":0,"rejected_in_review":0,"loaded":0,\
                "percent":null,"fetched_percent":null,"as_of":null,"eta_seconds":null,"notes":[]}],\
                "requests":{"made":7,"retried":2,"throttled_429":1,"budget_per_minute":45,"utilisation":null},\
                "errors":[{"class":"api","code":"forbidden","count":3,"last_message":"403"}],\
                "estimate":{"firm_size":"small"},\
                "verify":{"ok":false,"checks":[{"phase":"core","entity":"matters","check":"rows","expected":"1",\
                "actual":"2","ok":false,"detail":"of 3"},\
                {"entity":"","check":"integrity","expected":"ok","actual":"ok","ok":true}],\
                "orphans":[{"table":"tasks","column":"matter_id","parent":"matters","records":2,"missing":1,\
                "most_frequent":[{"id":"9","records":2}]}],\
                "scope":{"compared":[],"untouched":[],"all_compared_at":null}}}
                """)
    }

    @Test func anEstimate() {
        var estimate = SyncEstimate(
            firmSize: "small", strategy: "single", reasons: ["one run"],
            phases: [
                SyncEstimate.PhaseEstimate(
                    phase: "core", title: "Core", day: "1-2", features: ["matters"], records: 10, requests: 3,
                    readyAfter: 1.23456)
            ],
            entities: [
                SyncEstimate.EntityEstimate(
                    phase: "core", entity: "matters", records: nil, requests: 3, seconds: 1, bytesPerRecord: 812.5,
                    stagedBytesPerRecord: 100, isMeasured: true, outOfStep: 0.012345)
            ],
            records: 10, requests: 4, limit: nil, requestsPerMinute: 45, latency: 0.25, pageSeconds: nil, seconds: 8,
            heldSeconds: 0, startsAt: 1_800_000_000.9, endsAt: 1_800_000_008.1, peakHours: nil, databaseBytes: 1,
            stagingBytes: 2, diskBytes: 3, freeBytes: nil, user: nil, localRecordsPerSecond: 1234.5, actual: nil)
        estimate.timeZone = "UTC"
        // EstimateRangeTests has these.
        let (range, timeline) = (OrderedEncoder().encode(estimate.range), OrderedEncoder().encode(estimate.timeline))
        let start = """
            {"firm_size":"small","strategy":"single","reasons":["one run"],"records":10,"requests":4,\
            "limit_per_minute":null,"requests_per_minute":45,"latency_seconds":0.25,"page_seconds":null,"seconds":8,\
            "held_seconds":0,"starts_at":"2027-01-15T08:00:00Z","ends_at":"2027-01-15T08:00:09Z","peak_hours":null,\
            "is_peak":null,"database_bytes":1,"staging_bytes":2,"disk_bytes":3,"disk_free_bytes":null,\
            "memory_bytes":150000000,"local_records_per_second":1235,"clio_user":null,\
            "time_zone":"UTC","message":"\(estimate.message)","range":\(range),"timeline":\(timeline),\
            "typical":{"duration":"15-30 minutes","requests":"2,000-5,000","database":"under 50 MB"},\
            "phases":[{"phase":"core","title":"Core","day":"1-2","features":["matters"],"records":10,"requests":3,\
            "ready_after_seconds":1.235}],\
            "entities":[{"phase":"core","entity":"matters","records":null,"requests":3,"seconds":1,\
            "bytes_per_record":812.5,"staged_bytes_per_record":100,"measured":true,"out_of_step":0.012345}]
            """
        #expect(estimate.json == start + "}")
        estimate.actual = EstimateCheck(
            requests: 5, seconds: 6, peakMemoryBytes: 7, cpuSeconds: 0.5, localRecordsPerSecond: nil,
            limits: [EstimateCheck.LimitChange(at: "2026-11-24T10:00:00Z", limit: 50)])
        #expect(
            estimate.json == start + """
                ,"actual":{"requests":5,"requests_off_percent":25,"seconds":6,"seconds_off_percent":-25,\
                "peak_memory_bytes":7,"cpu_seconds":0.5,"local_records_per_second":null,\
                "limit_changes":[{"at":"2026-11-24T10:00:00Z","limit_per_minute":50}]}}
                """)
        estimate.peakHours = PeakHours.of(region: "eu")
        #expect(estimate.json.contains(#""peak_hours":"07:00-22:00 GMT","is_peak":true,"#))
        // A later run takes what was measured.
        let samples = EstimateSamples(estimate.json)
        #expect(samples.entities["core/matters"]?.outOfStep == 0.012345)
        #expect(samples.entities["core/matters"]?.bytes == 812.5)
    }

    @Test func aResetAndAnAlarm() {
        let preview = ResetPreview(
            job: Self.syncJob, isWholeJob: true, database: "db",
            additions: [TableAddition(kind: "column", name: "my_flag", table: "matters")],
            entities: [
                ResetPreview.Item(phase: "core", entity: "matters", staged: StagedAmount(), rows: 4, definition: nil)
            ])
        #expect(
            preview.report(isDone: false, status: "PAUSED").json == """
                {"job":"0a1b2c3d-0000-4000-8000-000000000000","connection":"smith","status":"PAUSED","done":false,\
                "files":0,"bytes":0,"rows":4,\
                "additions":[{"kind":"column","name":"my_flag","table":"matters"}],\
                "entities":[{"phase":"core","entity":"matters","files":0,"bytes":0,"rows":4}]}
                """)
        var alarm = Alarm(
            kind: .partiallyCompleted, connection: "smith", job: "j", status: "PAUSED", message: "why", time: "now",
            host: "h")
        (alarm.rows, alarm.rejected, alarm.requests, alarm.seconds, alarm.next) = (1, 2, 3, 4.56789, "go")
        #expect(
            alarm.json == """
                {"text":"cliosync smith: partially completed: why · 1 rows loaded · next: go",\
                "event":"partially_completed","connection":"smith","job":"j","status":"PAUSED","message":"why",\
                "time":"now","host":"h","next":"go","rows":1,"rejected":2,"requests":3,"seconds":4.568}
                """)
        #expect(
            DatabaseExport.Report(file: "f", bytes: 1, records: 2, incomplete: ["core/tasks"]).json
                == #"{"file":"f","bytes":1,"records":2,"incomplete":["core/tasks"]}"#)
    }
}
