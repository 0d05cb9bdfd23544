internal import Glibc

/// Reads files that people edit: whole and small, whatever lies at the path.
public enum EditedFile {
    /// Why there is nothing to read.
    public enum Problem: Error, Equatable {
        /// There is nothing at the path.
        case absent
        /// There is a symbolic link whose target is missing.
        case brokenLink
        /// It has more bytes than any file of its kind.
        case tooLarge
        /// It is a named pipe, and no program writes to it.
        case silentPipe
        /// The system's error number.
        case system(Int32)

        /// What is wrong and what to do, after the file's name and a colon.
        public var text: String {
            switch self {
            case .absent: "is not there"
            case .brokenLink: "is a symbolic link to a file that is not there; correct the link or remove it"
            case .tooLarge: "is far larger than such a file can be; is it the right one?"
            case .silentPipe: "is a named pipe that no program writes to; start that program, or remove the pipe"
            case .system(EISDIR): "is a folder, not a file; move it away"
            case .system(let number) where number == EACCES || number == EPERM:
                "cannot be read: Permission denied; run as the user who owns it, or change its owner or permissions"
            case .system(let number): "cannot be read: \(String(cString: strerror(number)))"
            }
        }
    }

    /// The bytes of a file.
    /// - Parameters:
    ///   - limit: more bytes than this are an error.
    ///   - patience: seconds to wait for each piece of what another program writes into a pipe.
    public static func read(_ path: String, limit: Int, patience: Double = 5) throws(Problem) -> [UInt8] {
        // Opening a pipe without this flag waits for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let number = errno
            guard number == ENOENT || number == ENOTDIR else { throw .system(number) }
            var facts = stat()
            throw lstat(path, &facts) == 0 ? .brokenLink : .absent
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw .system(errno) }
        let mayBlock = facts.st_mode & S_IFMT != S_IFREG
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if mayBlock {
                var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                let ready = poll(&item, 1, Int32(patience * 1000))
                if ready < 0, errno == EINTR { continue }
                guard ready > 0 else { throw .silentPipe }
            }
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw .system(errno) }
            if count == 0 { return content }
            guard content.count + count <= limit else { throw .tooLarge }
            content.append(contentsOf: chunk[..<count])
        }
    }
}
