/// The exit codes of the programs; the raw value is what the process returns.
public enum ExitStatus: Int32, CaseIterable, Sendable {
    /// Everything was done.
    case done = 0
    /// An error ended the command.
    case failed = 1
    /// Wrong usage, a wrong setting, a wrong pipeline file, or another account's data.
    case usage = 2
    /// Done, but something is missing or a check failed.
    case partial = 3
    /// A person must act first: the token, the host, the disk.
    case paused = 4
    /// Another process holds a lock.
    case locked = 5
    /// Nothing can be done now: `--max-wait` or `--for` ended the run; it continues later.
    case later = 6
    /// Stopped by a signal or by `stop`; can be resumed.
    case stopped = 130

    /// For the help text.
    public var summary: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .usage: "wrong usage or configuration"
        case .partial: "done but partly"
        case .paused: "paused by a critical error"
        case .locked: "another process holds the lock"
        case .later: "not now (resumable)"
        case .stopped: "stopped (resumable)"
        }
    }

    /// From best to worst, for a command that worked on several firms: a lock that is held is released some time, a wrong
    /// setting stays wrong.
    public static let bySeverity: [ExitStatus] = [.done, .partial, .later, .stopped, .locked, .paused, .failed, .usage]
}
