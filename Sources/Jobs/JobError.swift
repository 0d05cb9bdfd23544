public import Bytes
internal import SQLite

/// Why the job record could not be read or written.
public struct JobError: CommandFailure {
    /// What a caller can tell apart.
    public enum Code: String, Sendable {
        /// No such job, entity or file.
        case notFound
        /// An abbreviated id fits several jobs.
        case ambiguous
        /// The state may not follow the present one.
        case transition
        /// The file is not a job record, or one of a newer version.
        case format
        /// Another process holds the file's lock.
        case busy
        /// A stop ended the wait for another process's lock.
        case stopped
        /// SQLite failed otherwise.
        case database
    }

    /// What a caller can tell apart.
    public let code: Code
    /// One line: what, where, and what to do next.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .busy: .locked
        case .stopped: .stopped
        case .notFound, .ambiguous, .transition, .format, .database: .failed
        }
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(_ error: SQLiteError, path: String) {
        switch error.kind {
        case .busy:
            code = .busy
            description =
                "\(path): another process has held the job record for too long; close that program, then run the same command again"
        case .interrupted:
            code = .stopped
            description = "\(path): stopped while another process held the job record; run the same command again"
        case .notADatabase, .corrupt:
            code = .format
            description =
                "\(path): damaged, or no SQLite file (\(error.message)); move it away and run again: a new one is made"
        case .cannotOpen, .readOnly:
            code = .database
            description =
                "\(path): cannot be opened for writing (\(error.message)); check the folder and its permissions"
        case .full:
            code = .database
            description = "\(path): the disk is full; free some space and run again"
        default:
            code = .database
            description = "\(path): \(error.description)"
        }
    }
}
