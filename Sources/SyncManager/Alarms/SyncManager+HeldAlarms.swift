internal import Account
internal import Foundation
internal import Jobs
internal import Logging
internal import Staging

extension SyncManager {
    /// Sends an alarm by the firm's rules: at once, when the quiet hours end, or not at all.
    func raise(_ alarm: Alarm, now: Double = Date().timeIntervalSince1970) {
        guard let notifier else { return }
        switch AlarmRules(configuration.settings).verdict(alarm.kind, now: now) {
        case .drop: return
        case .send: notifier.send(alarm)
        case .hold(let until):
            do {
                guard let store = try JobStore.openExisting(path: folder.jobDatabase) else {
                    return notifier.send(alarm)
                }
                try store.hold(alarm: alarm.stored, until: until)
            } catch {
                // At a bad time is better than never.
                notifier.send(alarm)
            }
        }
    }

    /// Sends the alarms whose quiet hours are over, whichever process raised them; waits for none.
    func sendHeldAlarms(now: Double) {
        guard let notifier else { return }
        do {
            guard let store = try JobStore.openExisting(path: folder.jobDatabase) else { return }
            for held in try store.claimHeldAlarms(now: now) {
                guard let alarm = Alarm(stored: held.alarm) else {
                    logger.warning("an alarm of another version cannot be read and is not sent: \(held.alarm)")
                    try store.forgetHeldAlarm(held.id)
                    continue
                }
                // What could not be delivered stays and is tried again.
                notifier.send(alarm) { isOver in if isOver { try? store.forgetHeldAlarm(held.id) } }
            }
        } catch {
            logger.warning("alarms that were held in quiet hours cannot be read: \(error)")
        }
    }

    /// Waits until all alarms are delivered or given up, for at most twenty seconds.
    func flushAlarms() async { await notifier?.flush(within: Self.alarmBound, stop: stop) }
}
