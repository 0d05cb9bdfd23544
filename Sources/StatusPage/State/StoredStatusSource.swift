internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging
internal import Synchronization

/// Shows the firms of all machines, by what these stored.
///
/// Only what changed is read again: thousands of firms are looked at once a second.
final class StoredStatusSource: Sendable {
    private let firms: @Sendable () -> [StoredFirm]
    private let catalog: Catalog
    private let freshness: (@Sendable (String) -> FreshnessRules)?
    private let clock: @Sendable () -> Double
    private let known = Mutex<[String: Known]>([:])

    /// A firm as it was looked at last.
    private struct Known {
        let version: String
        let stored: StoredStatus?
        let shown: Shown
    }

    /// A state as it was shown last.
    private struct Shown {
        let status: ConnectionStatus
        /// After this moment, seconds since 1970, it is to be shown anew.
        let until: Double
    }

    /// Seconds after which ages and waits are computed anew.
    private static let rest = 60.0

    init(
        _ firms: @escaping @Sendable () -> [StoredFirm], catalog: Catalog,
        freshness: (@Sendable (String) -> FreshnessRules)?, clock: @escaping @Sendable () -> Double
    ) {
        self.firms = firms
        self.catalog = catalog
        self.freshness = freshness
        self.clock = clock
    }

    func snapshot() -> StatusSnapshot {
        let now = clock()
        var snapshot = StatusSnapshot(time: now)
        let known = known.withLock { $0 }
        var next: [String: Known] = [:]
        for firm in firms() {
            let old = known[firm.connection]
            let isSame = old?.version == firm.version
            if let old, isSame, now < old.shown.until {
                next[firm.connection] = old
                snapshot.connections.append(old.shown.status)
                continue
            }
            let stored = isSame ? old?.stored : StoredStatus(firm.document)
            let shown = show(firm, stored, now)
            next[firm.connection] = Known(version: firm.version, stored: stored, shown: shown)
            snapshot.connections.append(shown.status)
        }
        self.known.withLock { $0 = next }
        return snapshot
    }

    private func show(_ firm: StoredFirm, _ stored: StoredStatus?, _ now: Double) -> Shown {
        guard let stored else {
            return Shown(
                status: ConnectionStatus(
                    name: firm.connection, problem: "the state in the store cannot be read; a later version stored it"),
                until: .infinity)
        }
        let progress = stored.progress(
            catalog, freshness?(firm.connection) ?? FreshnessRules(), storedAt: firm.storedAt, now: now)
        var status = ConnectionStatus(name: firm.connection, progress: progress, account: stored.account)
        status.isElsewhere = true
        status.errors = stored.errors
        status.waiting = progress.waiting.map { wait in
            (wait.reason.text, wait.until.map { Int(($0 - now).rounded(.up)) })
        }
        status.phases = PhaseStatus.all(progress, stored.job, catalog)
        status.describe()
        // Not all of them in the same second.
        let rest = Self.rest * Double.random(in: 0.5...1)
        return Shown(
            status: status,
            until: progress.isRunning ? min(now + rest, firm.storedAt + StoredStatus.patience) : now + rest
        )
    }
}
