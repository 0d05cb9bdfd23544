public import Staging

/// Why a transform could not go on; bad data never is a reason.
public struct TransformError: Error, CustomStringConvertible {
    /// What the caller can do about it.
    public enum Code: Sendable, Equatable {
        /// There is no raw layer to read.
        case nothingExtracted
        /// A pattern or bound of the pipeline cannot be used.
        case configuration
        /// A staged file could not be read or written.
        case staging(StagingError.Code)
        /// Somebody asked for a stop; what is done is kept.
        case stopped
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One line that says what, where and what to do.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    init(_ error: StagingError) {
        code = .staging(error.code)
        description = error.description
    }
}
