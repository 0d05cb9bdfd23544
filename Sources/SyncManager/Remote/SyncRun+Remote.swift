internal import Account
internal import Foundation
internal import Logging
internal import Pipelines
internal import Remote
internal import Staging
internal import Synchronization

extension SyncManager {
    /// The object store of the settings; nil: one machine and one folder.
    func remoteWork() throws -> RemoteWork? {
        guard configuration.settings.remote != nil else { return nil }
        return try remote.withLock { known in
            if let known { return known }
            let made = try RemoteWork(configuration, folder: folder, logger: logger, stop: stop)
            known = made
            return made
        }
    }

    /// Gets from the store what stages read.
    func fetchStored(_ stages: [Stage], _ selection: Selection) async throws {
        try await remoteWork()?.fetch(stages, selection, maskKey: configuration.settings.maskKey)
    }
}

extension SyncRun {
    /// Works on a scope under its lease, where there is a store. The caller holds its lock.
    /// - Parameter body: gets what each page waits for; nil without a store.
    func holding(_ scope: RemoteScope, _ body: ((@Sendable () async -> Void)?) async throws -> Void) async throws {
        guard let remote = try manager.remoteWork() else { return try await body(nil) }
        try await waiting(for: scope) {
            try await remote.holding(scope) { group in try await body { await group.stored() } }
        }
    }

    /// Loads and verifies under the database's lease, where there is a store.
    /// - Parameter body: says whether a verification passed.
    func holdingDatabase(_ body: () async throws -> Bool) async throws {
        guard let remote = try manager.remoteWork() else {
            _ = try await body()
            return
        }
        try await waiting(for: .database) {
            try await remote.holdingDatabase(manager.configuration.database, body)
        }
    }

    /// A run that fetches has other things to do while another machine transforms or loads; a single stage has not.
    private func waiting(for scope: RemoteScope, _ work: () async throws -> Void) async throws {
        while true {
            do {
                return try await work()
            } catch let error as RemoteError where error.code == .leased {
                guard isFetching, scope.isMadeOfRaw, !manager.stop.isRequested else { throw error }
                let until = error.resumeAt ?? 0
                emitWait("lease of \(scope.name)", until: until)
                manager.deadline.wait(until: until, now: Date().timeIntervalSince1970)
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// A machine that was frozen loses some leases, and finds others taken: it ends because of those that it lost, whichever
    /// it meets first.
    func blamingLostLease<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as RemoteError {
            throw try manager.remoteWork()?.failure ?? error
        }
    }

    /// How a run ends that another machine is in the way of.
    func ending(after error: RemoteError) -> RunReport.Ending {
        if manager.stop.isRequested, manager.deadline.reached == nil { return .stopped }
        return .later(at: error.resumeAt ?? Date().timeIntervalSince1970, error.description)
    }
}

extension RemoteScope {
    /// Whether it is made by a local stage.
    fileprivate var isMadeOfRaw: Bool {
        switch self {
        case .clean, .database: true
        case .raw, .firm: false
        }
    }
}
