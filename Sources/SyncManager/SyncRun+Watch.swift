internal import Account
internal import Foundation
internal import Jobs
internal import Logging
internal import Progress
internal import Staging
internal import Synchronization

extension SyncRun {
    private static let beat = 0.5
    /// Five seconds.
    private static let beatsOfProgress = 10
    /// A minute.
    private static let beatsOfAlarms = 120

    /// Looks twice a second for what others ask of this job, for the end of the allowed runtime and for a stall, and
    /// writes the state for other processes.
    func watch(since start: ContinuousClock.Instant) -> Task<Void, Never> {
        let limit = manager.configuration.settings.maximumRuntimeHours * 3600
        return Task { [self] in
            var stall = StallWatch(minutes: manager.configuration.settings.stallMinutes)
            var held = 0.0
            var tick = 0
            var isStopping = false
            var reader = ProgressReader(catalog: manager.catalog)
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(Self.beat))
                if Task.isCancelled { return }
                // The wall clock may be set during the run: durations are measured by the monotonic one.
                let (now, instant) = (Date().timeIntervalSince1970, ContinuousClock.now)
                let snapshot = manager.board.snapshot
                // Outside of the window nothing can be done: that time is not this run's.
                let isHeld = manager.gate?.heldUntil(now) != nil && snapshot.waiting != nil
                if isHeld { held += Self.beat }
                if (instant - start) / .seconds(1) - held > limit, !manager.stop.isRequested {
                    results.withLock { $0.runtimeExceeded = true }
                    manager.stop.request()
                }
                manager.deadline.check(now: now)
                if let waiting = snapshot.waiting { manager.deadline.wait(until: waiting.until, now: now) }
                if manager.stop.isRequested, !isStopping {
                    isStopping = true
                    emitStop()
                }
                manager.lineage.withLock { $0 }?.look()
                if tick % Self.beatsOfProgress == 0 { emitProgress(snapshot) }
                if tick % Self.beatsOfAlarms == 0 { manager.sendDueNotices(now: now) }
                guard let job else {
                    tick += 1
                    continue
                }
                if stall.isStalled(snapshot, now: now, at: instant) { noteStall(snapshot) }
                tick += 1
                if tick % 2 == 1 {
                    activity?.note(manager.board.snapshot, heldSeconds: held)
                    manager.board.show(progress(&reader, job, now: now))
                }
                obey(job)
            }
        }
    }

    /// Says once why the run stops.
    func emitStop() {
        guard
            !results.withLock({ results in
                defer { results.hasSaidStop = true }
                return results.hasSaidStop
            })
        else { return }
        let (isRuntime, isRequest) = results.withLock { ($0.runtimeExceeded, $0.isStopRequested) }
        manager.emit(
            .stopping(
                reason: manager.deadline.reached?.reason ?? (isRuntime ? .runtime : isRequest ? .request : .signal)))
    }

    private func emitProgress(_ snapshot: ProgressBoard.Snapshot) {
        manager.emit(
            .progress(
                SyncEvent.Progress(
                    requests: snapshot.requests, budgetPerMinute: snapshot.budgetPerMinute,
                    fetchedPercent: snapshot.progress?.fetchedPercent, loadedPercent: snapshot.progress?.loadedPercent,
                    rows: snapshot.progress?.rows, secondsLeft: snapshot.progress?.secondsLeft)))
    }

    /// How far the job is, by what others see too; nil: it cannot be read now.
    private func progress(_ reader: inout ProgressReader, _ job: JobRecord, now: Double) -> JobProgress? {
        guard let row = try? job.store.job(job.job) else { return nil }
        return try? reader.read(
            manager.folder, job.store, job: row, database: manager.configuration.database, now: now)
    }

    private func obey(_ job: JobRecord) {
        guard let requests = try? job.store.takeRequests(job: job.job) else { return }
        for request in requests {
            switch request.kind {
            case .stop:
                results.withLock { $0.isStopRequested = true }
                manager.stop.request()
            case .prioritize(let entity): prefer(entity)
            case .prioritizeGroup(let entity, let group): prefer(entity, group: group)
            }
        }
    }

    private func noteStall(_ snapshot: ProgressBoard.Snapshot) {
        let minutes = Int(manager.configuration.settings.stallMinutes)
        let message =
            "nothing has moved for \(minutes) minutes; `cliosync status` groups the errors, `cliosync stop` and "
            + "`cliosync resume` begin the requests anew"
        job?.event(.warning, "progress", "stalled", message)
        manager.logger.warning("\(message)")
        guard let job, let row = try? job.store.job(job.job) else { return }
        manager.notify(.stalled, row, message, next: "cliosync status \(row.id.prefix(8))") { alarm in
            alarm.requests = snapshot.requests
            alarm.rows = row.syncedItems
        }
    }

    /// Waits until requests may go, or a stop is asked for.
    func waitForWindow() async {
        while !manager.stop.isRequested {
            guard let until = manager.gate?.heldUntil(Date().timeIntervalSince1970) else { break }
            noteHeld(until: until)
            manager.deadline.wait(until: until, now: Date().timeIntervalSince1970)
            try? await Task.sleep(for: .seconds(min(0.5, max(0.02, until - Date().timeIntervalSince1970))))
        }
        manager.board.wait(nil)
    }

    /// Passes a wait on, once.
    func emitWait(_ reason: String, until: Double) {
        let isNew = results.withLock { results in
            defer { results.emittedWait = until }
            return abs((results.emittedWait ?? 0) - until) > 1
        }
        if isNew { manager.emit(.waiting(reason: reason, until: until)) }
    }

    /// Shows what the run waits for outside of its window.
    func noteHeld(until: Double) {
        let opening = manager.gate?.window.openingText ?? ""
        manager.board.wait(.window(opening: opening), until: until)
        emitWait(JobWait.window(opening: opening).text, until: until)
    }
}

/// Tells a stall once: a run that should be moving and is not.
struct StallWatch {
    private let limit: Duration
    private var seen: (progressedAt: Double, since: ContinuousClock.Instant)?
    private var told: Double?

    init(minutes: Double) { limit = .seconds(minutes * 60) }

    /// Whether nothing has moved for too long although nothing is waited for, and it was not reported yet. To be asked
    /// often: progress counts from the look that sees it.
    /// - Parameter now: seconds since 1970, by which waits end.
    mutating func isStalled(
        _ snapshot: ProgressBoard.Snapshot, now: Double, at instant: ContinuousClock.Instant
    ) -> Bool {
        var since = seen?.progressedAt == snapshot.progressedAt ? seen?.since ?? instant : instant
        // A wait for the rate or for the window is no stall; its end begins the count anew.
        if let waiting = snapshot.waiting { since = max(since, instant - .seconds(max(0, now - waiting.until))) }
        seen = (snapshot.progressedAt, since)
        guard instant - since >= limit, told != snapshot.progressedAt else { return false }
        told = snapshot.progressedAt
        return true
    }
}
