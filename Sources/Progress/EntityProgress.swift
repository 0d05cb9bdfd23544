public import Jobs
public import Staging

/// How far one entity of a connection is. Terminal, `status`, page and metrics display these values and compute none.
public struct EntityProgress: Sendable, Equatable {
    /// The phase.
    public let phase: String
    /// The entity's name, for example `matters`.
    public let entity: String
    /// The entity's title, for people.
    public let title: String
    /// The state: that of the job record, unless staged files or a running process tell of later work.
    public internal(set) var status = JobStatus.pending
    /// Records that Clio counts; nil while that is not known.
    public internal(set) var expected: Int?
    /// Records in the raw files. A record that was fetched twice counts twice.
    public internal(set) var fetched = 0
    /// Different records among those, as far as is known without reading them: never more than Clio counts.
    public internal(set) var distinct = 0
    /// Accepted records whose id came before.
    public internal(set) var duplicates = 0
    /// Records in the clean files.
    public internal(set) var accepted = 0
    /// Records that are flagged and not loaded.
    public internal(set) var rejected = 0
    /// Records that are flagged and loaded.
    public internal(set) var warned = 0
    /// Flagged records that were decided in review.
    public internal(set) var review = ReviewCounts()
    /// Records that were found deleted in Clio.
    public internal(set) var deleted = 0
    /// The table that it fills, where the database has it.
    var table: String?
    /// Rows in the database.
    public internal(set) var loaded = 0
    /// Whether the list was fetched to its end.
    public internal(set) var isFetched = false
    /// Whether the database has all of it, be it of an earlier run.
    public internal(set) var isUsable = false
    /// The stage at work; nil: none.
    public internal(set) var work: Work?
    /// Seconds left of the stage at work.
    public internal(set) var secondsLeft: Int?
    /// What people should know.
    public internal(set) var notes: [String] = []
    /// The moment, UTC, that the fetched records show the list at; nil: the list was not fetched to its end.
    public internal(set) var asOf: String?
    /// When it was completed, UTC.
    public internal(set) var completedAt: String?

    /// What the estimate planned for it; nil: there is none.
    public internal(set) var plan: Plan?
    /// Seconds from the beginning of the latest run until the list was fetched; nil: that run did not fetch it to its end.
    public internal(set) var fetchedAfter: Double?

    /// What an estimate says of a list.
    public struct Plan: Sendable, Equatable {
        /// Clio's count; nil: Clio did not tell.
        public let records: Int?
        /// Requests that were to be made.
        public let requests: Int
        /// Seconds from the beginning of the run until the list is fetched.
        public let seconds: Double
    }

    /// A stage at work.
    public struct Work: Sendable, Equatable {
        /// `extract`, `transform`, `load` or `verify`.
        public let stage: String
        /// Records done.
        public let done: Int
        /// Records to do, where that is known.
        public let total: Int?
    }

    init(phase: String, entity: String, title: String) {
        self.phase = phase
        self.entity = entity
        self.title = title
    }

    /// Share that is fetched, 0 to 100; nil while it is not known how much there is.
    public var fetchedPercent: Double? { isFetched ? 100 : Self.percent(distinct, of: expected) }

    /// Share that is in the database or rejected, 0 to 100.
    public var loadedPercent: Double? {
        status == .completed ? 100 : Self.percent(loaded + rejected, of: expected)
    }

    static func percent(_ done: Int, of total: Int?) -> Double? {
        guard let total, total > 0 else { return total == 0 ? 100 : nil }
        return min(100, Double(done) / Double(total) * 100)
    }
}
