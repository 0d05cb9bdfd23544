internal import Foundation
internal import JSON
internal import Jobs
internal import Pipelines
internal import Staging

/// Reads how all connections stand, from `job.sqlite` and the manifests; knows nothing of how that came to be.
///
/// Blocks for the time of some small queries: not to be called on Swift's own threads. One caller at a time.
final class StatusSource {
    private let staging: String
    private let catalog: Catalog
    private let clock: () -> Double
    private var groups: GroupCache
    private var stores: [String: (inode: UInt64, store: JobStore)] = [:]
    private var facts = LayerFactsCache()
    private var history = RateHistory()

    init(staging: String, catalog: Catalog, groups: GroupReader? = nil, clock: @escaping () -> Double) {
        self.staging = staging
        self.catalog = catalog
        self.groups = GroupCache(groups)
        self.clock = clock
    }

    /// All connections that have a job record, by name.
    func snapshot() -> StatusSnapshot {
        let now = clock()
        var snapshot = StatusSnapshot(time: now)
        for name in (try? Files.names(in: staging)) ?? [] {
            // A folder with a name that no connection can have is none of ours.
            guard let folder = try? ConnectionFolder(staging: staging, connection: name),
                (try? Files.exists(folder.jobDatabase)) != false
            else { continue }
            var status = ConnectionStatus(name: name)
            do {
                try read(&status, folder, now)
            } catch {
                status = ConnectionStatus(name: name, problem: "\(error)")
            }
            snapshot.connections.append(status)
        }
        history.forget(before: now - 3 * RateHistory.window)
        return snapshot
    }

    /// The job record of a connection, for a request to the process that works on it.
    static func store(staging: String, connection: String) throws -> JobStore? {
        let folder = try ConnectionFolder(staging: staging, connection: connection)
        return try JobStore.openExisting(path: folder.jobDatabase)
    }

    // MARK: One connection

    private func read(_ status: inout ConnectionStatus, _ folder: ConnectionFolder, _ now: Double) throws {
        guard let store = try store(folder) else { return }
        // A person's rule: what was given up is not what the connection is at, unless there is nothing else.
        let jobs = try store.jobs(connection: folder.connection)
        status.job = jobs.first { $0.status != .cancelled } ?? jobs.first
        guard let job = status.job else {
            status.phases = catalog.phases.map { phase($0, rows: [:], job: nil) }
            return
        }
        status.activities = try store.activities(job: job.id)
        let live = status.activities.filter { $0.isLive(at: now) }
        status.isRunning = !live.isEmpty
        status.isStopping = try status.isRunning && store.isStopRequested(job: job.id)
        status.errors = try store.errorCounts(job: job.id)
        if let activity = live.first(where: { $0.waitingFor != nil }), let reason = activity.waitingFor {
            let left = activity.waitingUntil.map { Int(($0 - now).rounded(.up)) }
            // A wait that is over by its own word is none.
            if left ?? 1 > 0 { status.waiting = (reason, left) }
        }
        note(status, live, now)

        let rows = Dictionary(
            try store.entities(job: job.id).map { ("\($0.phase)/\($0.type)", $0) }, uniquingKeysWith: { $1 })
        status.phases = catalog.phases.map { phase($0, rows: rows, job: job) }
        let priorities = try store.priorities(job: job.id)
        let estimates = Self.estimates(job.estimate)
        for phase in status.phases.indices {
            for index in status.phases[phase].entities.indices {
                fill(
                    &status.phases[phase].entities[index], status, folder, live: live, priorities: priorities,
                    estimates: estimates)
            }
        }
        status.etaSeconds = secondsLeft(status, now)
        if status.isRunning {
            status.requestsPerMinute = history.perSecond("\(status.name) requests").map { $0 * 60 }
            status.rowsPerSecond = history.perSecond("\(status.name) rows")
            status.cpuShare = history.perSecond("\(status.name) cpu")
        }
        for phase in status.phases.indices {
            for index in status.phases[phase].entities.indices {
                let entity = status.phases[phase].entities[index]
                status.phases[phase].entities[index].words = StatusWords.describe(entity, in: status)
            }
        }
        status.recent = Self.recent(status)
    }

    private func store(_ folder: ConnectionFolder) throws -> JobStore? {
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

    private func phase(_ phase: Phase, rows: [String: SyncEntity], job: SyncJob?) -> PhaseStatus {
        PhaseStatus(
            name: phase.name, title: phase.title, day: phase.day,
            features: phase.features.map { PhaseStatus.Feature(name: $0.name, title: $0.title) },
            entities: phase.entities.map { entity in
                var status = EntityStatus(phase: phase.name, name: entity.name, title: entity.title)
                guard let row = rows["\(phase.name)/\(entity.name)"] else { return status }
                status.status = row.status
                status.expected = row.totalItems
                (status.extracted, status.accepted, status.rejected) = (row.extracted, row.accepted, row.rejected)
                (status.warned, status.duplicates, status.loaded) = (row.warned, row.duplicates, row.loaded)
                status.message = row.message
                status.completedAt = row.completedAt
                return status
            },
            isPlanned: job?.phases.contains(phase.name) ?? true)
    }

    private func fill(
        _ entity: inout EntityStatus, _ status: ConnectionStatus, _ folder: ConnectionFolder, live: [JobActivity],
        priorities: [String: Bool], estimates: [String: Int]
    ) {
        let rows = live.flatMap(\.rows).filter { $0.phase == entity.phase && $0.entity == entity.name }
        let key = "\(status.name)/\(entity.phase)/\(entity.name)"
        if let row = rows.last(where: { $0.finishedAt == nil }) {
            entity.work = EntityStatus.Work(stage: row.stage, done: row.done, total: row.total)
            entity.rate = history.perSecond("\(key)/\(row.stage)")
        }
        if let row = rows.last(where: { $0.stage == "extract" }) {
            entity.extracted = row.done
            entity.expected = estimates["\(entity.phase)/\(entity.name)"] ?? row.total ?? entity.expected
        }
        if entity.work?.stage != "extract",
            let known = catalog.phase(named: entity.phase)?.entity(named: entity.name)
        {
            // The files are the truth, and the job record their copy of an earlier moment.
            let facts = facts.facts(known, in: folder)
            entity.extracted = max(entity.extracted, facts.extracted)
            // A page's own count may be that of one chain of several: before the end, the estimate knows better.
            entity.expected = facts.expected ?? estimates["\(entity.phase)/\(entity.name)"] ?? entity.expected
            entity.accepted = max(entity.accepted, facts.accepted)
            entity.rejected = max(entity.rejected, facts.rejected)
            entity.warned = max(entity.warned, facts.warned)
            entity.message = entity.message ?? facts.notes.first
        }
        entity.priority = entity.status == .completed ? nil : priorities[entity.name]
        if entity.status != .completed,
            let known = catalog.phase(named: entity.phase)?.entity(named: entity.name)
        {
            entity.groups = groups.groups(
                known, in: folder, database: status.activities.first?.database, at: clock())
            entity.groupPriorities = Dictionary(
                entity.groups.compactMap { group in
                    priorities["\(entity.name)/\(group.key)"].map { (group.key, $0) }
                }, uniquingKeysWith: { $1 })
        }
        if let work = entity.work, let total = work.total ?? entity.expected, let rate = entity.rate, rate > 0 {
            entity.etaSeconds = Int((Double(max(0, total - work.done)) / rate).rounded(.up))
        }
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

    /// Until everything is fetched, which is what takes time; then until the work in hand is done.
    private func secondsLeft(_ status: ConnectionStatus, _ now: Double) -> Int? {
        guard status.isRunning, let expected = status.expected else { return nil }
        let left = max(0, expected - status.extracted)
        let rate = status.planned.reduce(0.0) { $0 + ($1.work?.stage == "extract" ? $1.rate ?? 0 : 0) }
        if left == 0 { return status.planned.compactMap(\.etaSeconds).max() }
        if rate > 0 { return Int((Double(left) / rate).rounded(.up)) }
        // Not enough was seen yet: the pace since the run began.
        guard let start = status.activities.first?.startedAt, status.extracted > 0, now > start else { return nil }
        let before =
            status.extracted
            - status.activities.flatMap(\.rows).reduce(0) {
                $0 + ($1.stage == "extract" ? $1.done : 0)
            }
        let done = status.extracted - before
        return done > 0 ? Int((now - start) / Double(done) * Double(left)) : nil
    }

    // MARK: Parts

    /// Counts by `phase/entity` from the estimate that is stored on the job.
    private static func estimates(_ json: String?) -> [String: Int] {
        // Values live as long as their parser does.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let json, let root = try? parser.parse(json), let list = root["entities"] else { return [:] }
        var counts: [String: Int] = [:]
        list.forEachElement { element in
            guard let phase = element["phase"]?.string, let entity = element["entity"]?.string,
                let records = element["records"]?.int64
            else { return }
            counts["\(phase)/\(entity)"] = Int(records)
        }
        return counts
    }

    private static let endings = ["extract": "fetched", "load": "in the database"]

    /// What came to its end lately, the latest first.
    private static func recent(_ status: ConnectionStatus) -> [RecentItem] {
        let titles = Dictionary(
            status.entities.map { ("\($0.phase)/\($0.name)", $0) }, uniquingKeysWith: { $1 })
        let items = status.activities.flatMap(\.rows).compactMap { row -> RecentItem? in
            guard let time = row.finishedAt, let what = endings[row.stage] else { return nil }
            // A stop ends a stage too, but completes nothing.
            guard row.done > 0, row.done >= row.total ?? row.done else { return nil }
            let entity = titles["\(row.phase)/\(row.entity)"]
            return RecentItem(what: what, title: entity?.title ?? row.entity, records: row.done, time: time)
        }
        return Array(items.sorted { $0.time > $1.time }.prefix(8))
    }
}
