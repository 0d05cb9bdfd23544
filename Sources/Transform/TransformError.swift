public import Bytes
public import Staging

/// Why a transform stopped; bad data is never a reason.
public struct TransformError: CommandFailure {
    /// What the caller can do about it.
    public enum Code: Sendable, Equatable {
        /// There is no raw layer to read.
        case nothingExtracted
        /// A pattern or bound of the pipeline cannot be used.
        case configuration
        /// A staged file could not be read or written.
        case staging(StagingError.Code)
        /// A stop was requested; finished work is kept.
        case stopped
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One line that says what, where and what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .configuration, .nothingExtracted: .usage
        case .stopped: .stopped
        case .staging(let code): StagingError(code, description).exitStatus
        }
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(_ error: StagingError) {
        code = .staging(error.code)
        description = error.description
    }
}
