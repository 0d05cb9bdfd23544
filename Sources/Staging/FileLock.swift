#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Synchronization

/// A lock on a file, freed by the kernel when its process ends, however it ends.
public final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// For one holder alone.
    /// - Parameter holder: what is written into the file for people, for example `extract core`.
    /// - Throws: `.locked`, naming the holder.
    public static func exclusive(_ path: String, holder: String) throws(StagingError) -> FileLock {
        try FileLock(path, operation: LOCK_EX, holder: holder)
    }

    /// For readers side by side.
    public static func shared(_ path: String) throws(StagingError) -> FileLock {
        try FileLock(path, operation: LOCK_SH, holder: nil)
    }

    private init(_ path: String, operation: Int32, holder: String?) throws(StagingError) {
        try Files.createFolder(Files.parent(of: path))
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system(path, "open the lock") }
        guard flock(file, operation | LOCK_NB) == 0 else {
            let number = errno
            close(file)
            guard number == EWOULDBLOCK else { throw .system(path, "lock") }
            let other =
                String(decoding: ((try? Files.read(path)) ?? []).prefix(200), as: UTF8.self)
                .split(separator: "\n").first.map { ": " + $0 } ?? ""
            throw StagingError(
                .locked, "\(path): another process is at work here\(other); wait for it or stop it, then run again")
        }
        if let holder {
            let text = "\(holder), process \(getpid()), since \(UTC.now())\n"
            ftruncate(file, 0)
            _ = text.utf8.withContiguousStorageIfAvailable { pwrite(file, $0.baseAddress, $0.count, 0) }
        }
        descriptor = Mutex(file)
    }

    /// Frees the lock; a second time does nothing.
    public func release() {
        descriptor.withLock { file in
            guard file >= 0 else { return }
            // A process that is being started has a copy of the descriptor until it becomes its program.
            flock(file, LOCK_UN)
            close(file)
            file = -1
        }
    }

    deinit { release() }
}
