internal import JSON
internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

/// The end of a run: its report, from the files and what the run saw, and what the job record keeps of it.
struct RunConclusion {
    let manager: SyncManager
    let job: JobRecord?
    let results: RunResults
    let ending: RunReport.Ending
    let selection: Selection
    let seconds: Double
    /// Whether finished lists were compared with Clio.
    let isRefresh: Bool

    /// Puts the report together, from the files and what this run saw.
    func report() throws -> RunReport {
        var report = RunReport()
        report.ending = ending
        report.seconds = seconds
        report.requests = results.requests
        report.account = results.account
        report.verify = results.verify
        if case .paused = ending { report.isCritical = !results.runtimeExceeded }
        for entity in selection.entities {
            let state = try EntityState(entity, in: manager.folder)
            let key = EntityKey(entity)
            try job?.update(
                state, status: results.status(of: state, ending: ending), loaded: results.loaded[key]?.rows,
                duplicates: results.loaded[key]?.duplicates, message: results.failures[key] ?? results.excess[key])
        }
        noteFailedChecks()
        let progress = try manager.progress(of: job)
        for entity in selection.entities {
            let key = EntityKey(entity)
            guard let row = progress.entities.first(where: { $0.phase == key.phase && $0.entity == key.entity }) else {
                continue
            }
            var summary = EntitySummary(row)
            let state = try EntityState(entity, in: manager.folder)
            summary.status = results.status(of: state, ending: ending).rawValue
            for note in [results.failures[key], results.excess[key]].compactMap({ $0 }) + (results.remarks[key] ?? [])
            where !summary.notes.contains(note) {
                summary.notes.append(note)
            }
            report.entities.append(summary)
        }
        if isRefresh { report.changes = changes(rows: progress.tables) }
        report.rows = progress.rows(of: Set(selection.entities.map { "\($0.phase)/\($0.name)" }))
        try checkEstimate(&report)
        try closeJob(&report)
        return report
    }

    /// What a refresh changed in each table of the selection.
    private func changes(rows: [String: Int]) -> [TableChange] {
        var seen: Set<String> = []
        return selection.entities.map(\.table.name).filter { seen.insert($0).inserted }.map { name in
            var change = TableChange(table: name)
            if let made = results.changes[name] {
                (change.inserted, change.updated, change.deleted) = (made.inserted, made.updated, made.deleted)
            }
            change.unchanged = max(0, (rows[name] ?? 0) - change.inserted - change.updated)
            change.flagged = results.flagged[name] ?? 0
            return change
        }
    }

    /// Writes down what the last look at each table found: an earlier look may have met half of what was to come.
    private func noteFailedChecks() {
        for check in results.verify?.checks ?? [] where !check.ok {
            let name = check.phase.map { "\($0)/\(check.entity)" } ?? check.entity
            job?.event(
                .warning, "verify", check.check,
                "\(name): \(check.check): expected \(check.expected), is \(check.actual)")
        }
    }

    /// Compares the estimate with what a run took that came to its end.
    private func checkEstimate(_ report: inout RunReport) throws {
        guard let job, var estimate = results.estimate, let requests = report.requests, !isRefresh else { return }
        switch ending {
        case .done, .partial: break
        case .failed, .paused, .stopped, .later: return
        }
        let usage = ProcessUsage.now
        estimate.actual = EstimateCheck(
            requests: requests.made, seconds: report.seconds, peakMemoryBytes: usage.peakBytes,
            cpuSeconds: usage.cpuSeconds,
            localRecordsPerSecond: results.local.recordsPerSecond,
            limits: results.limits)
        report.estimateText = estimate.checkText
        let json = estimate.json
        try job.store.updateJob(job.job) { $0.estimate = json }
    }

    private func closeJob(_ report: inout RunReport) throws {
        guard let job else { return }
        let entities = try job.store.entities(job: job.job)
        switch ending {
        case .done, .partial: try job.store.addOptions(JobOptions(deletions: ""), job: job.job)
        case .stopped, .later, .paused, .failed: break
        }
        switch ending {
        case .stopped, .later: try job.set(.paused)
        case .paused(let why):
            job.event(.error, "critical", "paused", why)
            try job.set(.paused, error: why)
        case .failed(let why): try job.set(.failed, error: why)
        case .partial: try job.set(.partiallyCompleted)
        case .done:
            // The job covers all its phases: it is complete when the last of them is.
            let row = try job.store.job(job.job)
            let open = entities.filter { entity in
                row?.phases.contains(entity.phase) == true && entity.status != .completed
            }
            // A single stage before verify completes nothing.
            try job.set(open.isEmpty && report.verify != nil ? .completed : .paused)
        }
        let status = try job.report(
            folder: manager.folder, database: manager.configuration.database, rules: manager.freshnessRules)
        report.job = status.job
        let account = report.account
        report.job?.clioUser = account?.user
        report.errors = status.errors
        report.estimate = status.estimate
    }
}
