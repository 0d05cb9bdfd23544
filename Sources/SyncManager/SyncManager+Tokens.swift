internal import Account
internal import Foundation
internal import Jobs
internal import Logging
internal import Progress
internal import Staging

extension SyncManager {
    /// Raises the alarms that time alone causes, `stale` and `expiring`, and waits for their delivery.
    ///
    /// However many processes ask and however often, each is raised once.
    /// - Returns: whether there is one.
    public func checkAlarms() async throws -> Bool {
        let isStale = try raiseIfStale()
        let isExpiring = try raiseIfExpiring()
        await notifier?.flush(within: Self.alarmBound, stop: stop)
        return isStale || isExpiring
    }

    /// The same beside other work, which a failure here must not spoil, and without the wait.
    func raiseDueAlarms() {
        do {
            try raiseIfStale()
            try raiseIfExpiring()
        } catch is JobError {
            // The work itself reports what is wrong with its job record.
        } catch {
            logger.warning("how old data and token are cannot be read: \(error)")
        }
    }

    /// Raises the alarm `expiring` when the access token is not renewed and expires within 7 days.
    @discardableResult
    func raiseIfExpiring(now: Double = Date().timeIntervalSince1970) throws -> Bool {
        guard let store = try JobStore.openExisting(path: folder.jobDatabase),
            let job = ProgressReader.current(try store.jobs(connection: configuration.connection)),
            let token = TokenExpiry(used: try store.usedTokens().first, present: freshnessRules.token, now: now),
            let remedy = token.remedy
        else { return false }
        guard notifier != nil, try store.raiseAlarm(Alarm.Kind.expiring.rawValue, subject: token.expiresAt) else {
            return true
        }
        let firm = job.connection == "default" ? "" : " --connection \(job.connection)"
        notify(.expiring, job, "the access token \(token.text); \(remedy)", next: token.command + firm)
        return true
    }
}
