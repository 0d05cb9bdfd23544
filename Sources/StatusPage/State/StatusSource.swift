internal import Foundation
internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

/// Reads all connections, with what the page shows beside their progress.
///
/// Blocks for the time of some small queries: not to be called on Swift's own threads. One caller at a time.
final class StatusSource {
    let staging: String
    let catalog: Catalog
    let clock: () -> Double
    private let options: Options
    private var settings: [String: (rules: FreshnessRules, time: Double)] = [:]
    private var configured: (names: [String], problem: String?, time: Double) = ([], nil, -.infinity)
    private var plan = LookPlan()
    private(set) var statuses: [String: ConnectionStatus] = [:]
    private var groups: GroupCache
    private var stores: [String: (inode: UInt64, store: JobStore)] = [:]
    private var reader: ProgressReader
    /// Where Clio shows a record, by "phase/entity".
    let links: [String: LinkTemplate]
    private var history = RateHistory()
    var flagged = FlaggedRuleCache()
    var reports = ReportCache()

    /// What is known beside the staging folder; nil: nothing of that kind.
    struct Options {
        var groups: GroupReader?
        var freshness: (@Sendable (String) -> FreshnessRules)?
        var configured: (@Sendable () throws -> [String])?
    }

    init(staging: String, catalog: Catalog, _ options: Options = Options(), clock: @escaping () -> Double) {
        self.staging = staging
        self.catalog = catalog
        self.options = options
        self.clock = clock
        groups = GroupCache(options.groups)
        reader = ProgressReader(catalog: catalog)
        links = Dictionary(
            catalog.entities.compactMap { entity in entity.link.map { ("\(entity.phase)/\(entity.name)", $0) } },
            uniquingKeysWith: { $1 })
    }

    /// All connections that have a job record or are configured, by name.
    func snapshot() -> StatusSnapshot {
        let now = clock()
        var folders: [String: ConnectionFolder] = [:]
        for name in (try? Files.names(in: staging)) ?? [] {
            // A folder with a name that no connection can have is none of ours.
            guard let folder = try? ConnectionFolder(staging: staging, connection: name),
                (try? Files.exists(folder.jobDatabase)) != false
            else { continue }
            folders[name] = folder
        }
        let stamps = folders.mapValues { JobStamp($0) }
        let due = plan.due(stamps)
        statuses = statuses.filter { folders[$0.key] != nil }
        for (name, folder) in folders where due.contains(name) {
            var status = ConnectionStatus(name: name)
            do {
                try read(&status, folder, now)
            } catch {
                status = ConnectionStatus(name: name, problem: "\(error)")
            }
            statuses[name] = status
            let isAtWork = status.isRunning || status.job?.status.isActive == true || status.problem != nil
            // Thousands of open files would be too many.
            if !isAtWork, folders.count > LookPlan.atLeast { stores[name] = nil }
            if let stamp = stamps[name] { plan.noteRead(name, stamp, isAtWork: isAtWork) }
        }
        var snapshot = StatusSnapshot(time: now, connections: Array(statuses.values))
        snapshot.freeBytes = Files.freeSpace(staging)
        readConfigured(now)
        snapshot.problem = configured.problem
        for name in configured.names where folders[name] == nil {
            var status = ConnectionStatus(name: name)
            status.token = TokenExpiry(used: nil, present: rules(name, now).token, now: now)
            snapshot.connections.append(status)
        }
        snapshot.connections.sort { $0.name < $1.name }
        history.forget(before: now - 3 * RateHistory.window)
        return snapshot
    }

    /// What is wrong with one firm's file must not hide the others.
    private func readConfigured(_ now: Double) {
        guard let read = options.configured, abs(now - configured.time) >= Self.settingsRest else { return }
        do {
            configured = (try read(), nil, now)
        } catch {
            configured = (configured.names, "\(error)", now)
        }
    }

    /// The job record of a connection, for a request to the process that works on it.
    static func store(staging: String, connection: String) throws -> JobStore? {
        let folder = try ConnectionFolder(staging: staging, connection: connection)
        return try JobStore.openExisting(path: folder.jobDatabase)
    }

    // MARK: One connection

    private func read(_ status: inout ConnectionStatus, _ folder: ConnectionFolder, _ now: Double) throws {
        guard let store = try store(folder) else { return }
        let job = ProgressReader.current(try store.jobs(connection: folder.connection))
        let progress = try reader.read(
            folder, store, job: job, database: nil, rules: rules(status.name, now), now: now)
        status.progress = progress
        status.token = progress.token
        let priorities = try job.map { try store.priorities(job: $0.id) } ?? [:]
        let live = progress.activities.filter { $0.isLive(at: now) }
        if let job {
            status.isStopping = try progress.isRunning && store.isStopRequested(job: job.id)
            status.errors = try store.errorCounts(job: job.id)
        }
        status.account = try store.account().flatMap { Account(json: $0) }
        status.waiting = progress.waiting.map { wait in
            (wait.reason.text, wait.until.map { Int(($0 - now).rounded(.up)) })
        }
        note(status, live, now)
        if progress.isRunning { rates(&status) }
        status.phases = PhaseStatus.all(progress, job, catalog)
        for phase in status.phases.indices {
            for index in status.phases[phase].entities.indices {
                fill(&status.phases[phase].entities[index], status, folder, priorities)
            }
        }
        status.describe()
        status.recent = Self.recent(status)
    }

    /// Settings and timers are files, which are read again after a while.
    private func rules(_ connection: String, _ now: Double) -> FreshnessRules {
        if let known = settings[connection], abs(now - known.time) < Self.settingsRest { return known.rules }
        let rules = options.freshness?(connection) ?? FreshnessRules()
        settings[connection] = (rules, now)
        return rules
    }

    private static let settingsRest = 30.0

    private func rates(_ status: inout ConnectionStatus) {
        let budget = status.activities.compactMap(\.budgetPerMinute).first.map(Double.init)
        // A minute that begins in one of Clio's windows and ends in the next has requests of both.
        status.requestsPerMinute = history.perSecond("\(status.name) requests").map {
            min($0 * 60, budget ?? .infinity)
        }
        status.rowsPerSecond = history.perSecond("\(status.name) rows")
        status.cpuShare = history.perSecond("\(status.name) cpu")
    }

    func store(_ folder: ConnectionFolder) throws -> JobStore? {
        var facts = stat()
        guard stat(folder.jobDatabase, &facts) == 0 else {
            stores[folder.connection] = nil
            return nil
        }
        let inode = UInt64(facts.st_ino)
        if let known = stores[folder.connection], known.inode == inode { return known.store }
        let store = try JobStore.openExisting(path: folder.jobDatabase)
        stores[folder.connection] = store.map { (inode, $0) }
        return store
    }

    /// What the page shows beside the progress: rate, priorities and groups.
    private func fill(
        _ entity: inout EntityStatus, _ status: ConnectionStatus, _ folder: ConnectionFolder,
        _ priorities: [String: Bool]
    ) {
        if let work = entity.work {
            entity.rate = history.perSecond("\(status.name)/\(entity.phase)/\(entity.name)/\(work.stage)")
        }
        guard entity.status != .completed else { return }
        entity.priority = priorities[entity.name]
        guard let known = catalog.phase(named: entity.phase)?.entity(named: entity.name) else { return }
        entity.groups = groups.groups(known, in: folder, database: status.activities.first?.database, at: clock())
        entity.groupPriorities = Dictionary(
            entity.groups.compactMap { group in
                priorities["\(entity.name)/\(group.key)"].map { (group.key, $0) }
            }, uniquingKeysWith: { $1 })
    }

    // MARK: Time

    /// Notes the counters of the processes at work.
    private func note(_ status: ConnectionStatus, _ live: [JobActivity], _ now: Double) {
        for activity in live {
            for row in activity.rows where row.finishedAt == nil {
                history.note(
                    "\(status.name)/\(row.phase)/\(row.entity)/\(row.stage)", Double(row.done), at: activity.updatedAt)
            }
        }
        guard let last = live.map(\.updatedAt).max() else { return }
        history.note("\(status.name) requests", Double(live.reduce(0) { $0 + $1.requests }), at: last)
        history.note("\(status.name) rows", Double(live.reduce(0) { $0 + $1.rowsWritten }), at: last)
        history.note("\(status.name) cpu", live.reduce(0) { $0 + $1.cpuSeconds }, at: last)
    }

    // MARK: Parts

    private static let endings = ["extract": "fetched", "load": "in the database"]

    /// What came to its end lately, the latest first.
    private static func recent(_ status: ConnectionStatus) -> [RecentItem] {
        let titles = Dictionary(
            status.entities.map { ("\($0.phase)/\($0.name)", $0) }, uniquingKeysWith: { $1 })
        let items = status.activities.flatMap(\.rows).compactMap { row -> RecentItem? in
            guard let time = row.finishedAt, let what = endings[row.stage] else { return nil }
            // A stop ends a stage too, but completes nothing.
            guard row.done > 0, row.done >= row.total ?? row.done else { return nil }
            let entity = titles["\(row.phase)/\(row.entity)"]?.progress
            let records = row.stage == "load" ? entity?.loaded : entity?.distinct
            return RecentItem(what: what, title: entity?.title ?? row.entity, records: records ?? row.done, time: time)
        }
        return Array(items.sorted { $0.time > $1.time }.prefix(8))
    }
}
