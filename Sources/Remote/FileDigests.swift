internal import Glibc
internal import Staging

/// The digests of files, read again only when a file has changed.
struct FileDigests {
    private var known: [String: (stamp: FileStamp, content: Content)] = [:]

    struct Content: Equatable {
        let bytes: Int
        let digest: String
    }

    /// What a file has; nil: it is not there.
    mutating func content(_ path: String) throws(StagingError) -> Content? {
        let stamp = FileStamp(path)
        if let stamp, let found = known[path], found.stamp == stamp { return found.content }
        guard let bytes = try Files.read(path) else { return nil }
        let content = Content(bytes: bytes.count, digest: FolderSnapshot.digest(bytes))
        // Not what was written while it was read.
        known[path] = stamp.flatMap { stamp in
            stamp.bytes == bytes.count && FileStamp(path) == stamp ? (stamp, content) : nil
        }
        return content
    }
}

/// What changes when a file does.
struct FileStamp: Equatable {
    let bytes: Int
    let inode: UInt64
    private let seconds: Int
    private let nanoseconds: Int

    /// nil: there is nothing. A link is not followed.
    init?(_ path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        bytes = Int(facts.st_size)
        inode = UInt64(facts.st_ino)
        seconds = facts.st_mtim.tv_sec
        nanoseconds = facts.st_mtim.tv_nsec
    }
}
