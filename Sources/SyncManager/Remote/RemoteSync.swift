public import Account
internal import Bytes
internal import Foundation
internal import Jobs
internal import Progress
public import JSON
internal import Remote
public import Staging

/// Stores a connection's staged files in the object store of the settings, and gets them back, under the locks that keep
/// stages out.
public struct RemoteSync: Sendable {
    /// What was stored or received of a scope, or would have been.
    public struct Report: JSONReport, Sendable {
        /// `firm`, `PHASE/raw` or `PHASE/clean`.
        public let scope: String
        /// Files and links that were sent or received.
        public let files: Int
        /// Their bytes.
        public let bytes: Int
        /// Whether anything was changed.
        public let changed: Bool
    }

    /// What the store has of a scope.
    public struct Stored: JSONReport, Sendable {
        /// `firm`, `PHASE/raw` or `PHASE/clean`.
        public let scope: String
        /// Files and links.
        public let files: Int
        /// Their bytes.
        public let bytes: Int
        /// The machine that stored it.
        public let host: String
        /// When, in UTC.
        public let storedAt: String
    }

    /// A file that is not as it should be.
    public struct Finding: JSONReport, Sendable {
        /// `firm`, `PHASE/raw` or `PHASE/clean`.
        public let scope: String
        /// The file below the firm's folder.
        public let path: String
        /// `missing_in_store`, `damaged_in_store`, `differs`, `only_in_store` or `only_here`.
        public let problem: String
    }

    /// The database that was verified last.
    public struct Database: JSONReport, Sendable, Equatable {
        /// The new file.
        public let file: String
        /// Its size.
        public let bytes: Int
        /// Its SHA-256, which it was compared with.
        public let sha256: String
    }

    /// A firm's state, as machines stored it.
    public struct Status: Sendable {
        /// One entity.
        public struct Row: Sendable {
            /// The phase.
            public let phase: String
            /// The entity.
            public let entity: String
            /// The state, for example `IN_PROGRESS`.
            public let status: String
            /// Share that is fetched, 0 to 100.
            public let fetchedPercent: Double?
            /// Rows in the database.
            public let loaded: Int
        }

        /// The object of `status --json`.
        public let document: String
        /// The job's state.
        public let status: String
        /// The entities, in the order of the pipelines.
        public let rows: [Row]
    }

    private let folder: ConnectionFolder
    private let remote: RemoteFolder
    /// The phases that were chosen; empty: all, and what belongs to no phase.
    private let phases: [String]

    /// - Throws: `ConfigurationError` when the store or its keys are not set.
    public init(
        connection: String, staging: String, settings: Settings, phases: [String], stop: StopSignal
    ) throws {
        folder = try ConnectionFolder(staging: staging, connection: connection)
        let store = try ObjectStore(settings, stop: stop)
        remote = RemoteFolder(store, folder: folder, host: ProcessInfo.processInfo.hostName)
        self.phases = phases
    }

    /// What the store has of the connection.
    public func list() async throws -> [Stored] {
        try await remote.list().filter { isChosen($0.scope) }.map {
            Stored(
                scope: $0.scope.name, files: $0.files, bytes: $0.bytes, host: $0.host, storedAt: $0.pushedAt)
        }
    }

    /// Stores what this machine has.
    /// - Parameter replacing: whether what another machine stored meanwhile is replaced.
    public func push(replacing: Bool) async throws -> [Report] {
        // A clean layer names raw parts: they are stored before it.
        try await each(chosen(try remote.localScopes()), by: Self.order, "remote push") { scope in
            if !replacing { try await Lease.expectNone(scope, of: remote) }
            return try await remote.push(scope, replacing: replacing)
        }
    }

    /// Gets what the store has.
    /// - Parameter replacing: whether files that were changed here since the last push are replaced.
    public func pull(replacing: Bool) async throws -> [Report] {
        // The other way around: the raw layer that is received is then never older than what was made of it.
        try await each(
            chosen(try await remote.storedScopes().filter { $0 != .database }), by: { -Self.order($0) }, "remote pull"
        ) { try await remote.pull($0, replacing: replacing) }
    }

    /// Reads every byte in the store, and compares it with its digest and with this machine's files.
    public func check() async throws -> (files: Int, findings: [Finding]) {
        var files = 0
        var findings: [Finding] = []
        let scopes = Set(try await remote.storedScopes()).union(try remote.localScopes())
        for scope in try chosen(Array(scopes)).sorted(by: { $0.name < $1.name }) {
            let found = try await remote.check(scope)
            files += found.files
            findings += found.findings.map {
                Finding(scope: scope.name, path: $0.path, problem: $0.problem.rawValue)
            }
        }
        return (files, findings)
    }

    /// How far the connection is, whichever machine works on it; nil: no machine has stored a state.
    public func status() async throws -> Status? {
        guard let bytes = try await remote.storedStatus(), let stored = StoredStatus(bytes) else { return nil }
        return Status(
            document: String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines),
            status: stored.job.status.rawValue,
            rows: stored.entities.map {
                Status.Row(
                    phase: $0.phase, entity: $0.entity, status: $0.status.rawValue, fetchedPercent: $0.fetchedPercent,
                    loaded: $0.loaded)
            })
    }

    /// Gets the database that was verified last.
    /// - Parameters:
    ///   - file: where it is written.
    ///   - replacing: whether a file that is there is replaced.
    public func fetchDatabase(to file: String, replacing: Bool) async throws -> Database {
        guard !file.isEmpty, !file.hasSuffix("/"), try !Files.isFolder(file) else {
            throw ConfigurationError("\"\(file)\": names no file; for example \(folder.connection).sqlite")
        }
        guard try replacing || !Files.exists(file) else {
            throw ConfigurationError("\(file): is there already; --force replaces it")
        }
        guard try !Files.exists(file + ".lock") else {
            throw ConfigurationError("\(file): is the database of a connection; name another file")
        }
        try Files.createFolder(Files.parent(of: file))
        guard let found = try await remote.fetchDatabase(to: file) else {
            throw ConfigurationError(
                "the store has no verified database of \(folder.connection); `cliosync run` with SYNC_REMOTE publishes one"
            )
        }
        return Database(file: file, bytes: found.bytes, sha256: found.digest)
    }

    /// Reserves the numbers of new records, which no other machine then uses.
    public func reserveNumbers() async throws {
        try folder.create()
        try await remote.requireConditions()
        try await remote.reserveNumbers()
    }

    /// Deletes everything of the connection from the store.
    /// - Returns: how many objects there were.
    public func removeAll() async throws -> Int { try await remote.removeAll() }

    private static func order(_ scope: RemoteScope) -> Int {
        switch scope {
        case .firm: 0
        case .raw: 1
        case .clean: 2
        case .database: 3
        }
    }

    private func isChosen(_ scope: RemoteScope) -> Bool {
        switch scope {
        case .firm, .database: phases.isEmpty
        case .raw(let phase), .clean(let phase): phases.isEmpty || phases.contains(phase)
        }
    }

    /// - Throws: `ConfigurationError` for a phase that there is nothing of.
    private func chosen(_ scopes: [RemoteScope]) throws(ConfigurationError) -> [RemoteScope] {
        for phase in phases where !scopes.contains(.raw(phase: phase)) && !scopes.contains(.clean(phase: phase)) {
            throw ConfigurationError("there is nothing of the phase \(phase) of the connection \(folder.connection)")
        }
        return scopes.filter(isChosen)
    }

    private func each(
        _ scopes: [RemoteScope], by order: (RemoteScope) -> Int, _ holder: String,
        _ work: (RemoteScope) async throws -> RemoteFolder.Change
    ) async throws -> [Report] {
        var reports: [Report] = []
        for scope in scopes.sorted(by: { (order($0), $0.name) < (order($1), $1.name) }) {
            let lock = try Self.lock(scope, of: folder, holder)
            defer { lock?.release() }
            let change = try await work(scope)
            reports.append(
                Report(scope: scope.name, files: change.files, bytes: change.bytes, changed: !change.isNone))
        }
        return reports
    }

    static func lock(
        _ scope: RemoteScope, of folder: ConnectionFolder, _ holder: String
    ) throws(StagingError) -> FileLock? {
        switch scope {
        case .firm, .database: nil
        case .raw(let phase):
            try FileLock.exclusive(folder.lock(phase: phase, layer: "raw"), holder: "\(holder) \(phase)")
        case .clean(let phase):
            try FileLock.exclusive(folder.lock(phase: phase, layer: "clean"), holder: "\(holder) \(phase)")
        }
    }
}
