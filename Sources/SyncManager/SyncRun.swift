internal import Account
internal import Bytes
internal import Extract
internal import Foundation
internal import Jobs
internal import Load
internal import Logging
internal import Pipelines
internal import Progress
internal import Remote
internal import Staging
internal import Synchronization

/// One run over some phases and stages: the order of things, what is counted, and how it ends.
///
/// Stages never see each other; what one knows of the other is in the staged files.
final class SyncRun: Sendable {
    let manager: SyncManager
    let job: JobRecord?
    let force: Bool
    let limits: RunLimits
    let activity: ActivityRecorder?
    /// Records since this moment, seconds since 1970, come first.
    let recentSince: Double?
    /// The filter that lists are cut into groups by.
    let groupBy: String?
    /// Whether, and how, finished entities are compared with what Clio has now.
    let update: DeletionMode?
    /// What all loads of this run change belongs to one row of `refreshes`.
    let refreshRow = RefreshRow()
    /// Whether a person said that records may be taken out, however many.
    let acceptsRemovals: Bool
    let results = Mutex(RunResults())
    /// Where the extract tells the local stages what is ready for them.
    let arrivals = Mutex<AsyncStream<Arrival>.Continuation?>(nil)
    /// Entities that `prioritize` named during this run.
    let preferred = Mutex<[String]>([])
    /// Early parts that the local stages were told of and have not begun.
    let announced = Mutex<Set<EntityKey>>([])
    private let extractor = Mutex<Extractor?>(nil)

    init(_ manager: SyncManager, job: JobRecord?, force: Bool, options: ExtractOptions, limits: RunLimits) {
        self.manager = manager
        self.job = job
        self.force = force
        self.limits = limits
        activity = job.map { ActivityRecorder($0, database: manager.configuration.database) }
        recentSince = options.recentSince
        groupBy = options.groupBy
        update = options.update
        acceptsRemovals = options.acceptsRemovals
    }

    /// Something that the local stages can work on.
    enum Arrival: Sendable {
        /// A phase is extracted, by its place.
        case phase(Int)
        /// A part of a phase that people want before the rest.
        case recent(phase: String, entity: String)
    }

    /// Runs the stages, phase by phase, and tells how it ended.
    ///
    /// Errors of the caller's making (a held lock, a wrong setting, nothing to transform) are thrown; what happens
    /// during the work is the report's ending.
    func perform(_ stages: [Stage], selection: Selection) async throws -> RunReport {
        // Before hours of extract, not after them.
        if let groupBy, stages.contains(.extract) { try Self.checkGroups(groupBy, selection) }
        if stages.contains(.load) { try DatabaseCheck.checkViews(manager.catalog) }
        if stages.contains(.transform) {
            results.withLock { $0.untransformed = Set(selection.entities.map { EntityKey($0) }) }
        }
        let (started, began) = (Date(), ContinuousClock.now)
        try await manager.fetchStored(stages, selection)
        manager.emit(
            .started(
                processID: Int(ProcessInfo.processInfo.processIdentifier), job: job?.job, phases: selection.phaseNames,
                stages: stages))
        // Others see from here on that a process works on the job.
        activity?.note(manager.board.snapshot)
        let watch = watch(since: began)
        defer {
            watch.cancel()
            activity?.note(manager.board.snapshot, ended: true)
        }
        let pins = try AccountPins(manager)
        try pins.checkEachOther()
        results.withLock { $0.account = pins.places.first?.account }
        // Another process may be at work on other phases of the same job.
        let before = try job.flatMap { try $0.store.job($0.job) }
        let wasActive = before?.status.isActive == true
        var session: ClioSession?
        if stages.contains(.extract) {
            session = try takeSession(before)
            try manager.expectNoExtract(selection)
        }
        try job?.beginRun("a run of \(selection.phaseNames.joined(separator: ", ")) begins")
        try job?.set(.initializing)
        var ending = RunReport.Ending.done
        do {
            if stages.contains(.load) { try makeDatabaseFolder() }
            if let session {
                await waitForWindow()
                try await assess(session, selection, startedAt: started.timeIntervalSince1970)
                try checkSpace(.extract, selection.entities)
            }
            try job?.set(.inProgress)
            ending = try await blamingLostLease { try await run(stages, selection, session) }
            if ending == .stopped { emitStop() }
        } catch let error as CriticalError {
            ending = .paused(error.description)
            manager.emit(.error(kind: "critical", code: "paused", message: error.description))
            manager.logger.critical("\(error.description)")
        } catch let error as RemoteError where error.code == .leased {
            ending = self.ending(after: error)
            if ending == .stopped { emitStop() }
        } catch let error as AccountError {
            // Nothing was done: the job stays as it was.
            if let before { try? job?.store.restore(before) }
            throw error
        } catch {
            noteFailure(error)
            // A lock held by another process, a wrong setting: the caller hears of it, the job stays resumable.
            if error.isStop {
                try? job?.set(.paused)
            } else if !error.isLock, !(error is SpaceError) {
                try? job?.set(.failed, error: "\(error)")
            } else if !wasActive {
                try? job?.set(.paused, error: "\(error)")
            }
            throw error
        }
        if case .paused = ending {
        } else if results.withLock({ $0.runtimeExceeded }) {
            ending = .paused(
                "SYNC_JOB_MAX_RUNTIME_HOURS (\(manager.configuration.settings.maximumRuntimeHours)) is used up; "
                    + "run the same command again to continue")
        }
        if ending == .stopped, let reached = manager.deadline.reached {
            ending = .later(at: reached.resumeAt, reached.message)
        }
        // The report reads what the job record says of this process.
        activity?.note(manager.board.snapshot)
        return try RunConclusion(
            manager: manager, job: job, results: results.withLock { $0 }, ending: ending, selection: selection,
            seconds: (ContinuousClock.now - began) / .seconds(1), isRefresh: update != nil
        ).report()
    }

    /// The access to Clio. Without a token the job waits for a person, as it does with one that Clio refuses.
    private func takeSession(_ before: SyncJob?) throws -> ClioSession {
        do {
            return try manager.takeSession()
        } catch {
            if let before, !before.status.isActive, before.status != .completed {
                try job?.set(.initializing)
                try job?.set(.paused, error: "\(error)")
            }
            throw error
        }
    }

    private func run(
        _ stages: [Stage], _ selection: Selection, _ session: ClioSession?
    ) async throws -> RunReport.Ending {
        let local = stages.filter { $0 != .extract }
        if let session {
            extractor.withLock { $0 = session.extractor }
            try await runSideBySide(selection, local, session)
        } else {
            for (_, entities) in selection.phases { try await run(local, entities, inJob: false) }
        }
        if manager.stop.isRequested { return .stopped }
        return results.withLock { $0.isPartial } ? .partial : .done
    }

    /// Extracts all phases at once, each with what those before it leave of the budget, while the local stages follow
    /// phase by phase: Clio's limit is never left unused because a disk is at work.
    private func runSideBySide(_ selection: Selection, _ local: [Stage], _ session: ClioSession) async throws {
        let phases = Array(selection.phases)
        let (stream, continuation) = AsyncStream<Arrival>.makeStream()
        arrivals.withLock { $0 = continuation }
        let turns = TableTurns(phases.flatMap(\.entities))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (rank, phase) in phases.enumerated() {
                group.addTask { [self] in
                    try await extract(phase.entities, rank: rank, turns, session)
                    continuation.yield(.phase(rank))
                }
            }
            group.addTask { [self] in
                var ready = Set<Int>()
                var next = 0
                guard next < phases.count else { return }
                for await arrival in stream {
                    switch arrival {
                    case .phase(let rank): ready.insert(rank)
                    case .recent(let phase, let name):
                        announced.withLock { _ = $0.remove(EntityKey(phase: phase, entity: name)) }
                        let entities = phases.flatMap(\.entities).filter { $0.phase == phase }
                        try await run(local.filter { $0 != .verify }, try early(name, entities), inJob: true)
                    }
                    while ready.contains(next) {
                        try await measure(local, phases[next].entities)
                        next += 1
                    }
                    if next == phases.count { return }
                }
            }
            // The first error ends the others, which waitForAll would wait for.
            for try await _ in group {}
        }
    }

    /// Runs the local stages of a phase, and notes how long they took when they had all of it to do.
    private func measure(_ stages: [Stage], _ entities: [Entity]) async throws {
        var records = 0
        var isFresh = stages == [.transform, .load, .verify]
        for entity in entities {
            let state = try EntityState(entity, in: manager.folder)
            records += state.raw?.records ?? 0
            if state.result != nil { isFresh = false }
        }
        let clock = ContinuousClock()
        let start = clock.now
        try await run(stages, entities, inJob: true)
        guard isFresh, !manager.stop.isRequested else { return }
        let taken = (clock.now - start) / .seconds(1)
        results.withLock { results in
            results.local.records += records
            results.local.entities += entities.count
            results.local.seconds += taken
        }
    }

    private func run(_ stages: [Stage], _ entities: [Entity], inJob: Bool) async throws {
        guard stages.contains(.load) || stages.contains(.verify) else {
            return try await work(stages, entities, inJob: inJob)
        }
        try await holdingDatabase {
            // The database is here by now, also where another machine has loaded it.
            if job != nil, !inJob, stages == [.verify] { try noteLoaded(entities) }
            try await work(stages, entities, inJob: inJob)
            guard stages.contains(.verify), !manager.stop.isRequested else { return false }
            return results.withLock { results in
                results.verify?.ok == true && entities.allSatisfy { !results.partial.contains(EntityKey($0)) }
            }
        }
    }

    private func work(_ stages: [Stage], _ entities: [Entity], inJob: Bool) async throws {
        for stage in stages {
            if manager.stop.isRequested { return }
            try checkSpace(stage, entities)
            switch stage {
            case .extract: continue
            case .transform: try await transform(entities, inJob: inJob)
            case .load: try await load(entities, inJob: inJob)
            case .verify: try await verify(entities)
            }
            if !manager.stop.isRequested, let phase = entities.first?.phase {
                manager.emit(.stageFinished(phase: phase, stage: stage))
            }
        }
    }

    /// Takes from the database what an earlier process loaded: verify decides whether that is all.
    private func noteLoaded(_ entities: [Entity]) throws {
        let progress = try manager.progress(of: job)
        for entity in entities {
            let key = EntityKey(entity)
            guard let row = progress.entities.first(where: { $0.phase == key.phase && $0.entity == key.entity }),
                row.isUsable || row.loaded > 0
            else { continue }
            results.withLock { $0.loaded[key] = (row.loaded, row.duplicates) }
        }
    }

    /// Whether this run asks Clio for anything.
    var isFetching: Bool { extractor.withLock { $0 != nil } }

    /// Pulls an entity, or one group of it, forward.
    func prefer(_ entity: String, group: String? = nil) {
        guard let extractor = extractor.withLock({ $0 }) else { return }
        if group == nil { preferred.withLock { $0.append(entity) } }
        extractor.prefer(entity: entity, group: group)
        let what = group.map { "group \($0) of \(entity)" } ?? entity
        job?.event(.info, "control", "prioritize", "\(what) was pulled forward")
    }
}
