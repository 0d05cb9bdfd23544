/// An error that can end a command. Every error type that reaches a command conforms, so that the text on stderr and the
/// exit code are the same wherever it is caught.
public protocol CommandFailure: Error, CustomStringConvertible {
    /// One line (or one per problem): the cause, and after it the remedy. No record value, no token.
    var description: String { get }
    /// What the process exits with.
    var exitStatus: ExitStatus { get }
}
