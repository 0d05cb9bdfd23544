public import Bytes
package import SQLite
package import Staging

/// Why a load or a verification failed; nothing is left half loaded.
public struct LoadError: CommandFailure {
    /// What a caller can tell apart.
    public enum Code: String, Sendable {
        /// Another process holds the database or a staged layer.
        case locked
        /// The database belongs to another program, to another connection, or to a newer version.
        case foreign
        /// The database and the staged files are of two Clio accounts.
        case otherAccount
        /// The database is damaged or no SQLite file.
        case corrupt
        /// The database or its folder may not be written.
        case readOnly
        /// The disk is full.
        case full
        /// A staged line is not what the pipeline file says.
        case line
        /// A staged file is missing, damaged, or of an unknown format.
        case staging
        /// A view or a search of a pipeline file cannot be made.
        case pipeline
        /// A stop was requested; nothing is left half done.
        case stopped
        /// The database failed otherwise.
        case database
    }

    /// What a caller can tell apart.
    public let code: Code
    /// One line: what, where, and what to do next; no record values.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .locked: .locked
        case .pipeline, .otherAccount: .usage
        case .stopped: .stopped
        case .foreign, .corrupt, .readOnly, .full, .line, .staging, .database: .failed
        }
    }

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    package init(_ error: StagingError) {
        code =
            switch error.code {
            case .locked: .locked
            case .otherAccount: .otherAccount
            default: .staging
            }
        description = error.description
    }

    package init(_ error: SQLiteError, database: String) {
        switch error.kind {
        case .busy:
            code = .locked
            description = "\(database): another process writes to it; close that program and load again"
        case .corrupt, .notADatabase:
            code = .corrupt
            description =
                "\(database): damaged, or no SQLite database (\(error.message)); move it away and load again: "
                + "everything is rebuilt from the staged files"
        case .readOnly, .cannotOpen:
            code = .readOnly
            description =
                "\(database): cannot be opened for writing (\(error.message)); check the file, its folder and "
                + "their permissions"
        case .full:
            code = .full
            description = "\(database): the disk is full; free some space and load again"
        case .interrupted:
            code = .stopped
            description = "\(database): stopped; run the same command again"
        default:
            code = .database
            description = "\(database): \(error.description)"
        }
    }

    /// Any error that came out of a run on this database.
    package init(_ error: any Error, database: String) {
        switch error {
        case let error as LoadError: self = error
        case let error as StagingError: self.init(error)
        case let error as SQLiteError: self.init(error, database: database)
        default: self.init(.database, "\(database): \(error)")
        }
    }
}
