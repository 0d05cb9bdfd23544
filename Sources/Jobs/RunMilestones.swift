internal import SQLite

/// When runs of a connection came to a good end. Times are UTC, `YYYY-MM-DDTHH:MM:SSZ`.
public struct RunMilestones: Sendable, Equatable {
    /// When the latest run ended that completed its job; nil: none did.
    public var lastSuccess: String?
    /// When the latest of these runs began that read all ids of Clio: a sweep, `--force`, or the first one.
    public var lastSweep: String?

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
            return milestones
        }
    }
}
