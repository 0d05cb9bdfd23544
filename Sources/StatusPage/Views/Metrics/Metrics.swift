internal import Jobs
internal import Progress
internal import Staging

/// `/metrics`, by Prometheus's conventions. `docs/status-page.md` lists them.
struct Metrics {
    private typealias Sample = (labels: [(String, String)], value: Double)

    let snapshot: StatusSnapshot
    let version: String
    /// Pages that watch.
    let watchers: Int

    var text: String {
        var text = MetricText()
        text.family(
            "cliosync_build_info", .gauge, "The program that answers; always 1.", [([("version", version)], 1)])
        text.family("cliosync_status_page_watchers", .gauge, "Pages that follow the events.", [([], Double(watchers))])
        text.family(
            "cliosync_connections", .gauge, "Connections in the staging folder.",
            [([], Double(snapshot.connections.count))])
        text.family(
            "cliosync_connection_readable", .gauge, "Whether the connection's job record can be read.",
            snapshot.connections.map { ([("connection", $0.name)], $0.problem == nil ? 1 : 0) })
        text.family(
            "cliosync_connection_needs_attention", .gauge,
            "Whether a person must act: the sync failed, ended with something missing, lost its process, or cannot be read.",
            snapshot.connections.map { ([("connection", $0.name)], $0.needsAttention ? 1 : 0) })
        text.family(
            "cliosync_disk_free_bytes", .gauge, "Bytes that are free on the disk of the staging folder.",
            snapshot.freeBytes.map { [([], Double($0))] } ?? [])
        jobs(&text)
        entities(&text)
        api(&text)
        process(&text)
        errors(&text)
        return text.text
    }

    private var begun: [(ConnectionStatus, SyncJob)] {
        snapshot.connections.compactMap { status in status.job.map { (status, $0) } }
    }

    /// A sample per connection that has a value.
    private func each(_ value: (ConnectionStatus, SyncJob) -> Double?) -> [(labels: [(String, String)], value: Double)]
    {
        begun.compactMap { status, job in value(status, job).map { ([("connection", status.name)], $0) } }
    }

    private func jobs(_ text: inout MetricText) {
        text.family(
            "cliosync_job_info", .gauge, "The connection's latest job; always 1.",
            begun.map { ([("connection", $0.name), ("job", $1.id)], 1) })
        text.family(
            "cliosync_job_status", .gauge, "1 for the status that the job has, 0 for every other.",
            begun.flatMap { status, job in
                JobStatus.allCases.map {
                    ([("connection", status.name), ("status", $0.rawValue)], $0 == job.status ? 1 : 0)
                }
            })
        text.family(
            "cliosync_job_running", .gauge, "Whether a process is at work on the job.",
            each { status, _ in status.isRunning ? 1 : 0 })
        text.family(
            "cliosync_job_progress_ratio", .gauge, "Share of the expected records that is loaded or rejected, 0 to 1.",
            each { status, _ in status.progress?.loadedPercent.map { $0 / 100 } })
        text.family(
            "cliosync_job_fetched_ratio", .gauge, "Share of the expected records that is fetched, 0 to 1.",
            each { status, _ in status.progress?.fetchedPercent.map { $0 / 100 } })
        text.family(
            "cliosync_job_remaining_seconds", .gauge, "Time left, by the plan and by what was measured since.",
            each { status, _ in status.etaSeconds.map(Double.init) })
        text.family(
            "cliosync_job_database_rows", .gauge, "Rows in the database; one that two lists bring counts once.",
            each { status, _ in status.progress.map { Double($0.rows) } })
        text.family(
            "cliosync_job_expected_records", .gauge, "Records expected over all phases of the job.",
            each { status, _ in status.progress?.expected.map(Double.init) })
        text.family(
            "cliosync_last_success_timestamp_seconds", .gauge,
            "When the connection's latest run ended that completed its job, seconds since 1970.",
            each { status, _ in status.freshness.lastSuccessAt.flatMap { Moment.seconds($0) } })
        text.family(
            "cliosync_connection_stale", .gauge,
            "Whether the connection's data are older than SYNC_FRESHNESS_HOURS.",
            each { status, _ in status.freshness.ageSeconds.map { _ in status.freshness.isStale ? 1 : 0 } })
        text.family(
            "cliosync_token_expiry_timestamp_seconds", .gauge,
            "When the access token of the connection expires, unless it is renewed by itself, seconds since 1970.",
            each { status, _ in
                status.token.flatMap { $0.isRenewable ? nil : Moment.seconds($0.expiresAt) }
            })
        text.family(
            "cliosync_job_waiting", .gauge, "1 while the job waits, by what for.",
            snapshot.connections.compactMap { status in
                status.waiting.map { ([("connection", status.name), ("reason", $0.reason)], 1) }
            })
    }

    private func entities(_ text: inout MetricText) {
        func each(_ value: (EntityProgress) -> Double?) -> [(labels: [(String, String)], value: Double)] {
            begun.flatMap { status, _ in
                status.planned.compactMap { entity in value(entity.progress).map { (Self.labels(status, entity), $0) } }
            }
        }
        text.family(
            "cliosync_entity_expected_records", .gauge, "Records that Clio reports.",
            each { $0.expected.map(Double.init) })
        text.family(
            "cliosync_entity_fetched_records", .gauge, "Records in the raw layer.", each { Double($0.fetched) })
        text.family(
            "cliosync_entity_accepted_records", .gauge, "Records in the clean layer.", each { Double($0.accepted) })
        text.family(
            "cliosync_entity_duplicate_records", .gauge, "Accepted records whose id came before.",
            each { Double($0.duplicates) })
        text.family("cliosync_entity_loaded_records", .gauge, "Rows in the database.", each { Double($0.loaded) })
        text.family(
            "cliosync_entity_progress_ratio", .gauge, "Share that is loaded or rejected, 0 to 1.",
            each { $0.loadedPercent.map { $0 / 100 } })
        text.family(
            "cliosync_entity_fetched_ratio", .gauge, "Share that is fetched, 0 to 1.",
            each { $0.fetchedPercent.map { $0 / 100 } })
        text.family(
            "cliosync_entity_as_of_timestamp_seconds", .gauge,
            "The moment that the fetched records show the list at, seconds since 1970.",
            each { $0.asOf.flatMap { Moment.seconds($0) } })
        text.family(
            "cliosync_entity_remaining_seconds", .gauge, "Time left of the stage at work.",
            each { $0.secondsLeft.map(Double.init) })
        text.family(
            "cliosync_transform_errors_total", .counter,
            "Records that a rule flagged: rejected ones are kept out of the database, the others are not.",
            begun.flatMap { status, _ in
                status.planned.flatMap { entity in
                    [("reject", entity.progress.rejected), ("warn", entity.progress.warned)].map { severity, count in
                        (Self.labels(status, entity) + [("severity", severity)], Double(count))
                    }
                }
            })
    }

    private static func labels(_ status: ConnectionStatus, _ entity: EntityStatus) -> [(String, String)] {
        [("connection", status.name), ("phase", entity.phase), ("entity", entity.name)]
    }

    /// Counters are those of the process that is, or was last, at work: they begin at 0 with every run.
    private func api(_ text: inout MetricText) {
        func sum(_ value: (JobActivity) -> Int) -> [(labels: [(String, String)], value: Double)] {
            each { status, _ in
                let list = Self.current(status)
                return list.isEmpty ? nil : Double(list.reduce(0) { $0 + value($1) })
            }
        }
        text.family(
            "cliosync_api_requests_total", .counter, "Requests that Clio answered in this run.", sum(\.requests))
        text.family("cliosync_api_retries_total", .counter, "Requests tried again in this run.", sum(\.retries))
        text.family(
            "cliosync_api_throttled_total", .counter, "Requests that Clio refused for the rate (429) in this run.",
            sum(\.throttled))
        text.family(
            "cliosync_api_calls_per_minute", .gauge, "Requests a minute over the last minute.",
            each { status, _ in status.requestsPerMinute })
        text.family(
            "cliosync_api_calls_per_minute_limit", .gauge, "Requests a minute that may be made.",
            each { status, _ in status.activities.compactMap(\.budgetPerMinute).first.map(Double.init) })
        text.family(
            "cliosync_database_rows_written_total", .counter, "Records written to the database in this run.",
            sum(\.rowsWritten))
        text.family(
            "cliosync_database_rows_written_per_second", .gauge, "Records written a second over the last minute.",
            each { status, _ in status.rowsPerSecond })
    }

    private func process(_ text: inout MetricText) {
        text.family(
            "cliosync_process_resident_memory_bytes", .gauge, "Memory of the processes at work.",
            each { status, _ in
                status.isRunning ? Double(Self.current(status).reduce(0) { $0 + $1.residentBytes }) : nil
            })
        text.family(
            "cliosync_process_cpu_seconds_total", .counter, "Processor time of the processes at work.",
            each { status, _ in
                let list = Self.current(status)
                return list.isEmpty ? nil : list.reduce(0) { $0 + $1.cpuSeconds }
            })
        text.family(
            "cliosync_process_cpu_ratio", .gauge, "Processors in use over the last minute; 1 is one of them, busy.",
            each { status, _ in status.cpuShare })
    }

    private static func current(_ status: ConnectionStatus) -> [JobActivity] {
        let live = status.activities.filter {
            !$0.hasEnded && $0.isLive(at: status.activities.map(\.updatedAt).max() ?? 0)
        }
        return live.isEmpty ? Array(status.activities.prefix(1)) : live
    }

    private func errors(_ text: inout MetricText) {
        func count(_ classes: Set<String>, _ isIn: Bool) -> [(labels: [(String, String)], value: Double)] {
            begun.flatMap { status, _ in
                status.errors.filter { classes.contains($0.category) == isIn }.map {
                    ([("connection", status.name), ("class", $0.category), ("code", $0.code)], Double($0.count))
                }
            }
        }
        let api: Set = ["api", "transient", "critical"]
        text.family(
            "cliosync_api_errors_total", .counter, "Errors and warnings of Clio's API, by who should act and cause.",
            count(api, true))
        text.family(
            "cliosync_database_write_failures_total", .counter, "Loads that failed at the database.",
            each { status, _ in Double(status.errors.filter { $0.category == "database" }.reduce(0) { $0 + $1.count }) }
        )
        text.family(
            "cliosync_other_errors_total", .counter, "Errors and warnings of the other stages, by stage and cause.",
            count(api.union(["database"]), false))
    }
}
