@testable import SyncManager

/// Reports as runs give them.
enum SampleReport {
    static func entity(
        _ name: String, phase: String = "core", status: String = "COMPLETED", loaded: Int = 90, rejected: Int = 0,
        warned: Int = 0, notes: [String] = []
    ) -> EntitySummary {
        var entity = EntitySummary(phase: phase, entity: name, status: status)
        entity.expected = loaded + rejected
        entity.extracted = loaded + rejected
        entity.accepted = loaded
        entity.loaded = loaded
        entity.rejected = rejected
        entity.warned = warned
        entity.notes = notes
        return entity
    }

    static func job(_ status: String, error: String? = nil) -> JobSummary {
        var job = JobSummary(
            id: "0a1b2c3d-0000-4000-8000-000000000000", connection: "smith", status: status, startedAt: nil,
            completedAt: nil, estimatedItems: 1_000, syncedItems: 500, percent: 50, fetchedPercent: 62, etaSeconds: nil,
            featuresAvailable: [])
        job.error = error
        job.fetchedItems = 620
        return job
    }

    static func run(
        _ ending: RunReport.Ending, job: JobSummary? = nil, _ entities: [EntitySummary] = [entity("matters")]
    ) -> RunReport {
        var report = RunReport()
        report.ending = ending
        report.job = job
        report.entities = entities
        report.seconds = 62
        report.rows = entities.reduce(0) { $0 + $1.loaded }
        return report
    }
}
