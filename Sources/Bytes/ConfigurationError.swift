/// A setting, an option or a pipeline file that cannot be used: exit code 2.
public struct ConfigurationError: CommandFailure, Equatable {
    /// One line (or one line per problem) that says what, where and what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .usage }

    /// An error with its text.
    public init(_ description: String) { self.description = description }
}
