import Foundation
import JSON
import Jobs
import Pipelines
import Progress
import Staging
import Synchronization
import Testing

@testable import StatusPage

@Suite struct StatusTests {
    @Test("Counts, percent, rate and time left come from the job record and its process")
    func aRunningJob() throws {
        let sample = try Sample()
        nonisolated(unsafe) var now = 1_800_000_000.0
        let job = try sample.job("smith", now: now)
        let store = try sample.store("smith")
        let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { now })
        _ = source.snapshot()
        now += 10
        try store.note(sample.activity(job.id, now: now, done: 300))
        let status = try #require(source.snapshot().connection("smith"))
        #expect(status.state == .running)
        let matters = try #require(status.entities.first { $0.phase == "core" && $0.name == "matters" })
        #expect(matters.progress.fetched == 300)
        #expect(matters.expected == 400)
        #expect(matters.progress.fetchedPercent == 75)
        #expect(matters.rate == 20)
        #expect(matters.status == .inProgress)
        #expect(matters.words == "fetching")
        #expect(status.requestsPerMinute == 12)
        #expect(status.progress?.fetched == 315)
        #expect((status.etaSeconds ?? 0) > 0)
        #expect(status.recent.map(\.what) == ["fetched"])
        #expect(status.featuresAvailable.isEmpty)
    }

    @Test func theFirmAndItsUserAreNamed() throws {
        let sample = try Sample()
        try sample.job("smith")
        func status() throws -> ConnectionStatus {
            let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
            return try #require(source.snapshot().connection("smith"))
        }
        #expect(try status().account == nil)
        #expect(try !SampleStatus.page(status()).contains("id=\"account\""))
        let account = Account(
            id: 17, name: "Smith & Co", userID: 5, userName: "Ann Lee", baseURL: "https://app.clio.com")
        try sample.store("smith").pin(account: account.json) { _ in true }
        #expect(
            try SampleStatus.page(status()).contains("Smith &amp; Co (account 17), as seen by Ann Lee (user 5)"))
        #expect(try ConnectionReport(status()).json.contains("\"account\":\(account.json)"))
    }

    /// A clock that is turned, and the alarms that were asked for.
    private final class Watch: Sendable {
        let now = Mutex(Date().timeIntervalSince1970)
        let asked = Mutex<[String]>([])
    }

    @Test func aConnectionThatIsNotCurrentShowsItAndAsksForTheAlarmOnce() async throws {
        let sample = try Sample()
        let job = try sample.job("smith", live: false)
        let store = try sample.store("smith")
        let run = try store.beginRun(job: job.id, kind: .run, user: nil)
        try store.endRun(run, result: "COMPLETED", counts: JobRun.Counts(), error: nil)
        let catalog = try Sample.catalog()
        let folder = try ConnectionFolder(staging: sample.staging, connection: "smith")
        for entity in catalog.entities {
            let writer = try await RawLayerWriter.open(
                folder.entity(phase: entity.phase, name: entity.name), force: false)
            try await writer.complete(expected: 0, status: .complete, message: nil)
        }
        let watch = Watch()
        var options = StatusPageOptions(staging: sample.staging, catalog: catalog)
        options.freshness = { _ in FreshnessRules(hours: 24) }
        options.onAlarm = { name in watch.asked.withLock { $0.append(name) } }
        let hub = StatusHub(options, clock: { watch.now.withLock { $0 } })
        await hub.look()
        let calm = try #require(hub.snapshot.connection("smith"))
        #expect(calm.freshness.ageSeconds != nil && !calm.freshness.isStale)
        #expect(watch.asked.withLock { $0 }.isEmpty)
        #expect(SampleStatus.page(calm).contains("Current as of"))
        watch.now.withLock { $0 += 86_400 * 40 }
        for _ in 0..<3 { await hub.look() }
        #expect(watch.asked.withLock { $0 } == ["smith"])
        let stale = try #require(hub.snapshot.connection("smith"))
        let page = SampleStatus.page(stale)
        #expect(page.contains("40 d ago") && page.contains("a refresh is overdue") && page.contains("a sweep is due"))
        #expect(FirmListView(snapshot: hub.snapshot).main.text.contains("<span class=\"warn word\">stale</span>"))
        #expect(ConnectionReport(stale).json.contains("\"stale\":true"))
        // A run that failed takes the last success away from nobody.
        let failed = try store.beginRun(job: job.id, kind: .refresh, user: nil)
        try store.endRun(failed, result: "FAILED", counts: JobRun.Counts(), error: "503")
        await hub.look()
        let metrics = Metrics(snapshot: hub.snapshot, version: "1", watchers: 0).text
        #expect(metrics.contains("\ncliosync_connection_stale{connection=\"smith\"} 1\n"))
        let success = try #require(try store.milestones().lastSuccess.flatMap { Moment.seconds($0) })
        #expect(
            metrics.contains("\ncliosync_last_success_timestamp_seconds{connection=\"smith\"} \(Int(success))\n"))
    }

    @Test func aTokenThatEndsIsShownAndItsAlarmAskedForOnce() async throws {
        let sample = try Sample()
        _ = try sample.job("smith", live: false)
        try sample.store("smith").noteToken(mark: "a", expiresAt: nil, isRenewable: false, isLogin: false)
        let watch = Watch()
        var options = StatusPageOptions(staging: sample.staging, catalog: try Sample.catalog())
        options.onAlarm = { name in watch.asked.withLock { $0.append(name) } }
        let hub = StatusHub(options, clock: { watch.now.withLock { $0 } })
        watch.now.withLock { $0 = Date().timeIntervalSince1970 }
        await hub.look()
        let calm = try #require(hub.snapshot.connection("smith"))
        #expect(calm.token?.isExpiring == false && !SampleStatus.page(calm).contains("id=\"token\""))
        watch.now.withLock { $0 += 86_400 * 25 }
        for _ in 0..<3 { await hub.look() }
        #expect(watch.asked.withLock { $0 } == ["smith"])
        let due = try #require(hub.snapshot.connection("smith"))
        #expect(SampleStatus.page(due).contains("the access token expires in"))
        // The firm's own administrator has no shell.
        let page = SampleStatus.page(due, operate: false)
        #expect(
            page.contains("Your provider must renew the connection to Clio.") && !page.contains("CLIO_ACCESS_TOKEN"))
        #expect(due.needsAttention)
        #expect(ConnectionReport(due).json.contains("\"expiring\":true"))
        let end = try #require(due.token.flatMap { Moment.seconds($0.expiresAt) })
        #expect(
            Metrics(snapshot: hub.snapshot, version: "1", watchers: 0).text.contains(
                "\ncliosync_token_expiry_timestamp_seconds{connection=\"smith\"} \(Int(end))\n"))
    }

    @Test("A phase's features can be used once all of it is complete")
    func features() throws {
        let sample = try Sample()
        let job = try sample.job("smith")
        let store = try sample.store("smith")
        for entity in try Sample.catalog().phases[0].entities {
            try store.updateEntity(job: job.id, phase: "core", type: entity.name) { $0.status = .inProgress }
            try store.updateEntity(job: job.id, phase: "core", type: entity.name) { $0.status = .completed }
        }
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
        let status = try #require(source.snapshot().connection("smith"))
        #expect(status.featuresAvailable.map(\.name) == (try Sample.catalog().phases[0].features.map(\.name)))
        let html = FirmView(
            status: status, now: 0, mayOperate: true, mayResume: true, formToken: "t", flash: nil
        ).main.text
        #expect(html.contains("usable now") && html.contains(" next") && html.contains(" later"))
    }

    @Test("Groups show how far each is, as text, with a button for what can still be pulled forward")
    func groups() throws {
        let sample = try Sample()
        let now = 1_800_000_000.0
        let job = try sample.job("smith", now: now)
        let store = try sample.store("smith")
        for group in ["7", "rest"] { try store.request(.prioritizeGroup(entity: "matters", group: group), job: job.id) }
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), .init(groups: Sample.groups), clock: { now })
        let status = try #require(source.snapshot().connection("smith"))
        let matters = try #require(status.entities.first { $0.phase == "core" && $0.name == "matters" })
        #expect(matters.groups.map(\.key) == ["5", "7", "9", "rest"])
        #expect(matters.groupPriorities == ["7": false, "rest": false])
        #expect(status.entities.filter { !$0.groups.isEmpty }.map(\.name) == ["matters"])
        let html = FirmView(
            status: status, now: now, mayOperate: true, mayResume: true, formToken: "t", flash: nil
        ).main.text
        #expect(html.contains("<summary>1 of 4 groups usable now</summary>"))
        #expect(html.contains("Family &lt;b&gt;law&lt;/b&gt;") && !html.contains("<b>law"))
        // Loaded: nothing to ask for. Asked for: said so. Waiting: a button. The rest: never one.
        #expect(!html.contains("name=\"group\" value=\"5\""))
        #expect(!html.contains("name=\"group\" value=\"7\""))
        #expect(html.contains("name=\"group\" value=\"9\""))
        #expect(!html.contains("name=\"group\" value=\"rest\""))
        #expect(
            ConnectionReport(status).json.contains("{\"id\":\"5\",\"name\":\"Family <b>law</b>\",\"status\":\"LOADED\"")
        )
    }

    @Test("a process that says nothing any more is gone, and its job can be resumed")
    func aKilledProcess() throws {
        let sample = try Sample()
        nonisolated(unsafe) var now = 1_800_000_000.0
        try sample.job("smith", now: now)
        let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { now })
        #expect(source.snapshot().connection("smith")?.state == .running)
        now += JobActivity.patience + 1
        let status = try #require(source.snapshot().connection("smith"))
        #expect(status.state == .interrupted)
        let html = FirmView(
            status: status, now: now, mayOperate: true, mayResume: true, formToken: "t", flash: nil
        ).main.text
        #expect(html.contains("value=\"resume\"") && !html.contains("value=\"pause\""))
        #expect(status.etaSeconds == nil)
    }

    @Test("what a process waits for is said, with the time")
    func waiting() throws {
        let sample = try Sample()
        let now = 1_800_000_000.0
        let job = try sample.job("smith", now: now)
        var activity = sample.activity(job.id, now: now, done: 100)
        activity.waitingFor = .rateLimit
        activity.waitingUntil = now + 23
        try sample.store("smith").note(activity)
        let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { now })
        let status = try #require(source.snapshot().connection("smith"))
        #expect(status.entities.first { $0.name == "matters" }?.words == "waits for rate limit, 0:23")
    }

    @Test("hostile folders and damaged records spoil nothing for the others")
    func damagedRecords() throws {
        let sample = try Sample()
        try sample.job("smith")
        let files = FileManager.default
        for name in ["<script>alert(1)</script>".replacing("/", with: "_"), "UPPER", ".jobs", "a b"] {
            try files.createDirectory(atPath: "\(sample.staging)/\(name)", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: "\(sample.staging)/\(name)/job.sqlite"))
        }
        try files.createDirectory(atPath: "\(sample.staging)/broken", withIntermediateDirectories: true)
        try Data("no database at all, but long enough to be looked at".utf8)
            .write(to: URL(fileURLWithPath: "\(sample.staging)/broken/job.sqlite"))
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
        let snapshot = source.snapshot()
        #expect(snapshot.connections.map(\.name) == ["broken", "smith"])
        #expect(snapshot.connection("broken")?.problem != nil)
        #expect(snapshot.connection("smith")?.state == .running)
        #expect(FirmListView(snapshot: snapshot).main.text.contains("Not readable"))
        #expect(Metrics(snapshot: snapshot, version: "1", watchers: 0).text.contains("{connection=\"broken\"} 0"))
    }

    @Test("Hostile messages are shown as text")
    func hostileMessages() throws {
        let sample = try Sample()
        let job = try sample.job("smith")
        let store = try sample.store("smith")
        let hostile =
            "</section><img src=x onerror=alert(1)>\u{1B}]0;pwned\u{7}" + String(repeating: "A", count: 100_000)
        try store.addEvent(job: job.id, level: .error, category: "<b>", code: "\"><i>", message: hostile)
        try store.updateEntity(job: job.id, phase: "core", type: "matters") { $0.message = hostile }
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
        let snapshot = source.snapshot()
        let status = try #require(snapshot.connection("smith"))
        let html = FirmView(
            status: status, now: 0, mayOperate: true, mayResume: true, formToken: "t",
            flash: Flash(text: hostile, isGood: false)
        ).main.text
        #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;"))
        for piece in ["<img", "<b>", "<i>", "\u{1B}", "\u{7}"] { #expect(!html.contains(piece)) }
        #expect(html.utf8.count < 40_000)
        let json = ConnectionReport(status).json
        #expect(!json.contains("\u{1B}"))
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let errors = object?["errors"] as? [[String: Any]]
        #expect(errors?.first?["last_message"] as? String == hostile)
        let metrics = Metrics(snapshot: snapshot, version: "1", watchers: 0).text
        #expect(metrics.contains("code=\"\\\"><i>\""))
    }

    @Test("the JSON has the keys that status --json promises")
    func stableKeys() throws {
        let sample = try Sample()
        try sample.job("smith")
        let source = StatusSource(
            staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
        let json = ConnectionReport(try #require(source.snapshot().connection("smith"))).json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        func keys(_ value: Any?) -> Set<String> { Set((value as? [String: Any])?.keys ?? [:].keys) }
        func missing(_ wanted: [String], _ value: Any?) -> [String] { wanted.filter { !keys(value).contains($0) } }
        let ofAll = missing(["job", "entities", "requests", "errors"], object)
        let ofJob = missing(
            [
                "id", "connection", "status", "started_at", "completed_at", "estimated_items", "synced_items",
                "percent",
                "eta_seconds", "features_available",
            ], object["job"])
        let ofEntity = missing(
            [
                "phase", "entity", "status", "expected", "extracted", "duplicates", "accepted", "rejected", "warned",
                "loaded", "percent", "eta_seconds",
            ], (object["entities"] as? [Any])?.first)
        let ofRequests = missing(
            ["made", "retried", "throttled_429", "budget_per_minute", "utilisation"], object["requests"])
        #expect(ofAll + ofJob + ofEntity + ofRequests == [])
    }

    @Test("Every metric is there, with its help and type")
    func metrics() throws {
        let sample = try Sample()
        nonisolated(unsafe) var now = 1_800_000_000.0
        let job = try sample.job("smith", now: now)
        let store = try sample.store("smith")
        try store.addEvent(job: job.id, level: .error, category: "api", code: "forbidden", message: "m")
        try store.addEvent(job: job.id, level: .error, category: "database", code: "full", message: "m")
        let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { now })
        _ = source.snapshot()
        now += 10
        var activity = sample.activity(job.id, now: now, done: 300)
        activity.rowsWritten = 50
        activity.waitingFor = .rateLimit
        try store.note(activity)
        let text = Metrics(snapshot: source.snapshot(), version: "1", watchers: 2).text
        let lines = text.split(separator: "\n").map(String.init)
        for wanted in [
            "cliosync_job_fetched_ratio{connection=\"smith\"} 0.315",
            "cliosync_entity_fetched_records{connection=\"smith\",phase=\"core\",entity=\"matters\"} 300",
            "cliosync_api_calls_per_minute{connection=\"smith\"} 12",
            "cliosync_api_calls_per_minute_limit{connection=\"smith\"} 45",
            "cliosync_database_rows_written_total{connection=\"smith\"} 50",
            "cliosync_database_rows_written_per_second{connection=\"smith\"} 5",
            "cliosync_process_resident_memory_bytes{connection=\"smith\"} 80000000",
            "cliosync_process_cpu_seconds_total{connection=\"smith\"} 2.5",
            "cliosync_api_errors_total{connection=\"smith\",class=\"api\",code=\"forbidden\"} 1",
            "cliosync_transform_errors_total{connection=\"smith\",phase=\"core\",entity=\"matters\",severity=\"reject\"} 3",
            "cliosync_database_write_failures_total{connection=\"smith\"} 1",
            "cliosync_job_waiting{connection=\"smith\",reason=\"rate limit\"} 1",
            "cliosync_status_page_watchers 2",
        ] { #expect(lines.contains(wanted), "\(wanted)") }
        // Each family once, with its help and type before its samples.
        var seen: Set<String> = []
        for (index, line) in lines.enumerated() where line.hasPrefix("# HELP ") {
            let name = String(line.split(separator: " ")[2])
            #expect(seen.insert(name).inserted)
            #expect(lines[index + 1].hasPrefix("# TYPE \(name) "))
            #expect(lines[index + 2].hasPrefix(name))
        }
        // And all of them in the docs.
        let docs = try String(contentsOfFile: Sample.repository + "/docs/status-page.md", encoding: .utf8)
        for name in seen { #expect(docs.contains("`\(name)`"), "\(name) is not in docs/status-page.md") }
    }

    @Test func labelsAreEscaped() {
        #expect(MetricText.escapeLabel("a\\b\"c\nd\u{1B}e") == "a\\\\b\\\"c\\nd\u{FFFD}e")
    }

    @Test func aCounterThatFellBeginsAnew() {
        var history = RateHistory()
        history.note("x", 100, at: 0)
        history.note("x", 200, at: 10)
        #expect(history.perSecond("x") == 10)
        history.note("x", 5, at: 11)
        #expect(history.perSecond("x") == nil)
        history.note("x", 15, at: 16)
        #expect(history.perSecond("x") == 2)
        // Only the last minute counts.
        for second in 0..<200 { history.note("y", second < 100 ? 0 : Double(second - 100), at: Double(second)) }
        #expect(history.perSecond("y") == 1)
    }
}
