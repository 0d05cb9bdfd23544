/// What is wrong with a gzip file.
public struct GzipError: Error, CustomStringConvertible, Equatable {
    /// The kind of trouble.
    public enum Code: Sendable, Equatable {
        /// The file could not be opened, read or written.
        case io
        /// The bytes are no gzip, or their checksum does not fit.
        case corrupt
        /// The file ends in the middle of a member.
        case truncated
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One line that says what and where.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
