internal import Bytes
internal import Jobs
internal import Remote
internal import Staging
internal import Tables
internal import Transform

extension Error {
    /// Whether a stop ended the wait for another process.
    var isStop: Bool {
        switch self {
        case let error as JobError: error.code == .stopped
        case let error as RemoteError: error.code == .stopped
        case let error as LoadError: error.code == .stopped
        default: false
        }
    }

    /// Whether another process was in the way.
    var isLock: Bool {
        switch self {
        case let error as StagingError: error.code == .locked
        case let error as TransformError: error.code == .staging(.locked)
        case let error as LoadError: error.code == .locked
        case let error as RemoteError: error.exitStatus == .locked
        default: false
        }
    }
}
