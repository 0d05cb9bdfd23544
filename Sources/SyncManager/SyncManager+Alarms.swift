internal import Account
internal import Foundation
internal import Jobs
internal import Staging

extension SyncManager {
    /// Seconds that the end of a run may wait for alarms.
    static let alarmBound = 20.0

    /// Sends an alarm about a job, if a webhook, a command or mail is configured.
    func notify(
        _ kind: Alarm.Kind, _ job: SyncJob, _ message: String, next: String, _ fill: (inout Alarm) -> Void = { _ in }
    ) {
        guard notifier != nil else { return }
        var alarm = Alarm(
            kind: kind, connection: job.connection, job: job.id, status: job.status.rawValue, message: message,
            time: UTC.now(), host: ProcessInfo.processInfo.hostName)
        alarm.next = next
        fill(&alarm)
        raise(alarm)
    }

    /// Tells how a run ended.
    func notifyEnding(_ report: RunReport) {
        guard notifier != nil, let id = report.job?.id, let job = (try? openStore())?.flatMapJob(id) else { return }
        let firm = job.connection == "default" ? "" : " --connection \(job.connection)"
        let resume = "cliosync resume \(job.id.prefix(8))"
        let (kind, message, next): (Alarm.Kind, String, String) =
            switch report.ending {
            case .done:
                (
                    .completed,
                    doneEntities(report)
                        + (job.status == .completed ? " loaded" : " loaded, other phases are still to come"),
                    job.status == .completed ? "cliosync verify\(firm)" : "cliosync run\(firm)"
                )
            case .partial: (.partiallyCompleted, missing(report), "cliosync status \(job.id.prefix(8))")
            case .failed(let why): (.failed, why, resume)
            case .paused(let why): (report.isCritical ? .critical : .paused, why, resume)
            case .later(_, let why): (.paused, why, resume)
            case .stopped: (.paused, "stopped by a person", resume)
            }
        notify(kind, job, message, next: next) { alarm in
            // Rows, as the report counts them: a record that belongs to two phases is one.
            alarm.rows = report.job?.syncedItems ?? job.syncedItems
            alarm.rejected = report.entities.reduce(0) { $0 + $1.rejected }
            alarm.requests = report.requests?.made ?? 0
            alarm.seconds = report.seconds
        }
    }

    func notifyFailure(_ jobID: String, _ why: String) {
        guard notifier != nil, let job = (try? openStore())?.flatMapJob(jobID) else { return }
        notify(.failed, job, why, next: "cliosync resume \(job.id.prefix(8))")
    }

    private func doneEntities(_ report: RunReport) -> String {
        var seen: Set<String> = []
        return report.entities.map(\.phase).filter { seen.insert($0).inserted }.joined(separator: ", ")
    }

    private func missing(_ report: RunReport) -> String {
        let open = report.entities.filter { $0.status != JobStatus.completed.rawValue }
        let names = open.map { "\($0.phase)/\($0.entity)" }.joined(separator: ", ")
        return names.isEmpty ? "a check failed" : "not complete: \(names)"
    }
}

extension JobStore {
    /// The job, or nil when there is any trouble.
    fileprivate func flatMapJob(_ id: String) -> SyncJob? { (try? job(id)).flatMap { $0 } }
}
