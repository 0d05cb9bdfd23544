internal import Staging

/// Why the work on an entity ends early, beside the errors of its parts.
enum Halt: Error {
    case stopped
    /// The ids could not be fetched.
    case ids(ExtractFailure)
    /// More records would be removed than may be without a person's consent.
    case removals(String)
}

extension Error {
    /// Whether it says no more than that a stop was requested.
    var isStop: Bool {
        let error: any Error = self
        switch error {
        case Halt.stopped: return true
        case let error as ClioError: return error.kind == .stopped
        default: return false
        }
    }
}

extension ExtractFailure {
    /// What callers of the stage see of an error; nil: it is a stop.
    init?(ending error: any Error) {
        if error.isStop { return nil }
        switch error {
        case Halt.ids(let failure): self = failure
        case Halt.removals(let why): self.init(removals: why)
        case let error as ClioError: self.init(error)
        case let error as StagingError: self.init(error)
        default: self.init(unexpected: error)
        }
    }
}

extension Result where Success: Sendable, Failure == any Error {
    /// How a piece of work ends, as a value: for the children of a task group, which do not throw.
    init(of work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
