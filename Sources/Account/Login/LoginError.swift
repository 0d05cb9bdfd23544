public import Bytes

/// Why a login, a look at the login, or a logout did not work.
public struct LoginError: CommandFailure, Equatable {
    /// What a caller can tell apart.
    public enum Code: String, Sendable {
        /// The person at the browser said no.
        case denied
        /// The answer does not belong to this login: another person's, or an old window's.
        case state
        /// There was no answer in time.
        case timeout
        /// The port is taken, or may not be listened on.
        case port
        /// What came back is no answer of an authorization server.
        case answer
        /// Clio refuses the application, the code or the token.
        case refused
        /// Clio cannot be reached.
        case unreachable
        /// There is no token.
        case noToken
    }

    /// What a caller can tell apart.
    public let code: Code
    /// One line: what happened and what to do; no token, no code, no secret.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .refused, .noToken: .paused
        case .port: .usage
        case .denied, .state, .timeout, .answer, .unreachable: .failed
        }
    }

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
