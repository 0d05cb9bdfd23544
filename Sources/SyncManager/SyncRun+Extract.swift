internal import Extract
internal import Jobs
internal import Logging
internal import Pipelines
internal import Remote
internal import Staging
internal import Synchronization

extension SyncRun {
    /// Asks who we are, what the limit is and how much there is; stores it on the job.
    ///
    /// When all is extracted, only credentials that were not used here before are looked at: a finished job must not be
    /// reported as that of another account.
    /// - Parameter startedAt: when the run began, seconds since 1970.
    func assess(_ session: ClioSession, _ selection: Selection, startedAt: Double) async throws {
        let open = try manager.open(selection, force: force, updates: update != nil)
        guard try !open.isEmpty || !manager.isKnown(session.credentials),
            let account = try await session.account(manager.stop)
        else { return }
        try manager.pin(account, session, job)
        results.withLock { $0.account = account }
        if !open.isEmpty { try await estimate(open, session, startedAt: startedAt) }
    }

    /// Fetches entities side by side.
    /// - Parameter rank: the phase's place; one with a lower rank is served first.
    func extract(_ entities: [Entity], rank: Int, _ turns: TableTurns, _ session: ClioSession) async throws {
        guard let phase = entities.first?.phase else { return }
        defer {
            // Also after an error: others may wait for their turn.
            let keys = entities.map { EntityKey($0) }
            Task { for key in keys { await turns.end(key) } }
        }
        let lock = try FileLock.exclusive(manager.folder.lock(phase: phase, layer: "raw"), holder: "extract \(phase)")
        defer { lock.release() }
        try await holding(.raw(phase: phase)) { pageStored in
            try await extract(entities, phase, rank: rank, turns, session, pageStored: pageStored)
        }
    }

    private func extract(
        _ entities: [Entity], _ phase: String, rank: Int, _ turns: TableTurns, _ session: ClioSession,
        pageStored: (@Sendable () async -> Void)?
    ) async throws {
        try job?.claim()
        let limits = await session.client.budget.limits
        if limits.limit != nil { manager.board.limit(limits.budget) }
        for entity in entities {
            let state = try EntityState(entity, in: manager.folder)
            manager.board.begin(
                phase: phase, entity: entity.name, stage: "extract", done: state.raw?.records ?? 0,
                total: state.raw?.completion?.expected
                    ?? results.withLock { $0.estimate?.records(phase, entity.name) } ?? state.expected)
        }
        let outcomes = await session.extractor.extract(
            entities, rank: rank, recentSince: recentSince, groupBy: groupBy, in: manager.folder, force: force,
            update: update, account: results.withLock { $0.account }, acceptsRemovals: acceptsRemovals,
            turn: { [self] entity in
                await turns.wait(entity)
                if let lookup = lookup(of: entity) { await turns.waitForEnd(of: lookup) }
            }, pageStored: pageStored, stop: manager.stop
        ) { [self] event in
            observe(event, phase)
            guard case .entityFinished(let outcome) = event else { return }
            let key = EntityKey(phase: phase, entity: outcome.entity)
            Task { await turns.end(key) }
        }
        try await note(outcomes, entities, session)
        if !manager.stop.isRequested { manager.emit(.stageFinished(phase: phase, stage: .extract)) }
    }

    private func observe(_ event: ExtractEvent, _ phase: String) {
        let board = manager.board
        switch event {
        case .requestStarted: board.countRequests()
        case .requestFinished(_, _, let status, _, _):
            board.countRequests(made: 1, throttled: status == 429 ? 1 : 0)
        case .pageCommitted(let entity, let stream, let pageRecords, let records, let total):
            manager.emit(
                .page(
                    phase: phase, entity: entity, stream: stream, pageRecords: pageRecords, records: records,
                    expected: total))
            board.update(phase: phase, entity: entity, stage: "extract") {
                $0.done = records
                // A page of one partition counts that partition alone.
                $0.total = [$0.total, total].compactMap { $0 }.max()
            }
        case .waiting(_, let until, let reason):
            if let wait = reason.wait {
                board.wait(wait, until: until)
                emitWait(wait.text, until: until)
            } else {
                noteHeld(until: until)
            }
        case .retry(let entity, _, let attempt, _, let reason):
            board.countRequests(retried: 1)
            job?.event(attempt >= 3 ? .warning : .info, "transient", "retry", "\(phase)/\(entity): \(reason)")
        case .limitChanged(let limit, let budget):
            board.limit(budget)
            manager.emit(.limit(perMinute: limit, budget: budget))
            results.withLock { $0.limits.append(EstimateCheck.LimitChange(at: UTC.now(), limit: limit)) }
            job?.event(.info, "api", "limit", "Clio allows \(limit) requests a minute, of which \(budget) are used")
        case .note(let entity, let note):
            guard note.severity == .warning else { return }
            job?.event(.warning, "api", note.code, "\(phase)/\(entity): \(note.message)")
        case .recentComplete(let entity): announce(phase, entity)
        case .groupComplete(let entity, let group, let complete, let count):
            board.update(phase: phase, entity: entity, stage: "extract") { $0.groups = (complete, count) }
            job?.event(.info, "progress", "group", "\(phase)/\(entity): all of group \(group) is extracted")
            announce(phase, entity)
        case .entityFinished(let outcome):
            manager.emit(
                .entityFinished(
                    phase: phase, entity: outcome.entity, stage: .extract, status: outcome.status.rawValue,
                    records: outcome.records))
            if outcome.status == .complete, preferred.withLock({ $0.contains(outcome.entity) }) {
                announce(phase, outcome.entity)
            }
            board.update(phase: phase, entity: outcome.entity, stage: "extract") {
                $0.done = outcome.records
                $0.isFinished = true
            }
        }
    }

    /// Writes down what came of it; a critical failure ends the run.
    private func note(_ outcomes: [ExtractOutcome], _ entities: [Entity], _ session: ClioSession) async throws {
        let counts = await session.client.budget.counts
        let limits = await session.client.budget.limits
        var critical: String?
        results.withLock { results in
            var requests = results.requests ?? RequestSummary()
            requests.made = counts.sent
            requests.throttled = counts.throttled
            requests.retried += outcomes.reduce(0) { $0 + $1.retries }
            requests.budgetPerMinute = Double(limits.budget)
            results.requests = requests
            for (entity, outcome) in zip(entities, outcomes) {
                let key = EntityKey(entity)
                if !outcome.remarks.isEmpty { results.remarks[key] = outcome.remarks }
                switch outcome.status {
                case .failed:
                    let why = outcome.failure?.description ?? "the extract failed"
                    results.failures[key] = why
                    if outcome.failure?.isCritical == true { critical = critical ?? why }
                case .partial: results.partial.insert(key)
                case .complete, .stopped: break
                }
            }
        }
        for (entity, outcome) in zip(entities, outcomes) {
            if let failure = outcome.failure, outcome.status == .failed {
                job?.event(
                    .error, failure.isCritical ? "critical" : "api", failure.code,
                    "\(entity.phase)/\(entity.name): \(failure.description)")
                manager.emit(
                    .error(
                        kind: failure.isCritical ? "critical" : "api", code: failure.code,
                        message: "\(entity.phase)/\(entity.name): \(failure.description)"))
                manager.logger.error("\(entity.phase)/\(entity.name): \(failure.description)")
            }
            try update(entity, outcome.status == .failed ? .failed : .inProgress)
        }
        // A block page for one list is that list's failure; for every list, it is the network's.
        let isBlocked = outcomes.allSatisfy { $0.status == .failed && $0.failure?.code == "blocked" }
        if outcomes.count > 1, isBlocked { critical = critical ?? outcomes.first?.failure?.description }
        if let critical { throw CriticalError(description: critical) }
    }
}

extension WaitReason {
    /// nil: the hours, whose beginning the run knows.
    fileprivate var wait: JobWait? {
        switch self {
        case .budget, .pace: .rateLimit
        case .limited: .enforcedRateLimit
        case .concurrency: .requestsUnderWay
        case .firstAnswer: .firstAnswer
        case .hours: nil
        }
    }
}
