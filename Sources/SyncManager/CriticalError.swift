public import Bytes

/// An error that only a person can repair: the job pauses, and the exit code is 4.
public struct CriticalError: CommandFailure {
    /// One line that says what happened and what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .paused }

    init(description: String) { self.description = description }
}
