public import Staging

/// How the extract of one entity ended.
public struct ExtractOutcome: Sendable {
    /// The end of it.
    public enum Status: String, Sendable { case complete, partial, stopped, failed }

    /// The phase of the entity.
    public let phase: String
    /// The entity's name.
    public let entity: String
    /// How it ended.
    public internal(set) var status: Status
    /// Whether it was finished before and nothing was asked for.
    public internal(set) var wasFinished = false
    /// Clio's own count, where it gave one.
    public internal(set) var expected: Int?
    /// Records in the layer.
    public internal(set) var records = 0
    /// Those of them that this run fetched.
    public internal(set) var newRecords = 0
    /// Records that a sweep found gone.
    public internal(set) var deleted = 0
    /// Requests sent by this run for it, retries with them.
    public internal(set) var requests = 0
    /// Requests that were tried again.
    public internal(set) var retries = 0
    /// Requests that Clio refused for the rate.
    public internal(set) var throttled = 0
    /// What must reach the summary.
    public internal(set) var notes: [LayerNote] = []
    /// How it was compared with Clio where counts did not do, one line each.
    public internal(set) var remarks: [String] = []
    /// The moment, UTC, that a refresh shows the list at.
    var asOf: String?
    /// Why it failed.
    public internal(set) var failure: ExtractFailure?

    /// Adds the sweep that followed.
    mutating func join(_ sweep: ExtractOutcome) {
        status = sweep.status
        wasFinished = false
        failure = sweep.failure
        deleted = sweep.deleted
        newRecords += sweep.newRecords
        requests += sweep.requests
        retries += sweep.retries
        throttled += sweep.throttled
        remarks += sweep.remarks
        if sweep.status == .complete || sweep.status == .partial {
            expected = sweep.expected
            records = sweep.records
            notes = sweep.notes
        }
    }
}

/// Why an entity could not be extracted.
public struct ExtractFailure: Sendable, Equatable, CustomStringConvertible {
    /// The class, for the caller's decision and the job's statistics: a `ClioError.Kind`, or `storage`.
    public let code: String
    /// Whether everything must halt until a person has looked at it.
    public let isCritical: Bool
    /// One line that says what, where and what to do next.
    public let description: String

    init(_ error: ClioError) {
        code = error.kind.rawValue
        isCritical = error.isCritical
        description = error.description
    }

    init(removals why: String) {
        code = "removals"
        isCritical = true
        description = why
    }

    init(unexpected error: any Error) {
        code = "unexpected"
        isCritical = true
        description = "\(error)"
    }

    init(_ error: StagingError) {
        code = "storage"
        // A full or read-only disk fails every entity.
        isCritical = error.code == .io || error.code == .otherAccount
        description = error.description
    }
}
