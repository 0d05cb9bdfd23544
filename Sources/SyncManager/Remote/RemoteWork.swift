internal import Account
internal import Bytes
internal import Foundation
internal import Load
internal import Logging
internal import Pipelines
internal import Remote
internal import Staging
internal import Synchronization
internal import Tables

/// What the object store has to do with the work on one connection: what is fetched before a stage, the lease that keeps
/// other machines out of it, and what is stored while it works and after it.
final class RemoteWork: Sendable {
    let remote: RemoteFolder
    private let folder: ConnectionFolder
    private let logger: Logger
    /// Of the run: a lease that is lost ends it.
    private let stop: StopSignal
    /// Of the requests to the store: they may still be sent for a while after the run was stopped.
    private let storeStop: StopSignal
    private let life: Double
    private let state = Mutex(State())

    private struct State {
        var failure: (any Error)?
        /// The fences of what this process has worked on.
        var fences: [RemoteScope: Int64] = [:]
        /// Whether the files were fetched that this set of stages and phases needs.
        var fetched: Set<String> = []
    }

    /// Renewals in the life of a lease, and a few to spare.
    private static let renewals = 4.5
    /// Seconds that a stopped run may take to store what it has.
    private static let grace = 10.0
    /// Seconds for which a store that cannot be reached is waited for.
    private static let patience = 600.0

    /// - Throws: `ConfigurationError` when the keys of the store are not set.
    init(_ configuration: SyncConfiguration, folder: ConnectionFolder, logger: Logger, stop: StopSignal) throws {
        storeStop = StopSignal()
        let store = try ObjectStore(configuration.settings, stop: storeStop)
        remote = RemoteFolder(store, folder: folder, host: ProcessInfo.processInfo.hostName)
        life = configuration.settings.remoteLeaseSeconds
        self.folder = folder
        self.logger = logger
        self.stop = stop
    }

    /// What each scope that this process worked on was fenced with.
    var fences: [String: Int64] {
        Dictionary(state.withLock { $0.fences }.map { ($0.key.name, $0.value) }) { first, _ in first }
    }

    /// Seconds between two renewals, and between two states that are stored.
    var beat: Double { life / Self.renewals }

    // MARK: Before a stage

    /// Gets what the store has and the stages read: once for the same stages and phases.
    /// - Parameter maskKey: of the settings; without one, the firm's key file is shared through the store.
    func fetch(_ stages: [Stage], _ selection: Selection, maskKey: String?) async throws {
        let mark = stages.map(\.rawValue).joined(separator: ",") + " " + selection.phaseNames.joined(separator: ",")
        guard !state.withLock({ $0.fetched.contains(mark) }) else { return }
        // Nothing is to be stored yet: a stop ends it at once.
        let watch = Task { [stop, storeStop] in
            while !Task.isCancelled {
                if stop.isRequested { return storeStop.request() }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        defer { watch.cancel() }
        try folder.create()
        try await remote.requireConditions()
        try await shareFirmFiles(stages, selection, maskKey: maskKey)
        let stored = Set(try await remote.storedScopes())
        for scope in Self.needs(of: stages, selection) where stored.contains(scope) {
            // Another process of this machine works on it, and has what the store has.
            guard let lock = try lock(scope) else { continue }
            defer { lock.release() }
            _ = try await remote.pull(scope)
        }
        state.withLock { _ = $0.fetched.insert(mark) }
    }

    /// By table: a table that is built anew takes the layers of all phases that feed it. What was made of a raw layer comes
    /// before it, so that the raw layer is never the older one.
    static func needs(of stages: [Stage], _ selection: Selection) -> [RemoteScope] {
        let tables = Set(selection.entities.map(\.table.name))
        let feeding = selection.catalog.phases.map(\.name).filter { phase in
            selection.catalog.entities.contains { $0.phase == phase && tables.contains($0.table.name) }
        }
        let isLoaded = stages.contains(.load) || stages.contains(.verify)
        // A list that is fetched by groups needs the list of these.
        let lookups = selection.entities.flatMap(\.groupings).map(\.lookup.phase).filter { !feeding.contains($0) }
        let clean = isLoaded ? feeding : stages.contains(.transform) ? selection.phaseNames : []
        let raw = isLoaded || stages.contains(.extract) ? feeding : selection.phaseNames
        let besides = stages.contains(.extract) ? Set(lookups).subtracting(raw).sorted() : []
        return clean.map { .clean(phase: $0) } + (raw + besides).map { .raw(phase: $0) }
    }

    /// Decisions and the key of masks: every machine has the same.
    private func shareFirmFiles(_ stages: [Stage], _ selection: Selection, maskKey: String?) async throws {
        _ = try await remote.pull(.firm)
        let path = folder.maskKey
        var isNew = false
        if stages.contains(.extract), maskKey == nil, try !Files.exists(path),
            selection.entities.contains(where: { !$0.masks.isEmpty })
        {
            _ = try MaskKey.load(folder, setting: nil)
            isNew = true
        }
        do {
            _ = try await remote.push(.firm)
        } catch let error as RemoteError where error.code == .conflict && isNew {
            // Another machine made a key at the same moment, and nothing was masked with this one.
            try Files.remove(path)
            _ = try await remote.pull(.firm)
        }
    }

    /// nil: another process holds it.
    private func lock(_ scope: RemoteScope) throws(StagingError) -> FileLock? {
        do throws(StagingError) {
            return try RemoteSync.lock(scope, of: folder, "remote pull")
        } catch {
            guard error.code == .locked else { throw error }
            return nil
        }
    }

    // MARK: During a stage

    /// Works on a scope under its lease, and stores what came of it. The caller holds the scope's lock.
    /// - Parameter body: gets the push that each page waits for.
    /// - Throws: a `RemoteError`: `leased` while another machine has the lease, `lost` when one took it.
    func holding(_ scope: RemoteScope, _ body: (PushGroup) async throws -> Void) async throws {
        try await underLease(scope) { lease in
            let upload = ScopeUpload(remote, lease)
            try await patiently { try await upload.begin() }
            // After it: they are above all that was received.
            if case .raw = scope { try await patiently { [remote] in try await remote.reserveNumbers() } }
            let group = PushGroup(
                push: { [self] in try await patiently { _ = try await upload.push() } },
                onFailure: { [self] in fail($0) })
            do {
                try await body(group)
            } catch {
                // What was done until then is not lost.
                try? await shielded { [self] in try await store(upload) }
                throw error
            }
            try await shielded { [self] in try await store(upload) }
        }
    }

    private func store(_ upload: ScopeUpload) async throws {
        try throwFailure()
        try await patiently { _ = try await upload.push(isLast: true) }
        try await upload.end()
    }

    /// Works on the database under its lease, and stores it; publishes it when it was verified.
    /// - Parameter body: says whether a verification passed.
    func holdingDatabase(_ path: String, _ body: () async throws -> Bool) async throws {
        try Files.createFolder(Files.parent(of: path))
        let lock = try await waitForLock(folder.path + "/.remote/database.lock")
        defer { lock.release() }
        try await underLease(.database) { lease in
            let database = RemoteDatabase(remote, lease)
            try await patiently { try await database.begin(path) }
            let before = DatabaseStamp(path)
            let isVerified = try await body()
            try throwFailure()
            let isChanged = DatabaseStamp(path) != before
            let isDue = await database.isPublishingDue
            guard try Files.exists(path), isChanged || (isVerified && isDue) else { return try await database.end() }
            let copy = folder.path + "/.remote/database.copy"
            defer { try? Files.remove(copy) }
            try await makeCopy(of: path, at: copy)
            try await patiently { try await database.push(copy) }
            if isVerified { try await patiently { try await database.publish(copy) } }
            try await database.end()
        }
    }

    private func makeCopy(of path: String, at copy: String) async throws {
        let export = DatabaseExport(database: path, connection: folder.connection)
        let result: Result<Void, LoadError> = await withCheckedContinuation { continuation in
            // Reads and writes the whole database: not on Swift's own threads.
            DispatchQueue.global().async { [storeStop] in
                do throws(LoadError) {
                    _ = try export.run(to: copy, force: true, stop: storeStop)
                    continuation.resume(returning: .success(()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        try result.get()
    }

    private func waitForLock(_ path: String) async throws -> FileLock {
        while true {
            do throws(StagingError) {
                return try FileLock.exclusive(path, holder: "load")
            } catch {
                guard error.code == .locked, !stop.isRequested else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func underLease(_ scope: RemoteScope, _ body: (Lease) async throws -> Void) async throws {
        try throwFailure()
        // A lease whose taking was broken off would keep other machines out until its time is over.
        let lease = try await shielded { [self] in
            try await patiently { try await Lease.take(scope, of: self.remote, life: self.life) }
        }
        state.withLock { $0.fences[scope] = lease.fence }
        let ending = StopSignal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await renew(lease, until: ending) }
            let result: Result<Void, any Error>
            do {
                try await body(lease)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            ending.request()
            // Not cancelled: what is under way may be carried out all the same.
            try await group.waitForAll()
            let isUnfinished = Task.isCancelled || result.isLeaseTrouble
            do {
                try await shielded { try await lease.giveBack() }
            } catch let error as RemoteError where error.code == .lost && isUnfinished {
                // Another part of the run ended this work before its own machine missed the lease.
                fail(error)
            } catch {
                logger.notice("\(scope.name): the lease could not be given back: \(error)")
            }
            // What ended the work says more than what the end of the work ran into.
            try throwFailure()
            try result.get()
        }
    }

    private func renew(_ lease: Lease, until ending: StopSignal) async {
        let clock = ContinuousClock()
        var next = clock.now + .seconds(beat)
        var stopped: ContinuousClock.Instant?
        while !ending.isRequested {
            try? await Task.sleep(for: .milliseconds(50))
            if stop.isRequested, stopped == nil { stopped = clock.now }
            if let stopped, clock.now - stopped > .seconds(Self.grace) { storeStop.request() }
            guard clock.now >= next, !ending.isRequested else { continue }
            do {
                try await lease.renew()
            } catch let error as RemoteError where error.code == .lost {
                return fail(error)
            } catch {
                // Ours as long as no other machine takes it.
                logger.warning("\(lease.scope.name): the lease could not be renewed: \(error)")
            }
            next = clock.now + .seconds(beat)
        }
    }

    /// Also carried out when the task is cancelled, because another phase failed.
    private func shielded<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await Task { try await work() }.value
    }

    // MARK: Trouble

    /// What ended the work of this process with the store; nil: nothing did.
    var failure: (any Error)? { state.withLock { $0.failure } }

    /// Ends the run: another machine is at work, or nothing can be stored any more.
    private func fail(_ error: any Error) {
        let isFirst = state.withLock { state in
            defer { state.failure = state.failure ?? error }
            return state.failure == nil
        }
        guard isFirst else { return }
        logger.error("\(error)")
        stop.request()
    }

    private func throwFailure() throws {
        if let failure { throw failure }
    }

    /// Tries again while the store cannot be reached: the work so far is on this machine's disk.
    private func patiently<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + .seconds(Self.patience)
        while true {
            do {
                return try await work()
            } catch let error as RemoteError where error.code == .unavailable {
                guard ContinuousClock.now < end, !stop.isRequested else { throw error }
                logger.warning("\(error); it is tried again for ten minutes")
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}

extension Result where Failure == any Error {
    /// Whether another machine is in the way.
    fileprivate var isLeaseTrouble: Bool {
        if case .failure(let error as RemoteError) = self { return error.code == .leased || error.code == .lost }
        return false
    }
}

/// What changes when a process writes a database.
private struct DatabaseStamp: Equatable {
    private let files: [[Int]]

    init(_ path: String) {
        files = ["", "-wal"].map { suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            let size = attributes?[.size] as? Int ?? 0
            // An empty log says nothing.
            guard suffix.isEmpty || size > 0 else { return [] }
            let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return [size, Int(date * 1e6), attributes?[.systemFileNumber] as? Int ?? 0]
        }
    }
}
