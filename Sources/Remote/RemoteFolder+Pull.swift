internal import Staging

extension RemoteFolder {
    /// Puts the store's files of a scope in place of those of this machine. The caller holds the scope's lock.
    ///
    /// They are received beside the staged files, compared with their digests, and only then renamed.
    /// - Parameter replacing: whether files that were changed here since the last push are replaced.
    public func pull(_ scope: RemoteScope, replacing: Bool = false) async throws -> Change {
        let none = Change(scope: scope, files: 0, bytes: 0, isReplaced: false)
        guard let (index, etag) = try await index(scope) else { return none }
        try folder.create()
        let state = SyncedState(folder, scope, location: store.location.text)
        let snapshot = try FolderSnapshot(folder, scope)
        let base = try state.base
        let isPulling = try state.isPulling
        let isSame = snapshot.entries == index.entries
        // What a stage was about to store when it ended is out of date when another machine has stored since.
        if !isSame, !isPulling, !replacing {
            // Newer here, and the store has nothing newer: a new holder of the lease changes the index, not the files.
            let isKnown = base?.etag == etag || base?.index.entries == index.entries
            // What was deleted here is fetched again: only `remote push` deletes it in the store.
            if isKnown, !snapshot.entries.isEmpty { return none }
            guard try state.isWorking || snapshot.entries.isEmpty || snapshot.entries == base?.index.entries else {
                throw RemoteError(
                    .unsaved,
                    "\(scope.name): both this machine and the store have changes since they last agreed (\(index.host) "
                        + "stored at \(index.pushedAt)); run `cliosync remote pull --force` to discard those of this "
                        + "machine, or `cliosync remote push --force` to discard those of the store")
            }
        }
        try folder.raiseSequence(to: index.sequence)
        let wanted = Set(index.entries).subtracting(snapshot.entries)
        let incoming = SyncedState.folder(folder) + "/incoming"
        if !isSame {
            try Files.createFolder(incoming)
            // Files with the same content are received once: two at a time would take each other's place.
            let contents = Dictionary(wanted.map { ($0.content, $0) }) { first, _ in first }
            try await Self.inParallel(contents.values.sorted { $0.path < $1.path }) {
                try await receive($0, into: incoming)
            }
            try state.beginPull()
            try replace(snapshot, by: index, wanted: wanted, from: incoming)
        }
        try state.save(SyncedState.Base(etag: etag, index: index))
        try Files.remove(incoming)
        return Change(
            scope: scope, files: wanted.count, bytes: wanted.reduce(0) { $0 + $1.bytes }, isReplaced: !isSame)
    }

    private func receive(_ entry: RemoteIndex.Entry, into incoming: String) async throws {
        guard case .file(let count, let digest) = entry.content else { return }
        let place = "\(incoming)/\(digest)"
        // Of a pull that was cut off.
        if let bytes = try Files.read(place), bytes.count == count, FolderSnapshot.digest(bytes) == digest { return }
        var bytes: [UInt8] = []
        for piece in entry.objects {
            guard let object = try await store.get(key(entry.key(piece))) else {
                throw RemoteError(
                    .conflict,
                    "\(entry.path): is in the index and not in the store; if another machine stores right now, run the "
                        + "same command again; else `cliosync remote check` says what is missing")
            }
            bytes += object.bytes
        }
        guard bytes.count == count, FolderSnapshot.digest(bytes) == digest else {
            throw RemoteError(
                .damaged,
                "\(entry.path): the store has other bytes than were stored; `cliosync remote push --force` on the machine "
                    + "that has the file replaces it")
        }
        try Files.write(bytes, to: place)
    }

    /// Parts first, then the manifests that name them, then the links that lead to them; what is not wanted goes last.
    private func replace(
        _ snapshot: FolderSnapshot, by index: RemoteIndex, wanted: Set<RemoteIndex.Entry>, from incoming: String
    ) throws {
        func rank(_ entry: RemoteIndex.Entry) -> Int {
            switch entry.content {
            case .link: entry.path.contains("/.generations/") ? 2 : 3
            case .file: entry.path.hasSuffix("/manifest.ndjson") ? 1 : 0
            }
        }
        for entry in wanted.sorted(by: { (rank($0), $0.path) < (rank($1), $1.path) }) {
            let path = "\(folder.path)/\(entry.path)"
            try Files.createFolder(Files.parent(of: path))
            switch entry.content {
            case .link(let target):
                if try Files.linkTarget(path) == nil { try Files.remove(path) }
                try Files.link(path, to: target)
            case .file(_, let digest):
                if try Files.linkTarget(path) != nil { try Files.remove(path) }
                // Two files may have the same content.
                guard let bytes = try Files.read("\(incoming)/\(digest)") else { throw unreadable(entry) }
                try Files.write(bytes, to: path)
            }
        }
        let paths = Set(index.entries.map(\.path))
        for entry in snapshot.entries where !paths.contains(entry.path) {
            try Files.remove("\(folder.path)/\(entry.path)")
            try removeEmptyFolders(above: entry.path)
        }
    }

    private func unreadable(_ entry: RemoteIndex.Entry) -> RemoteError {
        RemoteError(.conflict, "\(entry.path): was received and is gone; run the same command again")
    }

    private func removeEmptyFolders(above path: String) throws {
        var pieces = path.split(separator: "/").dropLast()
        // The phase's folder and its layers stay.
        while pieces.count > 2 {
            let parent = folder.path + "/" + pieces.joined(separator: "/")
            guard try Files.linkTarget(parent) == nil, try Files.names(in: parent).isEmpty else { return }
            try Files.remove(parent)
            pieces = pieces.dropLast()
        }
    }
}
