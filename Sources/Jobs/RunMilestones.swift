internal import SQLite

/// When runs of a connection came to a good end. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct RunMilestones: Sendable, Equatable {
    /// When the latest run ended that completed its job; nil: none did.
    public var lastSuccess: String?
    /// When the latest of these runs began that read all ids of Clio: a sweep, `--force`, or the first one.
    public var lastSweep: String?
    /// Since when every value of the database was compared with the files at least once; nil: not known.
    public var allCompared: String?

    /// None.
    public init() {}
}

extension JobStore {
    /// When runs came to a good end. Cheap enough to be asked every second.
    public func milestones() throws(JobError) -> RunMilestones {
        try read { connection in
            var milestones = RunMilestones()
            let row = try connection.rows(
                """
                SELECT max(ended_at), coalesce(max(CASE WHEN kind IN ('sweep', 'force') THEN begun_at END), min(begun_at))
                FROM runs WHERE result = 'COMPLETED'
                """
            ).first
            milestones.lastSuccess = row?[0].string
            milestones.lastSweep = row?[1].string
            milestones.allCompared = try connection.value(
                "SELECT all_compared_at FROM runs WHERE all_compared_at IS NOT NULL ORDER BY id DESC LIMIT 1")?.string
            return milestones
        }
    }
}
