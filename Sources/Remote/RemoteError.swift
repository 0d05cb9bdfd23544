public import Bytes

/// Why staged files could not be sent to an object store or be received from it.
public struct RemoteError: CommandFailure, Equatable {
    /// What kind of trouble it is.
    public enum Code: Sendable, Equatable {
        /// The store cannot be reached, or gave no usable answer however often it was asked.
        case unavailable
        /// The keys, the bucket or the region are wrong.
        case refused
        /// Another machine has changed what this one is about to replace.
        case conflict
        /// The files of this machine are newer than those of the store.
        case unsaved
        /// What the store holds is not what was stored.
        case damaged
        /// Written by a later version.
        case format
        /// A stop was requested.
        case stopped
        /// Another machine has the lease.
        case leased
        /// This machine had the lease, and another one has it now.
        case lost
    }

    /// What kind of trouble it is.
    public let code: Code
    /// One line: the cause, and after it the remedy.
    public let description: String
    /// When the lease of another machine ends unless it is renewed, seconds since 1970; nil: of other errors.
    public let resumeAt: Double?

    /// What the process exits with.
    public var exitStatus: ExitStatus {
        switch code {
        case .unavailable, .damaged, .format: .failed
        case .refused: .paused
        case .conflict, .unsaved, .lost: .locked
        case .stopped: .stopped
        case .leased: .later
        }
    }

    init(_ code: Code, _ description: String, resumeAt: Double? = nil) {
        self.code = code
        self.description = description
        self.resumeAt = resumeAt
    }

    static let stopped = RemoteError(.stopped, "stopped; the same command continues")
}
