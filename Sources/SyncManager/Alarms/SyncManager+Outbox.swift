internal import Account
internal import Foundation
internal import Jobs
internal import Logging
internal import Staging

/// Notices are written to the job record first and leave it when they are delivered, so that a receiver that is away for
/// hours, or the end of a process, loses none.
extension SyncManager {
    /// Sends an alarm by the firm's rules: at once, when the quiet hours end, or not at all.
    func raise(_ alarm: Alarm, now: Double = Date().timeIntervalSince1970) {
        switch AlarmRules(configuration.settings).verdict(alarm.kind, now: now) {
        case .drop: break
        case .send: deliver(.alarm(alarm), due: now, now: now)
        case .hold(let until): deliver(.alarm(alarm), due: until, now: now)
        }
    }

    /// Sends a notice once it is due, now or by a later look of any process; waits for none.
    func deliver(_ notice: StoredNotice, due: Double, now: Double) {
        guard let notifier else { return }
        do {
            guard let store = try JobStore.openExisting(path: folder.jobDatabase) else {
                return notifier.send(notice.notice)
            }
            try store.hold(alarm: notice.stored(places: nil), until: due)
            sendDueNotices(of: store, now: now)
        } catch {
            // At a bad time, or once only, is better than never.
            notifier.send(notice.notice)
        }
    }

    /// Sends the notices that are due, whichever process wrote them; waits for none.
    func sendDueNotices(now: Double) {
        do {
            guard notifier != nil, let store = try JobStore.openExisting(path: folder.jobDatabase) else { return }
            sendDueNotices(of: store, now: now)
        } catch {
            logger.warning("the alarms that wait in the job record cannot be read: \(error)")
        }
    }

    /// Seconds after which a notice that no receiver took is given up.
    private static let patience = 7 * 86_400.0

    private func sendDueNotices(of store: JobStore, now: Double) {
        guard let notifier else { return }
        do {
            for held in try store.claimHeldAlarms(now: now) {
                guard let (notice, places) = StoredNotice.read(held.alarm) else {
                    logger.warning("an alarm of another version cannot be read and is not sent: \(held.alarm)")
                    try store.forgetHeldAlarm(held.id)
                    continue
                }
                guard now < held.due + Self.patience else {
                    logger.warning("an alarm could not be delivered for a week and is given up: \(notice.notice.text)")
                    try store.forgetHeldAlarm(held.id)
                    continue
                }
                notifier.send(notice.notice, to: places) { left in
                    if left.isEmpty {
                        try? store.forgetHeldAlarm(held.id)
                    } else {
                        // Tried again when this claim ends, where it was not taken.
                        try? store.replaceHeldAlarm(held.id, by: notice.stored(places: left))
                    }
                }
            }
        } catch {
            logger.warning("the alarms that wait in the job record cannot be read: \(error)")
        }
    }

    /// Waits until all alarms are delivered or given up, for at most twenty seconds.
    func flushAlarms() async { await notifier?.flush(within: Self.alarmBound, stop: stop) }
}
