internal import Foundation
public import Staging

/// A firm's staged files in an object store.
///
/// Files are stored under names that hold their digest, and are never overwritten; an index per scope says which of them
/// count. A push writes the files first and replaces the index at the end, if it is still the one that this machine knows:
/// a reader gets one state or the other, and of two machines one is refused.
public struct RemoteFolder: Sendable {
    let store: ObjectStore
    let folder: ConnectionFolder
    let host: String
    /// Seconds since 1970.
    let now: @Sendable () -> Int64

    /// Requests at a time.
    private static let concurrency = 6
    /// Objects that no index names are deleted when they are this old: a push that is under way may still name them.
    private static let keptSeconds: Int64 = 86_400
    /// Objects of a push that was cut are used again up to this age, well before another machine may delete them.
    private static let reusedSeconds: Int64 = 43_200

    /// The folder of a connection.
    /// - Parameter host: how this machine is called in the index.
    public init(_ store: ObjectStore, folder: ConnectionFolder, host: String) {
        self.init(store, folder: folder, host: host) { Int64(Date().timeIntervalSince1970) }
    }

    init(_ store: ObjectStore, folder: ConnectionFolder, host: String, now: @escaping @Sendable () -> Int64) {
        self.store = store
        self.folder = folder
        self.host = host
        self.now = now
    }

    /// What a push or pull did with a scope.
    public struct Change: Sendable, Equatable {
        /// The scope.
        public let scope: RemoteScope
        /// Files and links that were sent or received.
        public let files: Int
        /// Their bytes.
        public let bytes: Int
        /// Whether both sides had the same before.
        public var isNone: Bool { files == 0 && !isReplaced }
        let isReplaced: Bool
    }

    /// What the store holds of a scope.
    public struct Stored: Sendable, Equatable {
        /// The scope.
        public let scope: RemoteScope
        /// Files and links.
        public let files: Int
        /// Bytes of the files.
        public let bytes: Int
        /// The machine that stored it, and when.
        public let host: String
        /// RFC 3339, UTC.
        public let pushedAt: String
    }

    func key(_ rest: String) -> String { "\(folder.connection)/\(rest)" }
    /// The firm's state, beside those of all other firms: one listing has them all.
    var statusKey: String { "\(StatusListing.prefix)\(folder.connection)\(StatusListing.suffix)" }
    /// The database that was verified last, and its digest.
    var databaseKey: String { "databases/\(folder.connection).sqlite" }
    var digestKey: String { databaseKey + ".sha256" }

    // MARK: Scopes

    /// The scopes that the store has.
    public func storedScopes() async throws -> [RemoteScope] {
        let prefix = key("index/")
        return try await store.list(prefix).compactMap { RemoteScope(name: String($0.key.dropFirst(prefix.count))) }
    }

    /// The scopes that this machine has files of, or had.
    public func localScopes() throws -> [RemoteScope] {
        var scopes: [RemoteScope] = []
        for phase in try Files.names(in: folder.path) where !phase.hasPrefix(".") {
            if try Files.isFolder("\(folder.path)/\(phase)/raw") { scopes.append(.raw(phase: phase)) }
            if try Files.isFolder("\(folder.path)/\(phase)/.generations") { scopes.append(.clean(phase: phase)) }
        }
        for path in RemoteScope.firm.roots where try Files.exists("\(folder.path)/\(path)") {
            return [.firm] + scopes
        }
        return scopes
    }

    /// What the store holds.
    public func list() async throws -> [Stored] {
        var stored: [Stored] = []
        for scope in try await storedScopes() {
            guard let (index, _) = try await index(scope) else { continue }
            stored.append(
                Stored(
                    scope: scope, files: index.entries.count, bytes: index.bytes, host: index.host,
                    pushedAt: index.pushedAt))
        }
        return stored
    }

    func index(_ scope: RemoteScope) async throws -> (index: RemoteIndex, etag: String)? {
        let key = key(scope.indexKey)
        guard let object = try await store.get(key) else { return nil }
        return (try RemoteIndex(object.bytes, of: scope, place: store.location.text + key), object.etag)
    }

    // MARK: Push

    /// Stores the files of a scope. The caller holds its lock.
    /// - Parameters:
    ///   - replacing: whether what another machine stored meanwhile is replaced.
    ///   - fence: of the caller's lease; nil: it has none.
    public func push(_ scope: RemoteScope, replacing: Bool = false, fence: Int64? = nil) async throws -> Change {
        let state = SyncedState(folder, scope, location: store.location.text)
        guard try !state.isPulling else {
            throw RemoteError(
                .unsaved, "\(scope.name): a pull was cut off; run `cliosync remote pull` first, which ends it")
        }
        let snapshot = try FolderSnapshot(folder, scope)
        let stored: (index: RemoteIndex, etag: String)?
        do {
            stored = try await index(scope)
        } catch let error as RemoteError where error.code == .damaged && replacing {
            stored = nil
        }
        let base = try state.base
        guard replacing || stored?.etag == base?.etag || stored?.index.entries == snapshot.entries else {
            throw conflict(scope, stored?.index)
        }
        if stored == nil, snapshot.entries.isEmpty {
            return Change(scope: scope, files: 0, bytes: 0, isReplaced: false)
        }
        let sequence = try folder.freeSequence()
        if let stored, !replacing, stored.index.entries == snapshot.entries, stored.index.sequence >= sequence {
            try state.save(SyncedState.Base(etag: stored.etag, index: stored.index))
            return Change(scope: scope, files: 0, bytes: 0, isReplaced: false)
        }
        // A replacement may be needed because the store has lost or damaged something: everything is sent.
        let known = replacing ? [:] : stored?.index.entriesByPath ?? [:]
        let entries = snapshot.entries.map { entry in known[entry.path].flatMap { $0 == entry ? $0 : nil } ?? entry }
        let sent = try await send(entries, of: snapshot, known: replacing ? nil : stored?.index.keys ?? [])
        let index = makeIndex(scope, fence: fence ?? stored?.index.fence ?? 0, sequence: sequence, entries)
        // A damaged index is replaced whatever it is.
        let condition: ObjectStore.Condition =
            if let stored { .matches(etag: stored.etag) } else { replacing ? .none : .absent }
        guard let etag = try await store.put(key(scope.indexKey), index.text, if: condition) else {
            throw conflict(scope, try await self.index(scope)?.index)
        }
        try state.save(SyncedState.Base(etag: etag, index: index))
        if stored != nil { try await deleteUnused(scope, used: index.keys) }
        return Change(scope: scope, files: sent.count, bytes: sent.bytes, isReplaced: true)
    }

    /// An index as this machine stores it now.
    func makeIndex(
        _ scope: RemoteScope, fence: Int64, sequence: Int64, _ entries: [RemoteIndex.Entry]
    ) -> RemoteIndex {
        RemoteIndex(
            scope: scope, fence: fence, sequence: sequence, host: host, pushedAt: UTC.text(secondsSince1970: now()),
            entries: entries)
    }

    private func conflict(_ scope: RemoteScope, _ index: RemoteIndex?) -> RemoteError {
        let writer = index.map { "\($0.host) stored it at \($0.pushedAt)" } ?? "it was deleted"
        return RemoteError(
            .conflict,
            "\(scope.name): the store has another state than this machine knows: \(writer); run `cliosync remote pull`, or "
                + "`cliosync remote push --force` to replace it with the files of this machine")
    }

    private func send(
        _ entries: [RemoteIndex.Entry], of snapshot: FolderSnapshot, known: Set<String>?
    ) async throws -> (count: Int, bytes: Int) {
        var missing = entries.filter { !$0.objects.isEmpty }
        if let known {
            missing.removeAll { known.isSuperset(of: $0.keys) }
            guard !missing.isEmpty else { return (0, 0) }
            let recent = try await objects(of: snapshot.scope).filter { isYounger($0, than: Self.reusedSeconds) }
            let there = Dictionary(recent.map { ($0.key, $0.bytes) }) { first, _ in first }
            missing.removeAll { entry in entry.keys.allSatisfy { there[key($0)] == entry.bytes } }
        }
        try await Self.inParallel(missing) { entry in
            for name in entry.keys { _ = try await store.put(key(name), snapshot.read(entry)) }
        }
        return (missing.count, missing.reduce(0) { $0 + $1.bytes })
    }

    private func objects(of scope: RemoteScope) async throws -> [ListedObject] {
        var objects: [ListedObject] = []
        // The folders end with a slash, the files with a dot and their digest.
        for root in scope.roots { objects += try await store.list(key("files/\(root)\(scope.hasFolders ? "/" : ".")")) }
        return objects
    }

    private func isYounger(_ object: ListedObject, than seconds: Int64) -> Bool {
        // Both are RFC 3339 in UTC; the store's has fractions of a second.
        object.modified.prefix(19) > UTC.text(secondsSince1970: now() - seconds).prefix(19)
    }

    func deleteUnused(_ scope: RemoteScope, used: Set<String>) async throws {
        let used = Set(used.map(key))
        let unused = try await objects(of: scope).filter { object in
            !used.contains(object.key) && !isYounger(object, than: Self.keptSeconds)
        }
        try await Self.inParallel(unused) { try await store.delete($0.key) }
    }

    /// Deletes everything of the firm from the store, the indexes first.
    /// - Returns: how many objects there were.
    public func removeAll() async throws -> Int {
        // Not all below the firm's name: a firm may have the name of a folder that all firms share.
        var objects: [ListedObject] = []
        for part in ["index/", "leases/", "files/", "doctor/"] { objects += try await store.list(key(part)) }
        for name in [statusKey, databaseKey, digestKey, numbersKey] {
            objects += try await store.list(name).filter { $0.key == name }
        }
        let isIndex: (ListedObject) -> Bool = { $0.key.hasPrefix(key("index/")) }
        for object in objects where isIndex(object) { try await store.delete(object.key) }
        try await Self.inParallel(objects.filter { !isIndex($0) }) { try await store.delete($0.key) }
        return objects.count
    }

    static func inParallel<Item: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, item) in items.enumerated() {
                if number >= concurrency { try await group.next() }
                group.addTask { try await body(item) }
            }
            try await group.waitForAll()
        }
    }
}
