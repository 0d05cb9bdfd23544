internal import Account
internal import Dispatch
internal import Extract
internal import Foundation
internal import Jobs
internal import Load
internal import Logging
internal import Pipelines
internal import Remote
internal import Staging
internal import Synchronization
internal import Tables
internal import Transform
internal import Verify

extension SyncRun {
    /// Transforms entities one after the other; their parts are worked on side by side.
    func transform(_ entities: [Entity], inJob: Bool) async throws {
        guard let phase = entities.first?.phase else { return }
        let lock = try FileLock.exclusive(
            manager.folder.lock(phase: phase, layer: "clean"), holder: "transform \(phase)")
        defer { lock.release() }
        try await holding(.clean(phase: phase)) { _ in try await transform(entities, of: phase, inJob: inJob) }
    }

    private func transform(_ entities: [Entity], of phase: String, inJob: Bool) async throws {
        // In a run, the extract of later phases wants a processor too.
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let transformer = Transformer(manager.folder, workers: inJob ? max(1, processors - 1) : processors)
        for entity in entities {
            if manager.stop.isRequested { return }
            // In a run, an entity that Clio forbids has no raw layer; its failure is reported already.
            if inJob, try RawManifest.read(manager.folder.entity(phase: phase, name: entity.name)) == nil { continue }
            guard let report = try await transform(entity, with: transformer, force: force && !inJob) else { return }
            manager.board.update(phase: phase, entity: entity.name, stage: "transform") {
                $0.done = report.records
                $0.isFinished = true
            }
            if report.rejected + report.warned > 0 {
                let rules = report.rules.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
                manager.logger.notice(
                    "\(phase)/\(entity.name): \(report.rejected) rejected, \(report.warned) with a warning (\(rules.joined(separator: ", ")))"
                )
            }
            results.withLock { _ = $0.untransformed.remove(EntityKey(entity)) }
            manager.emit(
                .entityFinished(
                    phase: phase, entity: entity.name, stage: .transform, status: "complete", records: report.records))
            checkRejects(entity, report)
            try update(entity, .inProgress)
        }
    }

    /// Transforms what is new of an entity; nil when a person stopped the run meanwhile, which is no failure.
    private func transform(
        _ entity: Entity, with transformer: Transformer, force: Bool
    ) async throws -> TransformReport? {
        do {
            return try await onThread("cliosync.transform") { [manager] () throws(TransformError) in
                manager.board.begin(phase: entity.phase, entity: entity.name, stage: "transform", total: nil)
                return try transformer.transform(entity, force: force, stop: manager.stop) { done, total in
                    manager.board.update(phase: entity.phase, entity: entity.name, stage: "transform") {
                        $0.done = done
                        $0.total = total
                    }
                }
            }
        } catch {
            guard error.code == .stopped else { throw error }
            return nil
        }
    }

    /// The transform that the pipeline files and the decisions ask for now, by "phase/entity".
    private func fingerprints(_ entities: [Entity]) throws(StagingError) -> [String: String] {
        let decisions = try DecisionFile(manager.folder).read()
        var fingerprints: [String: String] = [:]
        for entity in entities {
            fingerprints["\(entity.phase)/\(entity.name)"] = Transformer.fingerprint(
                entity, decisions: DecisionSet(decisions, entity: entity.name))
        }
        return fingerprints
    }

    /// Says which layers are loaded though they are out of date.
    private func warnOfStaleLayers(_ entities: [Entity]) throws {
        let tables = Set(entities.map(\.table.name))
        let feeders = manager.catalog.entities.filter { tables.contains($0.table.name) }
        let fingerprints = try fingerprints(feeders)
        for feeder in feeders {
            let place = manager.folder.entity(phase: feeder.phase, name: feeder.name)
            guard let result = try ResultManifest.read(place), let raw = try RawManifest.read(place),
                let staleness = try result.staleness(raw, fingerprint: fingerprints["\(feeder.phase)/\(feeder.name)"])
            else { continue }
            manager.logger.warning(
                """
                \(feeder.phase)/\(feeder.name): what is transformed \(staleness.text); run \
                `cliosync transform --phase \(feeder.phase)`, then load again
                """)
        }
    }

    /// Loads entities into the database.
    func load(_ entities: [Entity], inJob: Bool) async throws {
        try makeDatabaseFolder()
        if !inJob { try warnOfStaleLayers(entities) }
        let loader = Loader(
            catalog: manager.catalog, folder: manager.folder, database: manager.configuration.database,
            changesKeptDays: manager.configuration.settings.changesKeptDays, refresh: refreshRow)
        let board = manager.board
        let reports: [LoadReport]
        do throws(LoadError) {
            reports = try await loader.load(
                entities: entities, force: force && !inJob, stop: manager.stop
            ) { [logger = manager.logger, folder = manager.folder] event in
                Self.observe(event, board, logger)
                Self.note(event, folder, logger)
            }
        } catch {
            // While another program had the database locked: the run ends as stopped.
            guard error.code == .stopped else { throw error }
            return
        }
        for (entity, report) in zip(entities, reports) {
            results.withLock { results in
                let key = EntityKey(entity)
                switch report.status {
                case .missing:
                    // For a single stage, nothing to load is the caller's mistake; in a run it follows from a failed extract.
                    if !inJob { results.failures[key] = "nothing is transformed yet; run `cliosync transform` first" }
                case .partial where !inJob: results.partial.insert(key)
                default: break
                }
                // A table that is built anew has the rows that it had.
                let inserted = report.rebuilt ? 0 : report.run.inserted
                let updated = report.run.updated + (report.rebuilt ? report.run.inserted : 0)
                results.written.inserted += inserted
                results.written.updated += updated
                results.written.deleted += report.deleted
                if inserted + updated + report.deleted > 0 {
                    var change =
                        results.changes[report.table]
                        ?? JobRunReport.Change(table: report.table, inserted: 0, updated: 0, deleted: 0)
                    change.inserted += inserted
                    change.updated += updated
                    change.deleted += report.deleted
                    results.changes[report.table] = change
                }
                results.written.flagged += report.run.rejected + report.run.warned
                results.flagged[report.table, default: 0] += report.run.rejected + report.run.warned
                if report.status != .missing {
                    results.loaded[key] = (report.rows, report.total.duplicates)
                }
            }
            manager.emit(
                .entityFinished(
                    phase: entity.phase, entity: entity.name, stage: .load, status: report.status.rawValue,
                    records: report.rows
                ))
            try update(entity, .inProgress)
        }
    }

    private static func observe(_ event: LoadEvent, _ board: ProgressBoard, _ logger: Logger) {
        switch event {
        case .began(let phase, let entity, _, _, let records, _):
            board.begin(phase: phase, entity: entity, stage: "load", total: records)
        case .loaded(let phase, let entity, _, let counts):
            board.update(phase: phase, entity: entity, stage: "load") { $0.done += counts.records }
        case .ended(let report):
            board.update(phase: report.phase, entity: report.entity, stage: "load") { $0.isFinished = true }
        case .lost(let kind, let name, let reason):
            logger.warning(
                "\(kind) \(name), made by another program, was dropped with its table: \(reason); make it again"
            )
        case .waiting(let table, let reason): logger.warning("table \(table) waits for another load: \(reason)")
        case .indexing, .checkingReferences, .wrote: break
        }
    }

    /// Notes what a load left alone, for the next verification.
    static func note(_ event: LoadEvent, _ folder: ConnectionFolder, _ logger: Logger) {
        guard case .wrote(let span) = event else { return }
        do {
            try Verifier.note(span, folder)
        } catch {
            // The next verification compares everything.
            logger.info("\(error.description)")
        }
    }

    /// How much is compared: what a refresh changed, as long as everything was compared since a sweep was due last.
    private var extent: Verifier.Extent {
        switch update {
        case .counts?, .off?:
            .changes(since: Date().timeIntervalSince1970 - Double(manager.configuration.settings.sweepDays) * 86_400)
        case .sweep?, .deep?, nil: .all
        }
    }

    /// Makes the folder that the database is to be in; a run does it before anything else, so that a wrong path is not
    /// found out after hours of extract.
    func makeDatabaseFolder() throws(StagingError) {
        let folder = (manager.configuration.database as NSString).deletingLastPathComponent
        if !folder.isEmpty { try Files.createFolder(folder) }
    }

    /// Checks what is in the files against what is in the database.
    func verify(_ entities: [Entity]) async throws {
        for entity in entities {
            manager.board.begin(phase: entity.phase, entity: entity.name, stage: "verify", total: nil)
        }
        let (known, coming) = results.withLock { ($0.failures, $0.untransformed) }
        let report: VerifyReport
        do {
            report = try await Verifier.verify(
                entities: entities.filter { known[EntityKey($0)] == nil }, catalog: manager.catalog,
                folder: manager.folder, database: manager.configuration.database,
                fingerprints: try fingerprints(manager.catalog.entities),
                coming: Set(coming.map { "\($0.phase)/\($0.entity)" }), extent: extent, stop: manager.stop)
        } catch let error as LoadError where error.code == .stopped {
            // The run ends as stopped, and the next one verifies.
            return
        }
        // Nothing was compared: none of them is known to be complete.
        if report.isCutShort { results.withLock { $0.partial.formUnion(entities.map { EntityKey($0) }) } }
        let checks = report.checks.map { check in
            CheckSummary(
                phase: check.phase.isEmpty ? nil : check.phase, entity: check.entity, check: check.check,
                expected: check.expected.description, actual: check.actual.description, ok: check.ok,
                detail: check.detail)
        }
        results.withLock { results in
            // A table that several phases feed is looked at after each of them: the last look counts. An earlier one may
            // have met files of a later phase that were not loaded yet.
            let before = (results.verify?.checks ?? []).filter { old in
                !checks.contains { $0.phase == old.phase && $0.entity == old.entity && $0.check == old.check }
            }
            let all = before + checks
            // Each look is at all tables that are there.
            let scope = VerifyScope(report.scope, after: results.verify?.scope)
            results.verify = VerifySummary(
                ok: all.allSatisfy(\.ok), checks: all, orphans: report.missingParents, scope: scope)
        }
        for entity in entities {
            manager.board.update(phase: entity.phase, entity: entity.name, stage: "verify") { $0.isFinished = true }
        }
        if job != nil {
            // A phase is usable from here on, however long the following ones take.
            for entity in entities {
                let state = try EntityState(entity, in: manager.folder)
                try update(entity, results.withLock { $0.status(of: state, ending: .done) })
            }
        }
    }

    /// Copies an entity's state into the job record while it is being worked on.
    func update(_ entity: Entity, _ status: JobStatus) throws {
        guard let job else { return }
        let loaded = results.withLock { $0.loaded[EntityKey(entity)] }
        try job.update(
            try EntityState(entity, in: manager.folder), status: status, loaded: loaded?.rows,
            duplicates: loaded?.duplicates, message: results.withLock { $0.failures[EntityKey(entity)] })
    }

    /// Runs blocking work on a thread that is not one of Swift's pool.
    private func onThread<T: Sendable, E: Error>(
        _ label: String, _ work: @escaping @Sendable () throws(E) -> T
    ) async throws(E) -> T {
        let result: Result<T, E> = await withCheckedContinuation { continuation in
            DispatchQueue(label: label).async {
                do throws(E) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
