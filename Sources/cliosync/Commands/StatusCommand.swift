import Account
import ArgumentParser
import Bytes
import Foundation
import Jobs
import Pipelines
import Progress
import SyncManager

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the state of a job, or of all firms.",
        discussion: """
            Without a job and a connection: all firms of the staging folder, or the one there is. Makes no request and \
            takes no lock, so that it can be asked at any time from anywhere.

            Examples:
              cliosync status
              cliosync status --watch
              cliosync status 1f2e3d --json | jq .job.percent
              cliosync status --history
              cliosync status --alarm                       from cron or a timer, where no `serve` runs
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Follow what is at work, as the terminal of the run shows it, until the job rests.") var watch = false
    @Flag(help: "With --json: all firms of the staging folder, as {\"connections\": […]}.") var all = false
    @Flag(
        help:
            "Send what is due, each once: the alarms `stale`, for data that are older than SYNC_FRESHNESS_HOURS, and `expiring`, for a token that ends within 7 days (exit code 3 then), alarms that quiet hours held, and the digest of the week."
    )
    var alarm = false
    @Flag(
        help:
            "List every run: when, how long, what was asked for, by whom, requests, rows, flagged records and the result."
    )
    var history = false
    @Argument(
        help: "The job: its id, its first characters, or `latest` (default: the newest).", completion: Completions.jobs)
    var job: String?

    func validate() throws {
        if history, watch || all {
            throw ValidationError("--history lists all runs at once; leave out --watch and --all")
        }
        if alarm, watch || history || job != nil {
            throw ValidationError("--alarm looks once at finished data; leave out --watch, --history and the job")
        }
    }

    func run() async throws {
        if history { return try printHistory() }
        var common = common
        let finder = JobFinder(staging: common.staging)
        var jobID: String?
        if let job {
            let found = try finder.find(job, connection: common.chosenConnection)
            common.connection = found.connection
            jobID = found.id
        } else if common.chosenConnection == nil {
            let names = try finder.connections
            if names.count > 1, all || !common.json { return try await overview(common, finder) }
            if names.count == 1, let only = names.first { common.connection = only }
        }
        let catalog = try common.catalog()
        let manager = try manager(common, catalog)
        try await show(StatusWatch([(common.connection, manager)], job: jobID, catalog: catalog)) {
            let report = try manager.getSyncStatus(jobID)
            return (
                Output.text(report, json: common.json) { ReportPrinter(report, common).statusText },
                report.job?.isRunning == true
            )
        }
        if alarm { try await check([manager]) }
    }

    /// A wrong setting is in the way of an alarm, and not of a look.
    private func manager(
        _ common: CommonOptions, _ catalog: Catalog, onlyOwnTokens: Bool = false
    ) throws -> SyncManager {
        let settings: Settings
        do {
            settings = try common.settings(catalog, for: alarm ? [.jobs] : [], onlyOwnTokens: onlyOwnTokens)
        } catch let error where !alarm {
            CommonOptions.warn(["\(error)"])
            settings = try CommonOptions.noSettings()
        }
        return try common.manager(settings, catalog)
    }

    private func check(_ managers: [SyncManager]) async throws {
        let due = await AlarmRound(managers).run()
        if !due.isEmpty { throw ExitCode(ExitStatus.partial.rawValue) }
    }

    /// One line per run, of one job, one connection or all of them.
    private func printHistory() throws {
        let finder = JobFinder(staging: common.staging)
        var history = RunHistory()
        if let job {
            let found = try finder.find(job, connection: common.chosenConnection)
            try history.add(staging: common.staging, connection: found.connection, job: found.id)
        } else {
            for name in try common.chosenConnection.map({ [$0] }) ?? finder.connections {
                try history.add(staging: common.staging, connection: name)
            }
        }
        Output.print(history.report, json: common.json) { Self.table(history) }
    }

    static func table(_ history: RunHistory) -> String {
        let rows = history.entries.map { entry in
            let counts = entry.run.counts
            func number(_ count: Int?) -> String { count.map(Format.count) ?? "-" }
            return [
                entry.connection, entry.run.begunAt, entry.seconds.map { Format.duration($0) } ?? "-",
                entry.run.kind.rawValue, entry.run.user ?? "-", number(counts?.requests), number(counts?.inserted),
                number(counts?.updated), number(counts?.deleted), number(counts?.flagged), entry.result,
                entry.run.error ?? "",
            ]
        }
        guard !rows.isEmpty else { return "no run yet; `cliosync run` begins one" }
        return Format.table(
            [
                "firm", "begun", "took", "kind", "by", "requests", "inserted", "updated", "deleted", "flagged",
                "result",
                "error",
            ], rows, right: [2, 5, 6, 7, 8, 9])
    }

    /// One line per firm.
    private func overview(_ common: CommonOptions, _ finder: JobFinder) async throws {
        let catalog = try common.catalog()
        func managers() throws -> [SyncManager] {
            try finder.connections.map { name in
                var common = common
                common.connection = name
                return try manager(common, catalog, onlyOwnTokens: true)
            }
        }
        let watched = try zip(finder.connections, managers()).map { (name: $0, manager: $1) }
        try await show(StatusWatch(watched, job: nil, catalog: catalog)) {
            let reports = try managers().compactMap { try? $0.getSyncStatus() }
            let text = Output.text(FirmReports(connections: reports), json: common.json) { Self.table(reports) }
            return (text, reports.contains { $0.job?.isRunning == true })
        }
        if alarm { try await check(managers()) }
    }

    static func table(_ reports: [RunReport]) -> String {
        let rows = reports.compactMap(\.job).map { job -> [String] in
            var now = ""
            if ["INITIALIZING", "IN_PROGRESS"].contains(job.status) {
                if !job.isRunning {
                    now = "its process is gone: cliosync resume \(job.id.prefix(8))"
                } else if let reason = job.waitsFor, let until = job.waitsUntil {
                    now = Format.waiting(reason, until: until)
                } else {
                    now = job.etaSeconds.map { "\(Format.duration(Double($0))) left" } ?? "at work"
                }
            } else {
                now = job.freshness.advice.joined(separator: "; ")
            }
            for advice in job.token?.advice ?? [] { now += (now.isEmpty ? "" : "; ") + advice }
            let age = job.freshness.age.map { "\($0) ago" } ?? "-"
            return [
                job.connection, job.status, job.fetchedPercent.map { "\(Int($0)) %" } ?? "-",
                job.percent.map { "\(Int($0)) %" } ?? "-", Format.count(job.syncedItems),
                age, String(job.id.prefix(8)), now,
            ]
        }
        let header = ["firm", "status", "fetched", "loaded", "rows", "as of", "job", "now"]
        return Format.table(header, rows, right: [2, 3, 4]) + "\n\n" + line(reports)
    }

    private static func line(_ reports: [RunReport]) -> String {
        var counts: [String: Int] = [:]
        for report in reports { counts[report.job?.status ?? "", default: 0] += 1 }
        return "\(reports.count) firms: "
            + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            + " · next: cliosync status --connection NAME"
    }

    /// Prints once, or follows what is at work and prints when that is over; JSON is printed every second.
    private func show(_ following: StatusWatch, _ look: () throws -> (text: String, isActive: Bool)) async throws {
        if watch, !common.json {
            var following = following
            try await following.run()
        }
        while true {
            let view = try look()
            Terminal.print(view.text)
            guard watch, common.json, view.isActive, Terminal.failure == nil else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }
}
