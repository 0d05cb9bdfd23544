internal import Hashing
internal import Staging

/// The files of a scope as they are on this machine. The caller holds the scope's lock.
struct FolderSnapshot {
    let folder: ConnectionFolder
    let scope: RemoteScope
    /// In the order of their paths.
    let entries: [RemoteIndex.Entry]

    init(_ folder: ConnectionFolder, _ scope: RemoteScope) throws(StagingError) {
        var entries: [RemoteIndex.Entry] = []
        for root in scope.roots { try Self.collect(root, of: folder, into: &entries) }
        self.folder = folder
        self.scope = scope
        self.entries = entries.sorted { $0.path < $1.path }
    }

    private static func collect(
        _ path: String, of folder: ConnectionFolder, into entries: inout [RemoteIndex.Entry]
    ) throws(StagingError) {
        let full = "\(folder.path)/\(path)"
        if let target = try Files.linkTarget(full) {
            entries.append(RemoteIndex.Entry(path: path, content: .link(target: target)))
        } else if try Files.isFolder(full) {
            for name in try Files.names(in: full) where !isPassing(name) {
                try collect("\(path)/\(name)", of: folder, into: &entries)
            }
        } else if let bytes = try Files.read(full) {
            entries.append(RemoteIndex.Entry(path: path, content: .file(bytes: bytes.count, digest: digest(bytes))))
        }
    }

    /// What a process that was killed leaves behind, and what was replaced: no layer uses it.
    private static func isPassing(_ name: String) -> Bool {
        Files.isTemporary(name) || name.hasSuffix(".building") || name.hasSuffix(".old")
    }

    static func digest(_ bytes: [UInt8]) -> String { SHA256.hex(bytes.withUnsafeBytes { SHA256.hash($0) }) }

    /// The bytes of a file as they were when the snapshot was taken.
    func read(_ entry: RemoteIndex.Entry) throws -> [UInt8] {
        guard case .file(_, let digest) = entry.content, let bytes = try Files.read("\(folder.path)/\(entry.path)"),
            Self.digest(bytes) == digest
        else {
            throw RemoteError(
                .conflict, "\(folder.path)/\(entry.path): changed while it was being sent; run the same command again")
        }
        return bytes
    }
}
