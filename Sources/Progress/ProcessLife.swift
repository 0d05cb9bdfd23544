internal import Foundation
package import Jobs
package import Staging

/// Which processes work on a connection: by what they wrote, whether they exist, and the lock that they hold.
package enum ProcessLife {
    /// The runs whose process is at work, by their ids.
    ///
    /// A process of this machine that is gone works no more, however lately it wrote. One that is silent does as long as the
    /// connection's run lock is held.
    /// - Parameter now: seconds since 1970.
    package static func running(
        among runs: [JobRun], _ store: JobStore, _ folder: ConnectionFolder, now: Double
    ) throws -> Set<Int64> {
        var live: [String: Set<Int>] = [:]
        var seen: Set<String> = []
        var running: Set<Int64> = []
        for run in runs.reversed() {
            guard let process = run.processID else { continue }
            // A process carries out one run at a time, and its number is used again.
            guard seen.insert("\(process) \(run.host ?? "")").inserted, run.endedAt == nil else { continue }
            let isHere = run.host == ProcessInfo.processInfo.hostName
            if isHere, !exists(process) { continue }
            if live[run.jobID] == nil {
                live[run.jobID] = Set(
                    try store.activities(job: run.jobID).filter { $0.isLive(at: now) }.map(\.processID))
            }
            if live[run.jobID]?.contains(process) == true || isHere && isLocked(folder) { running.insert(run.id) }
        }
        return running
    }

    /// Whether a process works on a job.
    static func isRunning(
        _ job: SyncJob, _ activities: [JobActivity], _ folder: ConnectionFolder, _ now: Double
    ) -> Bool {
        let live = activities.filter { $0.isLive(at: now) }
        guard live.isEmpty else {
            guard job.host == ProcessInfo.processInfo.hostName else { return true }
            return live.contains { exists($0.processID) }
        }
        return isLocked(folder)
    }

    private static func exists(_ process: Int) -> Bool { kill(pid_t(process), 0) == 0 || errno == EPERM }

    /// Whether some process carries out a job of the connection.
    private static func isLocked(_ folder: ConnectionFolder) -> Bool {
        let lock = folder.runLock
        guard (try? Files.exists(lock)) == true else { return false }
        do throws(StagingError) {
            try FileLock.exclusive(lock, holder: "look").release()
            return false
        } catch { return error.code == .locked }
    }
}
