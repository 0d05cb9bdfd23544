public import Bytes

/// Why Clio gave no usable answer: one line without a record's values and without a token.
public struct ClioError: CommandFailure, Equatable {
    /// What the caller should do about it.
    public enum Kind: String, Sendable {
        /// It passes by itself; all retries are used up.
        case transient
        /// No answer at all, again and again.
        case unreachable
        /// Clio refuses for the rate, again and again.
        case rateLimited
        /// An answer that is no whole page, again and again.
        case badPage
        /// The token is not accepted and cannot be renewed.
        case unauthorized
        /// This Clio user or this application may not read it.
        case forbidden
        /// A proxy, gateway or CDN on the way refuses the request.
        case blocked
        /// 400: a field or a parameter that Clio does not know.
        case refused
        /// 422: beyond the last row that this list returns.
        case offsetLimit = "wall"
        /// 404 or 410.
        case missing
        /// A `next` or a redirect that leads away from the configured host.
        case foreignAddress
        /// The server's certificate is not accepted, the URL is not usable.
        case unusableServer
        /// A token of another account than the one that the run works for.
        case otherAccount
        /// A stop was requested.
        case stopped
    }

    /// What the caller should do about it.
    public let kind: Kind
    /// The HTTP status, where there was an answer.
    public let status: Int?
    /// What happened, where, and what to do next.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { isCritical ? .paused : kind == .stopped ? .stopped : .failed }

    init(_ kind: Kind, status: Int? = nil, _ description: String) {
        self.kind = kind
        self.status = status
        self.description = description
    }

    /// Whether everything must halt until a person has looked at it.
    public var isCritical: Bool {
        switch kind {
        case .unauthorized, .foreignAddress, .unusableServer, .otherAccount: true
        // A proxy that wants a password refuses everything; a block page may be the answer for one list only.
        case .blocked: status == 407
        default: false
        }
    }
}
