internal import Bytes
internal import Foundation
public import Jobs
internal import Pipelines
internal import Staging

extension SyncManager {
    /// Held, shared, by every process that carries out a job of this connection.
    var runLock: String { folder.runLock }

    /// Makes sure that a job can be taken up again.
    /// - Throws: `ConfigurationError` that says why not, or a `.locked` error while a process works on it.
    /// - Returns: the job as it is.
    public func resumableJob(_ jobID: String) throws -> SyncJob {
        let job = try openStore().job(matching: jobID)
        switch job.status {
        case .completed:
            throw ConfigurationError(
                "job \(job.id) is COMPLETED: there is nothing to continue; `cliosync run --connection "
                    + "\(job.connection)` looks for further phases")
        case .cancelled:
            throw ConfigurationError(
                "job \(job.id) was reset and is CANCELLED; `cliosync run --connection \(job.connection)` begins a new one"
            )
        case .pending, .initializing, .inProgress, .failed, .partiallyCompleted, .paused: break
        }
        try expectNoRun(job)
        return job
    }

    /// Asks the process that runs a job, or will run it next, to pull an entity forward.
    /// - Parameters:
    ///   - entity: its name.
    ///   - group: one group of it only, by its id or name.
    ///   - jobID: the job's id, or the beginning of it.
    /// - Returns: the job, and the phases of it that have such an entity.
    @discardableResult
    public func prioritize(
        _ entity: String, group: String? = nil, job jobID: String
    ) throws -> (job: SyncJob, phases: [String]) {
        let store = try openStore()
        let job = try store.job(matching: jobID)
        guard job.status != .completed, job.status != .cancelled else {
            throw ConfigurationError("job \(job.id) is \(job.status.rawValue): nothing is left to be pulled forward")
        }
        let rows = try store.entities(job: job.id)
        let matching = rows.filter { $0.type == entity }
        guard !matching.isEmpty else {
            var seen: Set<String> = []
            let known = rows.map(\.type).filter { seen.insert($0).inserted }.joined(separator: ", ")
            throw ConfigurationError("job \(job.id) has no entity \(entity.prefix(64)); it has \(known)")
        }
        guard matching.contains(where: { $0.status != .completed }) else {
            throw ConfigurationError("\(entity) of job \(job.id) is COMPLETED already")
        }
        if let group {
            let key = try groupKey(group, of: entity, matching.map(\.phase))
            try store.request(.prioritizeGroup(entity: entity, group: key), job: job.id)
        } else {
            try store.request(.prioritize(entity: entity), job: job.id)
        }
        return (job, matching.map(\.phase))
    }

    /// A share of the run lock; a look at it by `status` may be in the way for an instant.
    func shareRunLock() async throws -> FileLock {
        for _ in 0..<20 {
            do throws(StagingError) {
                return try FileLock.shared(runLock)
            } catch {
                guard error.code == .locked else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        return try FileLock.shared(runLock)
    }

    /// Forgets what a process that is gone left on a job: stops that were meant for it, and its claim.
    ///
    /// While another process is at work, both may be that one's and stay.
    func forgetGoneProcess(_ jobID: String, _ store: JobStore) async throws {
        guard try store.isStopRequested(job: jobID) || store.job(jobID)?.processID != nil else { return }
        for _ in 0..<5 {
            do {
                let alone = try FileLock.exclusive(runLock, holder: "run")
                defer { alone.release() }
                try store.discardStops(job: jobID)
                try store.updateJob(jobID) { ($0.processID, $0.host) = (nil, nil) }
                return
            } catch let error as StagingError {
                // Perhaps only a look at it by `status`.
                guard error.code == .locked else { throw error }
                try await Task.sleep(for: .milliseconds(30))
            }
        }
    }

    /// Whether some process carries out a job of this connection.
    var isLockedByARun: Bool {
        do throws(StagingError) {
            try FileLock.exclusive(runLock, holder: "look").release()
            return false
        } catch { return error.code == .locked }
    }

    /// A run that another process is in the way of must not ask Clio anything.
    /// - Throws: `.locked` while another process fetches one of these phases.
    func expectNoExtract(_ selection: Selection) throws {
        for phase in selection.phaseNames {
            let lock = folder.lock(phase: phase, layer: "raw")
            if try Files.exists(lock) { try FileLock.shared(lock).release() }
        }
    }

    /// The job record, made when there is none. A stop ends its waits.
    func makeStore() throws(JobError) -> JobStore {
        try JobStore(path: folder.jobDatabase) { [stop] in stop.isRequested }
    }

    func existingStore() throws(JobError) -> JobStore? {
        try JobStore.openExisting(path: folder.jobDatabase) { [stop] in stop.isRequested }
    }

    func openStore() throws -> JobStore {
        guard let store = try existingStore() else {
            throw ConfigurationError(
                "\(folder.path): no job was begun for the connection \(configuration.connection); "
                    + "`cliosync run` begins one")
        }
        return store
    }

    /// - Throws: `.locked` while a process works on a job of this connection.
    func expectNoRun(_ job: SyncJob) throws {
        do throws(StagingError) {
            try FileLock.exclusive(runLock, holder: "look").release()
        } catch {
            guard error.code == .locked else { throw error }
            let process = job.processID.map { " (process \($0)\(job.host.map { " on \($0)" } ?? ""))" } ?? ""
            throw StagingError(
                .locked,
                "job \(job.id) is at work already\(process); `cliosync stop \(job.id.prefix(8))` stops it, "
                    + "`cliosync status --watch` follows it")
        }
    }
}
