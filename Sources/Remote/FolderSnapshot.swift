internal import Hashing
internal import Staging

/// The files of a scope as they are on this machine. The caller holds the scope's lock; its own writers may be at work.
///
/// They only append, and write what a manifest names before its line. A manifest is therefore read before the files beside
/// it, and every file up to the length that it has then.
struct FolderSnapshot {
    let folder: ConnectionFolder
    let scope: RemoteScope
    /// In the order of their paths.
    let entries: [RemoteIndex.Entry]

    init(_ folder: ConnectionFolder, _ scope: RemoteScope) throws {
        var digests = FileDigests()
        try self.init(folder, scope, &digests)
    }

    /// - Parameter digests: of files that did not change since an earlier snapshot.
    init(_ folder: ConnectionFolder, _ scope: RemoteScope, _ digests: inout FileDigests) throws {
        for _ in 0..<Self.mostTries {
            let before = try Self.layout(folder, scope)
            var entries: [RemoteIndex.Entry] = []
            for root in scope.roots { try Self.collect(root, of: folder, &digests, into: &entries) }
            // A generation that was put in place meanwhile may be in neither place, or in both.
            guard try Self.layout(folder, scope) == before else { continue }
            self.folder = folder
            self.scope = scope
            self.entries = entries.sorted { $0.path < $1.path }
            return
        }
        throw RemoteError(.conflict, "\(folder.path): \(scope.name) changes all the time; run the same command again")
    }

    private static let mostTries = 20

    /// Which folders there are, and which of them are the same as before.
    private static func layout(_ folder: ConnectionFolder, _ scope: RemoteScope) throws -> [String: UInt64] {
        var layout: [String: UInt64] = [:]
        func visit(_ path: String) throws {
            if let target = try Files.linkTarget(path) {
                layout[path + " -> " + target] = 0
                return
            }
            guard try Files.isFolder(path) else { return }
            layout[path] = FileStamp(path)?.inode
            for name in try Files.names(in: path) where !isPassing(name) && !name.contains(".ndjson") {
                try visit("\(path)/\(name)")
            }
        }
        for root in scope.roots { try visit("\(folder.path)/\(root)") }
        return layout
    }

    private static func collect(
        _ path: String, of folder: ConnectionFolder, _ digests: inout FileDigests,
        into entries: inout [RemoteIndex.Entry]
    ) throws {
        let full = "\(folder.path)/\(path)"
        if let target = try Files.linkTarget(full) {
            entries.append(RemoteIndex.Entry(path: path, content: .link(target: target)))
        } else if try Files.isFolder(full) {
            let names = try Files.names(in: full).filter { !isPassing($0) }
            for name in names.filter(isManifest) + names.filter({ !isManifest($0) }) {
                try collect("\(path)/\(name)", of: folder, &digests, into: &entries)
            }
        } else if let content = try digests.content(full) {
            entries.append(
                RemoteIndex.Entry(path: path, content: .file(bytes: content.bytes, digest: content.digest)))
        }
    }

    private static func isManifest(_ name: String) -> Bool { name == "manifest.ndjson" }

    /// What a process that was killed leaves behind, and what was replaced: no layer uses it.
    private static func isPassing(_ name: String) -> Bool {
        Files.isTemporary(name) || name.hasSuffix(".building") || name.hasSuffix(".old")
    }

    static func digest(_ bytes: some Collection<UInt8>) -> String {
        SHA256.hex(
            bytes.withContiguousStorageIfAvailable { SHA256.hash(UnsafeRawBufferPointer($0)) }
                ?? Array(bytes).withUnsafeBytes { SHA256.hash($0) })
    }

    /// The bytes of a file as they were when the snapshot was taken.
    func read(_ entry: RemoteIndex.Entry) throws -> [UInt8] {
        guard case .file(let count, let digest) = entry.content,
            let bytes = try Files.read("\(folder.path)/\(entry.path)"), bytes.count >= count,
            Self.digest(bytes.prefix(count)) == digest
        else {
            throw RemoteError(
                .conflict, "\(folder.path)/\(entry.path): changed while it was being sent; run the same command again")
        }
        return bytes.count == count ? bytes : Array(bytes.prefix(count))
    }
}
