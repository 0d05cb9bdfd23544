internal import Foundation
internal import Staging

/// A firm's database in the store: as the last load left it, for the next machine, and as a verification found it good, for
/// everyone else. For the holder of the lease.
public actor RemoteDatabase {
    private let remote: RemoteFolder
    private let fence: Int64
    private let state: SyncedState
    private var stored: (index: RemoteIndex, etag: String)?
    /// The published database and its digest as they were when the lease was taken: another machine's are not overwritten.
    private var published: [String: String] = [:]
    private var publishedDigest: String?

    /// Bytes of a piece: those that did not change since the last push are not sent again.
    private static let pieceBytes = 8 << 20

    /// The database under a lease; it asks for nothing yet.
    public init(_ remote: RemoteFolder, _ lease: Lease) {
        self.remote = remote
        fence = lease.fence
        state = SyncedState(remote.folder, .database, location: remote.store.location.text)
    }

    /// Fences earlier holders off, and gets the store's database when it is newer than this machine's.
    /// - Parameter path: the database; no process has it open.
    /// - Throws: a `RemoteError` with the code `unsaved` when there is a database here that the store knows nothing of, and
    ///   another one in the store.
    public func begin(_ path: String) async throws {
        let stored = try await remote.raiseFence(.database, to: fence)
        self.stored = stored
        for object in try await remote.store.list(remote.databaseKey) { published[object.key] = object.etag }
        if published[remote.digestKey] != nil, let line = try await remote.store.get(remote.digestKey) {
            published[remote.digestKey] = line.etag
            publishedDigest = String(decoding: line.bytes.prefix(64), as: UTF8.self)
        }
        if let entry = stored.index.entries.first {
            let base = try state.base
            let isHere = try Files.exists(path)
            if !isHere || base?.index.entries != stored.index.entries {
                guard try !isHere || base != nil || state.isWorking else {
                    throw RemoteError(
                        .unsaved,
                        "\(path): the store has a database of this firm that this machine did not load; move the file away, "
                            + "then run the same command again: the store's is fetched, and what is new is loaded into it"
                    )
                }
                try await receive(entry, to: path)
            }
            try state.save(SyncedState.Base(etag: stored.etag, index: stored.index))
        }
        try state.beginWork()
    }

    private func receive(_ entry: RemoteIndex.Entry, to path: String) async throws {
        try Files.createFolder(Files.parent(of: path))
        let incoming = "\(path).tmp\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? Files.remove(incoming) }
        let file = try WholeFile(incoming)
        for piece in entry.objects {
            guard let object = try await remote.store.get(remote.key(entry.key(piece))) else {
                throw RemoteError(
                    .damaged,
                    "\(path): a part of the database is missing in the store; delete \(remote.store.location.text)"
                        + "\(remote.key(RemoteScope.database.indexKey)), then run `cliosync load`, which builds it from the "
                        + "staged files")
            }
            try file.append(object.bytes)
        }
        try file.close()
        guard case .file(_, let digest) = entry.content, try MappedFile(incoming).digest == digest else {
            throw RemoteError(.damaged, "\(path): the store has other bytes of the database than were stored")
        }
        // The log of the one before must not be taken for this one's.
        for suffix in ["-wal", "-shm", "-journal"] { try Files.remove(path + suffix) }
        try Files.rename(incoming, to: path)
    }

    /// Stores the database.
    /// - Parameter copy: a checkpointed copy of it.
    /// - Throws: a `RemoteError` with the code `lost` when another machine has the lease.
    public func push(_ copy: String) async throws {
        guard let before = stored else { throw RemoteFolder.lost(.database) }
        let file = try MappedFile(copy)
        var pieces: [RemoteIndex.Piece] = []
        var entry = RemoteIndex.Entry(
            path: RemoteScope.databaseFile, content: .file(bytes: file.count, digest: file.digest))
        let known = before.index.keys
        for range in file.pieces(of: Self.pieceBytes) {
            let bytes = file.bytes(range)
            let piece = RemoteIndex.Piece(bytes: bytes.count, digest: FolderSnapshot.digest(bytes))
            pieces.append(piece)
            guard !known.contains(entry.key(piece)) else { continue }
            _ = try await remote.store.put(remote.key(entry.key(piece)), bytes)
        }
        entry.pieces = pieces
        let index = remote.makeIndex(.database, fence: fence, sequence: 0, [entry])
        let key = remote.key(RemoteScope.database.indexKey)
        guard let etag = try await remote.store.put(key, index.text, if: .matches(etag: before.etag)) else {
            throw RemoteFolder.lost(.database)
        }
        stored = (index, etag)
        try state.save(SyncedState.Base(etag: etag, index: index))
        try await remote.deleteUnused(.database, used: index.keys)
    }

    /// Publishes a database that was verified: the file in one step, then its digest.
    /// - Parameter copy: a checkpointed copy of it.
    /// - Throws: a `RemoteError` with the code `lost` when another machine has published meanwhile.
    public func publish(_ copy: String) async throws {
        let file = try MappedFile(copy)
        let line = Array("\(file.digest)  \(remote.folder.connection).sqlite\n".utf8)
        guard let etag = try await remote.store.put(remote.databaseKey, file: file, if: condition(remote.databaseKey)),
            let other = try await remote.store.put(remote.digestKey, line, if: condition(remote.digestKey))
        else { throw RemoteFolder.lost(.database) }
        published = [remote.databaseKey: etag, remote.digestKey: other]
        publishedDigest = file.digest
    }

    private func condition(_ key: String) -> ObjectStore.Condition {
        published[key].map { .matches(etag: $0) } ?? .absent
    }

    /// Whether what is published is not the store's latest.
    public var isPublishingDue: Bool {
        guard published[remote.databaseKey] != nil, let digest = publishedDigest,
            case .file(_, let latest) = stored?.index.entries.first?.content
        else { return true }
        return digest != latest
    }

    /// What this machine has is the store's.
    public func end() throws { try state.endWork() }
}

extension RemoteFolder {
    /// What was published.
    public struct PublishedDatabase: Sendable, Equatable {
        /// Bytes.
        public let bytes: Int
        /// SHA-256.
        public let digest: String
    }

    /// Gets the database that was verified last, compared with its digest, and puts it in place in one step.
    /// - Returns: what it is; nil: none was published.
    public func fetchDatabase(to path: String) async throws -> PublishedDatabase? {
        for _ in 0..<3 {
            let listed = try await store.list(databaseKey).first { $0.key == databaseKey }
            guard let listed, let etag = listed.etag else { return nil }
            guard let line = try await store.get(digestKey) else { continue }
            let digest = String(decoding: line.bytes.prefix(64), as: UTF8.self)
            let incoming = "\(path).tmp\(ProcessInfo.processInfo.processIdentifier)"
            defer { try? Files.remove(incoming) }
            // Published anew meanwhile: the digest is another one's.
            guard try await receive(listed.bytes, etag, to: incoming) else { continue }
            guard try MappedFile(incoming).digest == digest else { continue }
            try Files.rename(incoming, to: path)
            return PublishedDatabase(bytes: listed.bytes, digest: digest)
        }
        throw RemoteError(
            .damaged,
            "\(store.location.text)\(databaseKey): does not match its digest; the publication may have been cut off: "
                + "`cliosync verify` on a machine with the staged files publishes it again")
    }

    private func receive(_ count: Int, _ etag: String, to path: String) async throws -> Bool {
        let file = try WholeFile(path)
        var offset = 0
        while offset < count {
            let end = min(offset + ObjectStore.pieceBytes, count)
            guard let part = try await store.get(databaseKey, offset..<end, etag: etag) else { return false }
            try file.append(part.bytes)
            if part.isWhole { break }
            offset = end
        }
        try file.close()
        return true
    }
}

/// A new file that is written from its beginning, 0600.
private final class WholeFile {
    private let path: String
    private let handle: FileHandle

    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: path)
        else { throw Self.trouble(path) }
        self.handle = handle
    }

    func append(_ bytes: [UInt8]) throws {
        do { try handle.write(contentsOf: Data(bytes)) } catch { throw Self.trouble(path) }
    }

    func close() throws {
        do {
            try handle.synchronize()
            try handle.close()
        } catch { throw Self.trouble(path) }
    }

    private static func trouble(_ path: String) -> RemoteError {
        RemoteError(.unavailable, "\(path): cannot be written; make room or check the folder, then run again")
    }
}
