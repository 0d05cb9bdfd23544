/// An error that only a person can repair: the job pauses, and the exit code is 4.
public struct CriticalError: Error, CustomStringConvertible {
    /// One line that says what happened and what to do.
    public let description: String

    init(description: String) { self.description = description }
}
