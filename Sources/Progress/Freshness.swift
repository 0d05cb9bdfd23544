package import Jobs
internal import Staging

/// What is expected of a firm's finished data, and what is known of its token.
public struct FreshnessRules: Sendable, Equatable {
    /// Hours after which the data are stale; nil: never.
    public var hours: Double?
    /// Days after which all ids are to be compared again.
    public var sweepDays: Int
    /// When a timer of this machine refreshes the firm; nil: not known.
    public var schedule: RefreshSchedule?
    /// The token that the next command will use; nil: not known here.
    public var token: PresentToken?

    /// Rules from their values.
    public init(
        hours: Double? = nil, sweepDays: Int = 30, schedule: RefreshSchedule? = nil, token: PresentToken? = nil
    ) {
        self.hours = hours
        self.sweepDays = sweepDays
        self.schedule = schedule
        self.token = token
    }
}

/// How old a firm's data are, and what is due. It is computed here and nowhere else: `status`, the page, the metrics and the
/// alarm show it.
public struct Freshness: Sendable, Equatable, Encodable {
    /// Seconds since the moment that the data show Clio at; nil: not every list was fetched to its end.
    public private(set) var ageSeconds: Int?
    /// Whether that is longer ago than `SYNC_FRESHNESS_HOURS`.
    public private(set) var isStale = false
    /// When the next refresh is due, UTC: by the timer, else by `SYNC_FRESHNESS_HOURS`; nil: neither is known.
    public private(set) var refreshDueAt: String?
    /// When the latest run that read all ids began, UTC.
    public private(set) var lastSweepAt: String?
    /// When the next one is due, UTC.
    public private(set) var sweepDueAt: String?
    /// Whether that is over.
    public private(set) var isSweepDue = false
    /// When the latest run ended that completed the job, UTC.
    public private(set) var lastSuccessAt: String?
    /// The earliest moment at which every value of a table was last compared with the files, UTC.
    public private(set) var allComparedAt: String?

    private enum CodingKeys: String, CodingKey {
        case ageSeconds
        case isStale = "stale"
        case refreshDueAt, lastSweepAt, sweepDueAt
        case isSweepDue = "sweepDue"
        case lastSuccessAt, allComparedAt
    }

    /// Nothing is known.
    public init() {}

    /// - Parameters:
    ///   - asOf: the moment that the data show Clio at, UTC; nil: not every list was fetched to its end.
    ///   - now: seconds since 1970.
    package init(asOf: String?, _ milestones: RunMilestones, _ rules: FreshnessRules, now: Double) {
        lastSuccessAt = milestones.lastSuccess
        allComparedAt = milestones.allCompared
        lastSweepAt = milestones.lastSweep
        guard let moment = asOf.flatMap(Moment.seconds) else { return }
        let age = max(0, now - moment)
        ageSeconds = Int(age)
        let limit = rules.hours.map { $0 * 3600 }
        if let limit { isStale = age > limit }
        refreshDueAt = (rules.schedule?.next(after: now) ?? limit.map { moment + $0 }).map(Moment.timestamp)
        guard let sweep = milestones.lastSweep.flatMap(Moment.seconds) else { return }
        let due = sweep + Double(rules.sweepDays) * 86_400
        sweepDueAt = Moment.timestamp(due)
        isSweepDue = now >= due
    }

    /// The age in words: `40 min`, `10 h`, `6 d`.
    public var age: String? { ageSeconds.map(Age.words) }

    /// What a person should do; empty: nothing.
    public var advice: [String] {
        var lines: [String] = []
        if isStale { lines.append("a refresh is overdue: cliosync refresh") }
        if isSweepDue { lines.append("a sweep is due: cliosync refresh --deletions sweep") }
        return lines
    }
}
