internal import Foundation
internal import Jobs
internal import Progress
internal import Staging

extension SyncManager {
    /// How far the connection is at this instant, for a process that ends before its work does: the job, or, for stages that
    /// were run outside of one, the staged files.
    public func reportNow() throws -> RunReport {
        if let store = try JobStore.openExisting(path: folder.jobDatabase),
            try !store.jobs(connection: configuration.connection).isEmpty
        {
            return try getSyncStatus()
        }
        var reader = ProgressReader(catalog: catalog)
        let progress = try reader.read(
            folder, nil, job: nil, database: configuration.database, now: Date().timeIntervalSince1970)
        var report = RunReport()
        report.entities = progress.entities.map { EntitySummary($0) }
        report.rows = progress.rows
        report.ending = .stopped
        return report
    }
}
