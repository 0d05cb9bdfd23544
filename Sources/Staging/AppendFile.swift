#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A file that only grows (or is cut off), 0600. Not Sendable: one thread at a time.
final class AppendFile {
    let path: String
    private let descriptor: Int32
    /// Bytes so far.
    private(set) var size: Int

    /// Opens or makes the file; its name is durable when this returns.
    init(_ path: String, truncate: Bool = false) throws(StagingError) {
        self.path = path
        let isNew = truncate ? true : try !Files.exists(path)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (truncate ? O_TRUNC : 0), 0o600)
        size = 0
        guard descriptor >= 0 else { throw .system(path, "write") }
        size = Int(lseek(descriptor, 0, SEEK_END))
        if isNew { try Files.synchronizeFolder(Files.parent(of: path)) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func append(_ bytes: UnsafeRawBufferPointer) throws(StagingError) {
        var written = 0
        while written < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(size + written))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let error = StagingError.system(path, "write")
                // What a full disk still took of it; at the latest the next start cuts it off.
                _ = ftruncate(descriptor, off_t(size))
                throw error
            }
            written += count
        }
        size += written
    }

    func synchronize() throws(StagingError) {
        guard fdatasync(descriptor) == 0 else { throw .system(path, "make the data durable") }
    }

    /// Truncates after the first `count` bytes.
    func cut(to count: Int) throws(StagingError) {
        guard count < size else { return }
        guard ftruncate(descriptor, off_t(count)) == 0 else { throw .system(path, "cut off what was never committed") }
        size = count
        try synchronize()
    }
}
