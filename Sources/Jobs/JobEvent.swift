/// Something that happened in a job: a row of `events`.
public struct JobEvent: Sendable, Equatable {
    /// Grows with every event of the connection.
    public let id: Int64
    /// UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    public let time: String
    /// The job.
    public let jobID: String
    /// How bad it is.
    public let level: Level
    /// Who should act: `transient`, `data`, `critical`, `api`, `database`, `progress`, …
    public let category: String
    /// A stable word for the cause, for example `rate_limited` or `entity_forbidden`.
    public let code: String
    /// One line for people, without record values.
    public let message: String

    /// How bad an event is.
    public enum Level: String, Sendable, CaseIterable {
        case info, warning, error
    }
}

/// How often one kind of error or warning happened in a job.
public struct JobErrorCount: Encodable, Sendable, Equatable {
    /// Who should act.
    public let category: String
    /// The stable word for the cause.
    public let code: String
    /// How often.
    public let count: Int
    /// The latest message.
    public let lastMessage: String

    private enum CodingKeys: String, CodingKey {
        case category = "class"
        case code, count, lastMessage
    }

    /// A group from its values.
    package init(category: String, code: String, count: Int, lastMessage: String) {
        self.category = category
        self.code = code
        self.count = count
        self.lastMessage = lastMessage
    }
}

/// What another process asks of the process that runs a job: a row of `requests`.
public struct JobRequest: Sendable, Equatable {
    /// Grows with every request.
    public let id: Int64
    /// The job.
    public let jobID: String
    /// What is asked for.
    public let kind: Kind
    /// UTC, `YYYY-MM-DDTHH:MM:SSZ`.
    public let createdAt: String

    /// What can be asked for.
    public enum Kind: Sendable, Equatable {
        /// Stop after the page in flight; the job becomes PAUSED.
        case stop
        /// Pull this entity forward.
        case prioritize(entity: String)
        /// Pull one group of this entity forward.
        case prioritizeGroup(entity: String, group: String)
    }
}
