import Foundation

/// Writes to stdout or stderr without ever ending the process: a failure is a value.
struct OutputWriter: Sendable {
    let descriptor: Int32

    static let results = OutputWriter(descriptor: STDOUT_FILENO)
    static let notes = OutputWriter(descriptor: STDERR_FILENO)

    /// Why bytes could not be written.
    struct Failure: Error, Equatable {
        let code: Int32

        /// Whether the reader of a pipe has gone, as `head` does when it has read enough.
        var isClosedPipe: Bool { code == EPIPE }
        var description: String {
            code == EBADF ? "it is closed" : String(cString: strerror(code))
        }
    }

    /// Keeps a closed stdout or stderr out of reach: the next file opened would take its number, and results would be
    /// written into that file. Call before any file is opened.
    static func reserveStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
            // Takes the lowest free number. Open for reading only, so that a write fails as it does on a closed one.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    /// Writes all bytes; waits where a non-blocking pipe or terminal is full.
    func write(_ bytes: some Collection<UInt8>) throws(Failure) {
        let code = bytes.withContiguousStorageIfAvailable { writeAll(UnsafeRawBufferPointer($0)) }
        if let failure = code ?? Array(bytes).withUnsafeBytes(writeAll) { throw Failure(code: failure) }
    }

    /// - Returns: the error number; nil: everything is written.
    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32? {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
                continue
            }
            let number = errno
            switch number {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // Some devices never report that they are ready: look again after a while.
                _ = poll(&item, 1, 1000)
            default: return number
            }
        }
        return nil
    }
}
