internal import Staging

/// Stores a scope again and again while its files grow, for the holder of its lease.
public actor ScopeUpload {
    private let remote: RemoteFolder
    private let scope: RemoteScope
    private let fence: Int64
    private let state: SyncedState
    private var digests = FileDigests()
    /// What the store has; nil until `begin`.
    private var stored: (index: RemoteIndex, etag: String)?

    /// A file in more pieces than this is stored as one object again.
    private static let mostPieces = 16

    /// An upload under a lease; it sends nothing yet.
    public init(_ remote: RemoteFolder, _ lease: Lease) {
        self.remote = remote
        scope = lease.scope
        fence = lease.fence
        state = SyncedState(remote.folder, lease.scope, location: remote.store.location.text)
    }

    /// Fences earlier holders off, and gets what the store has.
    /// - Throws: a `RemoteError` with the code `unsaved` when files were changed here outside of cliosync, and in the store too.
    public func begin() async throws {
        _ = try await remote.raiseFence(scope, to: fence)
        _ = try await remote.pull(scope)
        // A pull says what both sides have, unless there is something newer here.
        guard let now = try await remote.index(scope), now.index.fence == fence else { throw RemoteFolder.lost(scope) }
        stored = now
        try state.beginWork()
    }

    /// What one upload sends of a file.
    private struct Item: Sendable {
        let entry: RemoteIndex.Entry
        /// The file's bytes before are in the store.
        let offset: Int
        let piece: RemoteIndex.Piece
    }

    /// Stores what is new: the bytes first, then the index that names them, which replaces the one before in one step.
    /// - Parameter isLast: whether files in pieces become whole, and unused objects are deleted.
    /// - Throws: a `RemoteError` with the code `lost` when another machine has the scope.
    public func push(isLast: Bool = false) async throws -> RemoteFolder.Change {
        guard let stored else { throw RemoteFolder.lost(scope) }
        var tries = 0
        while true {
            let snapshot = try FolderSnapshot(remote.folder, scope, &digests)
            // Read after the manifests: it is beyond every number in them.
            let sequence = try remote.folder.freeSequence()
            do {
                let (entries, items) = try plan(snapshot, stored.index, isLast: isLast)
                guard !items.isEmpty || entries != stored.index.entries || sequence > stored.index.sequence else {
                    return RemoteFolder.Change(scope: scope, files: 0, bytes: 0, isReplaced: false)
                }
                try await send(items, snapshot)
                return try await put(entries, sequence, items, replacing: stored, isLast: isLast)
            } catch let error as RemoteError where error.code == .conflict && tries < 5 {
                // A file was replaced while it was being sent.
                tries += 1
            }
        }
    }

    /// How each file is going to be stored, and what must be sent for it.
    private func plan(
        _ snapshot: FolderSnapshot, _ index: RemoteIndex, isLast: Bool
    ) throws -> ([RemoteIndex.Entry], [Item]) {
        let known = index.entriesByPath
        var entries: [RemoteIndex.Entry] = []
        var items: [Item] = []
        for entry in snapshot.entries {
            guard case .file(let bytes, let digest) = entry.content else {
                entries.append(entry)
                continue
            }
            let old = known[entry.path]
            if let old, old == entry, !isLast || old.pieces.isEmpty {
                entries.append(old)
                continue
            }
            if let old, !isLast, let grown = try grown(entry, old, snapshot) {
                entries.append(grown.entry)
                items.append(grown)
            } else {
                entries.append(entry)
                items.append(
                    Item(entry: entry, offset: 0, piece: RemoteIndex.Piece(bytes: bytes, digest: digest)))
            }
        }
        return (entries, items)
    }

    /// The entry of a file that only grew; nil: it is to be sent as a whole.
    private func grown(
        _ entry: RemoteIndex.Entry, _ old: RemoteIndex.Entry, _ snapshot: FolderSnapshot
    ) throws -> Item? {
        guard case .file(let before, let digest) = old.content, case .file(let bytes, _) = entry.content,
            before > 0, bytes > before, old.objects.count < Self.mostPieces
        else { return nil }
        let content = try snapshot.read(entry)
        guard FolderSnapshot.digest(content.prefix(before)) == digest else { return nil }
        let piece = RemoteIndex.Piece(
            bytes: bytes - before, digest: FolderSnapshot.digest(content.dropFirst(before)))
        var entry = entry
        entry.pieces = old.objects + [piece]
        return Item(entry: entry, offset: before, piece: piece)
    }

    private func send(_ items: [Item], _ snapshot: FolderSnapshot) async throws {
        let remote = remote
        try await RemoteFolder.inParallel(items) { item in
            let bytes = try snapshot.read(item.entry)
            let part = item.offset == 0 ? bytes : Array(bytes.dropFirst(item.offset))
            _ = try await remote.store.put(remote.key(item.entry.key(item.piece)), part)
        }
    }

    private func put(
        _ entries: [RemoteIndex.Entry], _ sequence: Int64, _ items: [Item],
        replacing before: (index: RemoteIndex, etag: String), isLast: Bool
    ) async throws -> RemoteFolder.Change {
        let index = remote.makeIndex(scope, fence: fence, sequence: sequence, entries)
        let key = remote.key(scope.indexKey)
        guard let etag = try await remote.store.put(key, index.text, if: .matches(etag: before.etag)) else {
            throw RemoteFolder.lost(scope)
        }
        stored = (index, etag)
        try state.save(SyncedState.Base(etag: etag, index: index))
        if isLast { try await remote.deleteUnused(scope, used: index.keys) }
        return RemoteFolder.Change(
            scope: scope, files: items.count, bytes: items.reduce(0) { $0 + $1.piece.bytes }, isReplaced: true)
    }

    /// Everything is stored: what this machine has is the store's.
    public func end() throws { try state.endWork() }
}

extension RemoteFolder {
    /// Writes the fence of a new holder into the index, so that the store refuses the next index of an earlier one.
    /// - Returns: what the store has from then on.
    func raiseFence(_ scope: RemoteScope, to fence: Int64) async throws -> (index: RemoteIndex, etag: String) {
        while true {
            let found = try await index(scope)
            var index = found?.index ?? makeIndex(scope, fence: fence, sequence: 0, [])
            guard index.fence <= fence else { throw Self.lost(scope) }
            if let found, found.index.fence == fence { return found }
            index.fence = fence
            let condition: ObjectStore.Condition = found.map { .matches(etag: $0.etag) } ?? .absent
            // An earlier holder may have stored in between: what it stored counts.
            guard let etag = try await store.put(key(scope.indexKey), index.text, if: condition) else { continue }
            return (index, etag)
        }
    }
}
