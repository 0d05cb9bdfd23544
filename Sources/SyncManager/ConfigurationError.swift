/// A setting, an option or a pipeline file that cannot be used: exit code 2.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    /// One line (or one line per problem) that says what, where and what to do.
    public let description: String

    /// An error with its text.
    public init(_ description: String) { self.description = description }
}
