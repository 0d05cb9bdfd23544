public import Jobs

/// How far a connection is: its entities, and the totals over those that the job has.
public struct JobProgress: Sendable, Equatable {
    /// The job; nil: none was begun.
    public let job: SyncJob?
    /// What processes do for it, or did last; the one that wrote last comes first.
    public let activities: [JobActivity]
    /// Whether a process works on it.
    public let isRunning: Bool
    /// What that process waits for, and until when (seconds since 1970); nil: it works.
    public let waiting: Wait?
    /// All entities, in the order of the pipelines.
    public let entities: [EntityProgress]
    /// Phases whose entities are all usable.
    public let usablePhases: Set<String>
    /// Records that Clio counts over the lists of the job; nil while nothing is known.
    public let expected: Int?
    /// Rows of the tables in the database.
    package let tables: [String: Int]
    /// Rows in the database. A row that two lists bring counts once.
    public let rows: Int
    /// Seconds until the job is done; nil while it does not run, and while nothing tells.
    public let secondsLeft: Int?
    /// How old the data are, and what is due.
    public internal(set) var freshness = Freshness()
    /// When the access token expires; nil: not known.
    public internal(set) var token: TokenExpiry?

    /// Something that a process waits for.
    public struct Wait: Sendable, Equatable {
        /// What it is.
        public let reason: JobWait
        /// Seconds since 1970; nil: not known.
        public let until: Double?
    }

    /// The entities of the job's phases.
    public var planned: [EntityProgress] {
        guard let job else { return entities }
        return entities.filter { job.phases.contains($0.phase) }
    }

    /// The moment, UTC, since which no list of the job is older; nil while one of them was not fetched to its end.
    public var asOf: String? { Self.asOf(planned) }

    static func asOf(_ planned: [EntityProgress]) -> String? {
        let moments = planned.compactMap(\.asOf)
        return moments.count == planned.count ? moments.min() : nil
    }

    /// Different records that were fetched.
    public var fetched: Int { planned.reduce(0) { $0 + $1.distinct } }
    /// Records that are flagged and not loaded.
    public var rejected: Int { planned.reduce(0) { $0 + $1.rejected } }
    /// Records that are flagged and loaded.
    public var warned: Int { planned.reduce(0) { $0 + $1.warned } }

    /// Rows in the database that hold records of these entities, by "phase/entity". A row that two lists bring counts once.
    public func rows(of chosen: Set<String>) -> Int {
        Self.rows(entities.filter { chosen.contains("\($0.phase)/\($0.entity)") }, tables)
    }

    static func rows(_ entities: [EntityProgress], _ tables: [String: Int]) -> Int {
        var names: Set<String> = []
        var rows = 0
        for entity in entities {
            if let table = entity.table, tables[table] != nil {
                names.insert(table)
            } else {
                rows += entity.loaded
            }
        }
        return names.reduce(rows) { $0 + (tables[$1] ?? 0) }
    }

    /// Share that is fetched, 0 to 100: each list counts with its own records.
    public var fetchedPercent: Double? {
        percent(isDone: job?.status == .completed || planned.allSatisfy(\.isFetched), \.fetchedPercent)
    }

    /// Share that is in the database or rejected, 0 to 100.
    public var loadedPercent: Double? {
        percent(isDone: job?.status == .completed, \.loadedPercent)
    }

    private func percent(isDone: Bool, _ share: (EntityProgress) -> Double?) -> Double? {
        if isDone, !planned.isEmpty { return 100 }
        guard let expected else { return nil }
        var done = 0.0
        for entity in planned { done += Double(entity.expected ?? 0) * (share(entity) ?? 0) / 100 }
        guard expected > 0 else { return 0 }
        // What is not done is not 100 %.
        return min(99.9, done / Double(expected) * 100)
    }
}
