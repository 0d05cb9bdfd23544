internal import Extract
internal import Foundation
internal import Hashing
internal import Jobs
internal import Progress
internal import Staging
internal import Synchronization

extension SyncManager {
    /// Carries out a run and keeps a row of it in the job record, however it ends.
    func keepingHistory(
        _ run: SyncRun, job: String, _ store: JobStore, _ work: () async throws -> RunReport
    ) async throws -> RunReport {
        let kind: JobRun.Kind =
            switch run.update {
            case nil: run.force ? .force : .run
            case .sweep?, .deep?: .sweep
            case .counts?, .off?: .refresh
            }
        let id = try store.beginRun(job: job, kind: kind, user: NSUserName())
        do {
            var report = try await work()
            let error: String? =
                switch report.ending {
                case .failed(let why), .paused(let why): why
                case .partial:
                    run.results.withLock { results in
                        results.failures.min { ($0.key.phase, $0.key.entity) < ($1.key.phase, $1.key.entity) }
                            .map { "\($0.key.phase)/\($0.key.entity): \($0.value)" }
                    }
                case .done, .stopped, .later: nil
                }
            var kept = JobRunReport(report, changes: run.changes)
            kept.addDigests(folder)
            try store.endRun(
                id, result: report.job?.status ?? JobStatus.failed.rawValue, counts: run.counts, error: error,
                report: kept)
            let asOf = report.job?.asOf
            report.job?.freshness = Freshness(
                asOf: asOf, try store.milestones(), freshnessRules, now: Date().timeIntervalSince1970)
            return report
        } catch {
            // The error itself is what the caller must hear of.
            try? store.endRun(
                id, result: JobStatus.failed.rawValue, counts: run.counts, error: "\(error)")
            throw error
        }
    }
}

extension SyncManager {
    /// How far the connection is, for the report of a run.
    func progress(of job: JobRecord?) throws -> JobProgress {
        var reader = ProgressReader(catalog: catalog)
        let row = try job.flatMap { try $0.store.job($0.job) }
        return try reader.read(
            folder, job?.store, job: row, database: configuration.database, now: Date().timeIntervalSince1970)
    }
}

extension SyncRun {
    /// What the run did so far, for its row in the job record.
    var counts: JobRun.Counts {
        results.withLock { results in
            var counts = results.written
            counts.requests = results.requests?.made ?? 0
            return counts
        }
    }

    /// What the run changed in each table so far, by table.
    var changes: [JobRunReport.Change] {
        results.withLock { $0.changes.values.sorted { $0.table < $1.table } }
    }
}

extension JobRunReport {
    /// Adds what identifies the raw files that verify compared, to the byte.
    fileprivate mutating func addDigests(_ folder: ConnectionFolder) {
        guard checks != nil else { return }
        for index in lists.indices {
            let place = folder.entity(phase: lists[index].phase, name: lists[index].entity)
            guard let manifest = (try? Files.read(place.rawManifest)) ?? nil else { continue }
            lists[index].manifestDigest = SHA256.hex(manifest.withUnsafeBytes { SHA256.hash($0) })
        }
    }

    /// What is kept of a report with the run's row.
    init(_ report: RunReport, changes: [Change]) {
        self.init()
        self.changes = changes
        firm = report.account?.firm
        user = report.account?.user
        rows = report.rows
        lists = report.entities.map { entity in
            var list = List(phase: entity.phase, entity: entity.entity)
            list.expected = entity.expected
            list.fetched = entity.extracted
            list.duplicates = entity.duplicates
            list.accepted = entity.accepted
            list.rejected = entity.rejected
            list.warned = entity.warned
            list.loaded = entity.loaded
            list.asOf = entity.asOf
            return list
        }
        let moments = lists.compactMap(\.asOf)
        asOf = moments.count == lists.count ? moments.min() : nil
        scope = report.verify.map { verify in
            Scope(
                compared: verify.scope.compared, untouched: verify.scope.untouched,
                allComparedAt: verify.scope.allComparedAt)
        }
        checks = report.verify?.checks.map { check in
            Check(
                phase: check.phase, entity: check.entity, check: check.check, expected: check.expected,
                actual: check.actual, ok: check.ok, detail: check.detail)
        }
    }
}
