internal import Account
internal import Bytes
internal import Foundation
public import JSON
public import Jobs
public import Load
internal import Pipelines
public import Staging
internal import Tables

/// What a reset would throw away.
public struct ResetPreview: Sendable {
    /// The job.
    public let job: SyncJob
    /// Whether all of the job goes, so that it ends as CANCELLED.
    public let isWholeJob: Bool
    /// Where the rows are.
    public let database: String
    /// What others made on the tables that would be dropped: the reset is refused because of it.
    public let additions: [TableAddition]
    /// Each entity with what there is of it.
    public let entities: [Item]

    /// One entity of a phase.
    public struct Item: Sendable {
        /// The phase.
        public let phase: String
        /// The entity.
        public let entity: String
        /// Staged files and their bytes.
        public let staged: StagedAmount
        /// Its rows in the database, by the job record.
        public let rows: Int
        let definition: Entity?
    }

    /// Over all entities.
    public var total: (files: Int, bytes: Int, rows: Int) {
        entities.reduce((0, 0, 0)) { ($0.0 + $1.staged.files, $0.1 + $1.staged.bytes, $0.2 + $1.rows) }
    }
}

extension SyncManager {
    /// What a reset of a job, or of some of its entities, would throw away; changes nothing.
    /// - Parameters:
    ///   - jobID: the job's id, or the beginning of it.
    ///   - names: names of entities; empty: the whole job, unless phases are named.
    ///   - phases: only entities of these phases; empty: of all.
    public func previewReset(
        _ jobID: String, entities names: [String] = [], phases: [String] = []
    ) throws -> ResetPreview {
        let store = try openStore()
        let job = try store.job(matching: jobID)
        let rows = try store.entities(job: job.id)
        for name in names
        where !rows.contains(where: { $0.type == name && (phases.isEmpty || phases.contains($0.phase)) }) {
            var seen: Set<String> = []
            let known = rows.map(\.type).filter { seen.insert($0).inserted }.joined(separator: ", ")
            throw ConfigurationError("--entity: job \(job.id) has no entity \(name.prefix(64)); it has \(known)")
        }
        for phase in phases where !rows.contains(where: { $0.phase == phase }) {
            throw ConfigurationError(
                "--phase: job \(job.id) has no phase \(phase.prefix(64)); it has \(job.phases.joined(separator: ", "))")
        }
        let chosen = rows.filter {
            (names.isEmpty || names.contains($0.type)) && (phases.isEmpty || phases.contains($0.phase))
        }
        let items = try chosen.map { row in
            ResetPreview.Item(
                phase: row.phase, entity: row.type,
                staged: try folder.entity(phase: row.phase, name: row.type).amount(), rows: row.loaded,
                definition: catalog.phase(named: row.phase)?.entity(named: row.type))
        }
        return ResetPreview(
            job: job, isWholeJob: names.isEmpty && phases.isEmpty, database: configuration.database,
            additions: try loader.additions(leavingWith: items.compactMap(\.definition)), entities: items)
    }

    /// Throws away what the preview names: loaded rows first, then staged files, then the counts of the job record. A
    /// whole job ends as CANCELLED, one that lost entities as PAUSED. Killed in the middle, the same call does the rest.
    /// - Throws: a `.locked` error, before anything is touched, while another process works on these phases.
    @discardableResult
    public func reset(_ preview: ResetPreview) async throws -> SyncJob {
        let store = try openStore()
        let run: FileLock
        do throws(StagingError) {
            run = try FileLock.exclusive(runLock, holder: "reset")
        } catch {
            try expectNoRun(preview.job)
            throw error
        }
        defer { run.release() }
        // Rows of another firm's database are not ours to take out.
        try AccountPins(self).checkEachOther()
        var seen: Set<String> = []
        let phases = preview.entities.map(\.phase).filter { seen.insert($0).inserted }
        // Against stages that run outside of a job. The loader takes the clean layers' locks itself.
        let raw = try phases.map { try FileLock.exclusive(folder.lock(phase: $0, layer: "raw"), holder: "reset \($0)") }
        defer { for lock in raw { lock.release() } }
        for lock in try lockClean(phases) { lock.release() }
        if try Files.exists(configuration.database) {
            // Checked again: another program may have changed the database since the preview.
            try expectNoAdditions(preview)
            for entity in preview.entities.compactMap(\.definition) { try await loader.unload(entity) }
        }
        let clean = try lockClean(phases)
        defer { for lock in clean { lock.release() } }
        for item in preview.entities {
            try folder.entity(phase: item.phase, name: item.entity).removeAll()
            try store.resetEntity(job: preview.job.id, phase: item.phase, type: item.entity)
        }
        if preview.isWholeJob, try AccountPins(self).places.allSatisfy({ $0.place == folder.jobDatabase }) {
            try store.clearAccount()
        }
        let what = preview.entities.map { "\($0.phase)/\($0.entity)" }.joined(separator: ", ")
        try store.addEvent(job: preview.job.id, level: .info, category: "control", code: "reset", message: what)
        return try store.updateJob(preview.job.id) { job in
            if preview.isWholeJob {
                job.status = .cancelled
            } else if job.status != .pending {
                if job.status.mayBecome(.paused) { job.status = .paused }
                job.error = nil
            }
        }
    }

    private var loader: Loader {
        Loader(catalog: catalog, folder: folder, database: configuration.database)
    }

    /// As with a table that is built anew: what others put into our tables is never dropped with them.
    private func expectNoAdditions(_ preview: ResetPreview) throws(LoadError) {
        let additions = try loader.additions(leavingWith: preview.entities.compactMap(\.definition))
        guard !additions.isEmpty else { return }
        throw LoadError(
            .foreign,
            "\(configuration.database): the reset would drop what others made (\(additions.map(\.text).joined(separator: ", "))); "
                + "copy it into a table of your own, drop it, and run the same command again; nothing was changed")
    }

    private func lockClean(_ phases: [String]) throws(StagingError) -> [FileLock] {
        var locks: [FileLock] = []
        for phase in phases {
            locks.append(try FileLock.exclusive(folder.lock(phase: phase, layer: "clean"), holder: "reset \(phase)"))
        }
        return locks
    }
}

extension ResetPreview {
    /// The preview as a report.
    /// - Parameters:
    ///   - isDone: whether it is thrown away now.
    ///   - status: the job's status.
    public func report(isDone: Bool, status: String) -> some JSONReport {
        ResetReport(
            job: job.id, connection: job.connection, status: status, done: isDone, files: total.files,
            bytes: total.bytes, rows: total.rows,
            additions: additions.map { ResetReport.Addition(kind: $0.kind, name: $0.name, table: $0.table) },
            entities: entities.map { item in
                ResetReport.Item(
                    phase: item.phase, entity: item.entity, files: item.staged.files, bytes: item.staged.bytes,
                    rows: item.rows)
            })
    }
}

/// What `reset --json` prints.
private struct ResetReport: JSONReport {
    let job: String
    let connection: String
    let status: String
    let done: Bool
    let files: Int
    let bytes: Int
    let rows: Int
    let additions: [Addition]
    let entities: [Item]

    struct Addition: Encodable {
        let kind: String
        let name: String
        let table: String
    }

    struct Item: Encodable {
        let phase: String
        let entity: String
        let files: Int
        let bytes: Int
        let rows: Int
    }
}
