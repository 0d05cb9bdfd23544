internal import Foundation
internal import Jobs
public import Progress
internal import Staging

extension SyncManager {
    /// How far the connection is, for those who look again and again: makes no request and takes no lock.
    /// - Parameters:
    ///   - jobID: nil: the newest job that was not given up.
    ///   - reader: keeps what it read of files that did not change.
    ///   - now: seconds since 1970; nil: this moment.
    /// - Returns: nil: there is no such job.
    public func progress(
        _ jobID: String? = nil, by reader: inout ProgressReader, now: Double? = nil
    ) throws -> JobProgress? {
        guard let store = try JobStore.openExisting(path: folder.jobDatabase) else { return nil }
        let job =
            if let jobID { try store.job(jobID) } else {
                ProgressReader.current(try store.jobs(connection: configuration.connection))
            }
        guard let job else { return nil }
        return try reader.read(
            folder, store, job: job, database: configuration.database, rules: freshnessRules,
            now: now ?? Date().timeIntervalSince1970)
    }
}
