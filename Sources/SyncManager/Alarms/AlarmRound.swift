internal import Account
internal import Foundation
internal import Jobs
internal import Logging
internal import Progress
internal import Staging

/// What is due for some firms at a moment: alarms that wait for the end of quiet hours or for their receiver, `stale` and
/// `expiring`, and digests of the week.
///
/// However many processes ask and however often, each is sent once.
public struct AlarmRound: Sendable {
    private let managers: [SyncManager]

    /// A round over these firms.
    public init(_ managers: [SyncManager]) { self.managers = managers }

    /// Sends what is due, and waits until it is delivered or given up.
    /// - Parameters:
    ///   - raisesAlarms: false: another part of the program looks at the age of data and tokens.
    ///   - now: seconds since 1970; nil: this moment.
    /// - Returns: the firms whose data are stale, or whose token expires.
    @discardableResult
    public func run(raisesAlarms: Bool = true, now: Double? = nil) async -> [String] {
        let now = now ?? Date().timeIntervalSince1970
        var alarmed: [String] = []
        for manager in managers {
            manager.sendDueNotices(now: now)
            guard raisesAlarms else { continue }
            do {
                let isStale = try manager.raiseIfStale(now: now)
                let isExpiring = try manager.raiseIfExpiring(now: now)
                if isStale || isExpiring { alarmed.append(manager.configuration.connection) }
            } catch {
                manager.logger.warning("how old data and token are cannot be read: \(error)")
            }
        }
        sendDigests(now: now)
        for manager in managers { await manager.flushAlarms() }
        return alarmed
    }

    /// Firms whose digest goes to the same places at the same time are in one.
    private func sendDigests(now: Double) {
        var groups: [DigestKey: [SyncManager]] = [:]
        for manager in managers {
            guard let key = DigestKey(manager.configuration.settings) else { continue }
            groups[key, default: []].append(manager)
        }
        for (key, members) in groups {
            let moment = key.schedule.last(before: now)
            var firms: [Digest.Firm] = []
            for member in members {
                do {
                    if let firm = try member.digest(moment: moment, now: now) { firms.append(firm) }
                } catch {
                    member.logger.warning("the digest of the week cannot be made: \(error)")
                }
            }
            guard !firms.isEmpty else { continue }
            let digest = Digest(
                until: key.schedule.text(moment), time: UTC.text(secondsSince1970: Int64(moment)),
                firms: firms.sorted { $0.connection < $1.connection })
            members.first { $0.configuration.connection == firms[0].connection }?
                .deliver(.digest(digest), due: now, now: now)
        }
    }

    /// Where and when a firm's digest is sent; nil: it is not.
    private struct DigestKey: Hashable {
        let schedule: DigestSchedule
        let places: [String]

        init?(_ settings: Settings) {
            guard let schedule = settings.notifyDigest else { return nil }
            self.schedule = schedule
            let mail = [settings.smtpURL, settings.smtpUser, settings.notifyEmailFrom].map { $0 ?? "" }
            places =
                [settings.notifyWebhook ?? "", settings.notifyCommand ?? ""] + mail + (settings.notifyEmailTo ?? [])
        }

        static func == (left: DigestKey, right: DigestKey) -> Bool {
            left.places == right.places && left.schedule == right.schedule
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(places)
            hasher.combine(schedule.description)
        }
    }
}

extension SyncManager {
    /// This firm's week, unless its digest of that moment was sent already; nil, too, when nothing of it is there.
    fileprivate func digest(moment: Double, now: Double) throws -> Digest.Firm? {
        guard notifier != nil, let store = try JobStore.openExisting(path: folder.jobDatabase) else { return nil }
        let subject = UTC.text(secondsSince1970: Int64(moment))
        // The first look only sets the clock: a setting that is new asks for the weeks to come.
        let isFirst = try !store.hasRaisedAlarm(Self.digestName)
        guard try store.raiseAlarm(Self.digestName, subject: subject), !isFirst else { return nil }
        let from = UTC.text(secondsSince1970: Int64(moment - 7 * 86_400))
        let runs = try store.runs(job: nil).filter { ($0.endedAt ?? $0.begunAt) > from }
        var reader = ProgressReader(catalog: catalog)
        let progress = try self.progress(by: &reader, now: now)
        var firm = Digest.Firm(connection: configuration.connection, status: progress?.job?.status.rawValue ?? "NONE")
        firm.asOf = progress?.asOf
        firm.age = progress?.freshness.age
        firm.isStale = progress?.freshness.isStale ?? false
        firm.rows = progress?.rows ?? 0
        firm.flagged = (progress?.rejected ?? 0) + (progress?.warned ?? 0)
        firm.runs = runs.count
        let good: Set<String?> = [JobStatus.completed.rawValue, nil]
        firm.badRuns = runs.filter { !good.contains($0.result) }.count
        firm.changed = runs.reduce(0) { sum, run in
            sum + (run.counts.map { $0.inserted + $0.updated + $0.deleted } ?? 0)
        }
        if let last = runs.last, !good.contains(last.result) {
            firm.problem = last.error ?? "the last run ended as \(last.result ?? "")"
        }
        return firm
    }

    private static let digestName = "digest"
}
