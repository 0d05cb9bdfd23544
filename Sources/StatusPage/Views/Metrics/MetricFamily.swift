internal import Jobs
internal import Progress
internal import Staging

/// A family of samples that connections have. `docs/status-page.md` lists them.
struct MetricFamily: Sendable {
    let name: StaticString
    let kind: MetricText.Kind
    let help: String
    /// Writes a connection's samples.
    let write: @Sendable (ConnectionStatus, inout SampleWriter) -> Void

    /// All of them, in the order of `/metrics`.
    static let all = connections + jobs + entities + api + process + errors

    private init(
        _ name: StaticString, _ kind: MetricText.Kind, _ help: String,
        _ write: @escaping @Sendable (ConnectionStatus, inout SampleWriter) -> Void
    ) {
        (self.name, self.kind, self.help, self.write) = (name, kind, help, write)
    }

    /// One sample for each connection that has a job and a value.
    private static func job(
        _ name: StaticString, _ help: String, kind: MetricText.Kind = .gauge,
        _ value: @escaping @Sendable (ConnectionStatus, SyncJob) -> Double?
    ) -> MetricFamily {
        MetricFamily(name, kind, help) { status, samples in
            if let job = status.job { samples.add(value(status, job)) }
        }
    }

    /// One sample for each list that has a value.
    private static func entity(
        _ name: StaticString, _ help: String, _ value: @escaping @Sendable (EntityProgress) -> Double?
    ) -> MetricFamily {
        MetricFamily(name, .gauge, help) { _, samples in samples.each(value: value) }
    }

    private static let connections = [
        MetricFamily(
            "cliosync_connection_readable", .gauge, "Whether the connection's job record can be read."
        ) { status, samples in samples.add(status.problem == nil ? 1 : 0) },
        MetricFamily(
            "cliosync_connection_needs_attention", .gauge,
            "Whether a person must act: the sync failed, ended with something missing, lost its process, or cannot be read."
        ) { status, samples in samples.add(status.needsAttention ? 1 : 0) },
    ]

    private static let jobs = [
        MetricFamily(
            "cliosync_job_info", .gauge, "The connection's latest job; always 1."
        ) { status, samples in
            if let job = status.job { samples.add(1, ("job", job.id)) }
        },
        MetricFamily(
            "cliosync_job_status", .gauge, "1 for the status that the job has, 0 for every other."
        ) { status, samples in
            guard let job = status.job else { return }
            for other in JobStatus.allCases { samples.add(other == job.status ? 1 : 0, ("status", other.rawValue)) }
        },
        job("cliosync_job_running", "Whether a process is at work on the job.") { status, _ in
            status.isRunning ? 1 : 0
        },
        job("cliosync_job_progress_ratio", "Share of the expected records that is loaded or rejected, 0 to 1.") {
            status, _ in status.progress?.loadedPercent.map { $0 / 100 }
        },
        job("cliosync_job_fetched_ratio", "Share of the expected records that is fetched, 0 to 1.") {
            status, _ in status.progress?.fetchedPercent.map { $0 / 100 }
        },
        job("cliosync_job_remaining_seconds", "Time left, by the plan and by what was measured since.") {
            status, _ in status.etaSeconds.map(Double.init)
        },
        job("cliosync_job_database_rows", "Rows in the database; one that two lists bring counts once.") {
            status, _ in status.progress.map { Double($0.rows) }
        },
        job("cliosync_job_expected_records", "Records expected over all phases of the job.") {
            status, _ in status.progress?.expected.map(Double.init)
        },
        job(
            "cliosync_last_success_timestamp_seconds",
            "When the connection's latest run ended that completed its job, seconds since 1970."
        ) { status, _ in status.freshness.lastSuccessAt.flatMap { Moment.seconds($0) } },
        job("cliosync_connection_stale", "Whether the connection's data are older than SYNC_FRESHNESS_HOURS.") {
            status, _ in status.freshness.ageSeconds.map { _ in status.freshness.isStale ? 1 : 0 }
        },
        job(
            "cliosync_token_expiry_timestamp_seconds",
            "When the access token of the connection expires, unless it is renewed by itself, seconds since 1970."
        ) { status, _ in status.token.flatMap { $0.isRenewable ? nil : Moment.seconds($0.expiresAt) } },
        MetricFamily(
            "cliosync_job_waiting", .gauge, "1 while the job waits, by what for."
        ) { status, samples in
            if let wait = status.waiting { samples.add(1, ("reason", wait.reason)) }
        },
    ]

    private static let entities = [
        entity("cliosync_entity_expected_records", "Records that Clio reports.") { $0.expected.map(Double.init) },
        entity("cliosync_entity_fetched_records", "Records in the raw layer.") { Double($0.fetched) },
        entity("cliosync_entity_accepted_records", "Records in the clean layer.") { Double($0.accepted) },
        entity("cliosync_entity_duplicate_records", "Accepted records whose id came before.") {
            Double($0.duplicates)
        },
        entity("cliosync_entity_loaded_records", "Rows in the database.") { Double($0.loaded) },
        entity("cliosync_entity_progress_ratio", "Share that is loaded or rejected, 0 to 1.") {
            $0.loadedPercent.map { $0 / 100 }
        },
        entity("cliosync_entity_fetched_ratio", "Share that is fetched, 0 to 1.") {
            $0.fetchedPercent.map { $0 / 100 }
        },
        entity(
            "cliosync_entity_as_of_timestamp_seconds",
            "The moment that the fetched records show the list at, seconds since 1970."
        ) { $0.asOf.flatMap { Moment.seconds($0) } },
        entity("cliosync_entity_remaining_seconds", "Time left of the stage at work.") {
            $0.secondsLeft.map(Double.init)
        },
        MetricFamily(
            "cliosync_transform_errors_total", .counter,
            "Records that a rule flagged: rejected ones are kept out of the database, the others are not."
        ) { _, samples in
            samples.each(("severity", "reject")) { Double($0.rejected) }
            samples.each(("severity", "warn")) { Double($0.warned) }
        },
    ]
}

/// Counters are those of the process that is, or was last, at work: they begin at 0 with every run.
extension MetricFamily {
    private static func sum(
        _ name: StaticString, _ help: String, _ value: @escaping @Sendable (JobActivity) -> Int
    ) -> MetricFamily {
        job(name, help, kind: .counter) { status, _ in
            let list = current(status)
            return list.isEmpty ? nil : Double(list.reduce(0) { $0 + value($1) })
        }
    }

    private static func current(_ status: ConnectionStatus) -> [JobActivity] {
        let live = status.activities.filter {
            !$0.hasEnded && $0.isLive(at: status.activities.map(\.updatedAt).max() ?? 0)
        }
        return live.isEmpty ? Array(status.activities.prefix(1)) : live
    }

    private static let api = [
        sum("cliosync_api_requests_total", "Requests that Clio answered in this run.", \.requests),
        sum("cliosync_api_retries_total", "Requests tried again in this run.", \.retries),
        sum("cliosync_api_throttled_total", "Requests that Clio refused for the rate (429) in this run.", \.throttled),
        job("cliosync_api_calls_per_minute", "Requests a minute over the last minute.") {
            status, _ in status.requestsPerMinute
        },
        job("cliosync_api_calls_per_minute_limit", "Requests a minute that may be made.") {
            status, _ in status.activities.compactMap(\.budgetPerMinute).first.map(Double.init)
        },
        sum("cliosync_database_rows_written_total", "Records written to the database in this run.", \.rowsWritten),
        job("cliosync_database_rows_written_per_second", "Records written a second over the last minute.") {
            status, _ in status.rowsPerSecond
        },
    ]

    private static let process = [
        job("cliosync_process_resident_memory_bytes", "Memory of the processes at work.") { status, _ in
            status.isRunning ? Double(current(status).reduce(0) { $0 + $1.residentBytes }) : nil
        },
        job("cliosync_process_cpu_seconds_total", "Processor time of the processes at work.", kind: .counter) {
            status, _ in
            let list = current(status)
            return list.isEmpty ? nil : list.reduce(0) { $0 + $1.cpuSeconds }
        },
        job("cliosync_process_cpu_ratio", "Processors in use over the last minute; 1 is one of them, busy.") {
            status, _ in status.cpuShare
        },
    ]

    private static let errors = [
        counts(
            "cliosync_api_errors_total", "Errors and warnings of Clio's API, by who should act and cause.",
            \.isOfClio),
        job("cliosync_database_write_failures_total", "Loads that failed at the database.", kind: .counter) {
            status, _ in
            Double(status.errors.filter(\.isOfDatabase).reduce(0) { $0 + $1.count })
        },
        counts(
            "cliosync_other_errors_total", "Errors and warnings of the other stages, by stage and cause."
        ) { !$0.isOfClio && !$0.isOfDatabase },
    ]

    private static func counts(
        _ name: StaticString, _ help: String, _ isIn: @escaping @Sendable (JobErrorCount) -> Bool
    ) -> MetricFamily {
        MetricFamily(name, .counter, help) { status, samples in
            guard status.job != nil else { return }
            for error in status.errors where isIn(error) {
                samples.add(Double(error.count), ("class", error.category), ("code", error.code))
            }
        }
    }
}

extension JobErrorCount {
    fileprivate var isOfClio: Bool { ["api", "transient", "critical"].contains(category) }
    fileprivate var isOfDatabase: Bool { category == "database" }
}
