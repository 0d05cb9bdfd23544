/// One sync of a connection: a row of `sync_jobs`. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct SyncJob: Sendable, Equatable {
    /// A lower-case UUID.
    public let id: String
    /// The connection's name.
    public let connection: String
    /// The state; `JobStore` refuses a change that `JobStatus.successors` does not allow.
    public var status: JobStatus
    /// When the first run began.
    public var startedAt: String?
    /// When the last run ended; nil while it has not.
    public var completedAt: String?
    /// Records that are expected over all phases.
    public var estimatedItems: Int?
    /// Records in the database so far: the sum over the entities.
    public internal(set) var syncedItems: Int
    /// When the job was created.
    public let createdAt: String
    /// When the row was last written.
    public internal(set) var updatedAt: String
    /// The phases asked for, in order.
    public var phases: [String]
    /// The strategy and the plan as JSON text.
    public var strategy: String?
    /// The estimate as JSON text, with the expected completion time.
    public var estimate: String?
    /// Why it failed or paused: one line without record values.
    public var error: String?
    /// The process that works on it, or worked on it last.
    public var processID: Int?
    /// The machine of that process.
    public var host: String?
}

extension SyncJob {
    /// A job of another machine, as its state tells of it.
    package init(
        stored id: String, connection: String, status: JobStatus, startedAt: String?, completedAt: String?,
        phases: [String]
    ) {
        self.init(
            id: id, connection: connection, status: status, startedAt: startedAt, completedAt: completedAt,
            estimatedItems: nil, syncedItems: 0, createdAt: startedAt ?? "", updatedAt: completedAt ?? "",
            phases: phases)
    }
}

/// One entity of a job: a row of `sync_entities`. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct SyncEntity: Sendable, Equatable {
    /// A lower-case UUID.
    public let id: String
    /// The job it belongs to.
    public let jobID: String
    /// The phase.
    public let phase: String
    /// The entity's name, for example `matters`.
    public let type: String
    /// Records that Clio reports.
    public var totalItems: Int?
    /// Records that have reached the database; the job's progress counts these.
    public var syncedItems: Int
    /// Records in the raw layer.
    public var extracted: Int
    /// Records in the clean layer.
    public var accepted: Int
    /// Records that are flagged and not loaded.
    public var rejected: Int
    /// Records that are flagged and loaded.
    public var warned: Int
    /// Accepted records whose id came before.
    public var duplicates: Int
    /// Rows loaded.
    public var loaded: Int
    /// The state.
    public var status: JobStatus
    /// When its first stage began.
    public var startedAt: String?
    /// When it ended; nil while it has not.
    public var completedAt: String?
    /// When the row was created.
    public let createdAt: String
    /// When the row was last written.
    public internal(set) var updatedAt: String
    /// What a person should know: one line without record values.
    public var message: String?
}
