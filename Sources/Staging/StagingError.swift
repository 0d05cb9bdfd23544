#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
public import Bytes

/// What is wrong with staged files, in one line that says what, where and what to do.
public struct StagingError: CommandFailure, Equatable {
    /// What the caller can do about it.
    public enum Code: Sendable, Equatable {
        /// The operating system refused: permissions, disk full, not there.
        case io
        /// A file is not what its manifest says, or no manifest at all.
        case corrupt
        /// Written by a version that this one does not know.
        case format
        /// Another process holds the lock.
        case locked
        /// A name that is not allowed.
        case name
        /// The files hold records of another account.
        case otherAccount
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One line that says what, where and what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .locked: .locked
        case .name, .otherAccount: .usage
        case .io, .corrupt, .format: .failed
        }
    }

    /// Makes one from its values.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The operating system's refusal, from `errno`.
    package static func system(_ path: String, _ action: String) -> StagingError {
        let number = errno
        let advice =
            switch number {
            case ENOSPC where hasNoInodes(path): "; " + inodeAdvice
            case ENOSPC, EDQUOT: "; free some disk space, then run the same command again"
            case EACCES, EPERM, EROFS: "; make the folder writable for this user"
            default: ""
            }
        return StagingError(.io, "\(path): cannot \(action): \(String(cString: strerror(number)))\(advice)")
    }

    /// The operating system's refusal to read, from `errno`.
    static func unreadable(_ path: String) -> StagingError {
        let number = errno
        let advice =
            switch number {
            case EACCES, EPERM: "; run as the user who owns it, or change its owner or permissions"
            case ELOOP: "; its symbolic links lead back to themselves: remove them"
            case EIO: "; the disk fails: copy what can be read to another one"
            default: ""
            }
        return StagingError(.io, "\(path): cannot be read: \(String(cString: strerror(number)))\(advice)")
    }

    /// What to do where `hasNoInodes`.
    package static let inodeAdvice =
        "the disk has space but no free inodes: delete files that are not needed (df -i shows where), then run the same "
        + "command again"

    /// Whether the file system of a path, or of its folder, has inodes and none is free.
    package static func hasNoInodes(_ path: String) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0 || statvfs(Files.parent(of: path), &status) == 0 else { return false }
        return status.f_files > 0 && status.f_favail == 0
    }
}
