internal import Account
internal import Foundation
internal import JSON
internal import Jobs
internal import Logging
internal import Progress
internal import Remote
internal import Staging

extension SyncManager {
    /// Runs work, and stores the firm's state while it runs and at its end.
    func sharingStatus<Value>(_ work: () async throws -> Value) async throws -> Value {
        guard let remote = try remoteWork() else { return try await work() }
        let ending = StopSignal()
        let sharing = Task { [self] in
            let clock = ContinuousClock()
            var next = clock.now
            while !ending.isRequested {
                try? await Task.sleep(for: .milliseconds(50))
                guard clock.now >= next, !remote.fences.isEmpty, !ending.isRequested else { continue }
                await shareStatus(remote, isEnd: false)
                next = clock.now + .seconds(remote.beat)
            }
        }
        let result: Result<Value, any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
        ending.request()
        await sharing.value
        await shareStatus(remote, isEnd: true)
        return try result.get()
    }

    /// The state in the store is for people: trouble with it ends nothing.
    private func shareStatus(_ remote: RemoteWork, isEnd: Bool) async {
        let fences = remote.fences
        guard !fences.isEmpty, var report = try? getSyncStatus() else { return }
        let snapshot = board.snapshot
        var requests = RequestSummary()
        (requests.made, requests.retried, requests.throttled) = (
            snapshot.requests, snapshot.retries, snapshot.throttled
        )
        requests.budgetPerMinute = snapshot.budgetPerMinute.map(Double.init)
        report.requests = requests
        if isEnd { report.job?.isRunning = false }
        let (own, catalog) = (report, catalog)
        let now = Date().timeIntervalSince1970
        do {
            try await remote.remote.updateStatus { stored in
                SharedStatus(own, fences: fences, over: stored.flatMap { StoredStatus($0) }, catalog, now: now).map {
                    Array(($0.json + "\n").utf8)
                }
            }
        } catch {
            logger.warning("the state could not be stored: \(error)")
        }
    }
}
