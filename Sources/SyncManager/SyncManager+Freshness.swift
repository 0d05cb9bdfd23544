public import Account
internal import Foundation
internal import Jobs
internal import Logging
public import Progress
internal import Staging

extension SyncManager {
    /// What is expected of a connection's data, by its settings and by the timer of this machine.
    public static func freshnessRules(_ settings: Settings, connection: String) -> FreshnessRules {
        FreshnessRules(
            hours: settings.freshnessHours, sweepDays: settings.sweepDays,
            schedule: RefreshSchedule.installed(connection: connection),
            token: PresentToken(settings, connection: connection))
    }

    var freshnessRules: FreshnessRules {
        Self.freshnessRules(configuration.settings, connection: configuration.connection)
    }

    /// Raises the alarm `stale` when the finished data are older than `SYNC_FRESHNESS_HOURS`: once, and again only after a
    /// completed refresh.
    /// - Returns: whether they are older.
    @discardableResult
    func raiseIfStale(now: Double = Date().timeIntervalSince1970) throws -> Bool {
        guard let hours = configuration.settings.freshnessHours,
            let store = try JobStore.openExisting(path: folder.jobDatabase),
            let job = ProgressReader.current(try store.jobs(connection: configuration.connection))
        else { return false }
        var reader = ProgressReader(catalog: catalog)
        let progress = try reader.read(
            folder, store, job: job, database: configuration.database, rules: freshnessRules, now: now)
        guard progress.freshness.isStale, let asOf = progress.asOf, let age = progress.freshness.age else {
            return false
        }
        guard notifier != nil, try store.raiseAlarm(Alarm.Kind.stale.rawValue, subject: asOf) else { return true }
        let firm = job.connection == "default" ? "" : " --connection \(job.connection)"
        notify(
            .stale, job, "the data are as of \(asOf), \(age) ago; SYNC_FRESHNESS_HOURS allows \(hours) h",
            next: "cliosync refresh\(firm)")
        return true
    }
}
