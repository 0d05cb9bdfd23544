internal import Jobs

/// The records that transform, load and verify processed in a run, and the time: how fast this machine is with them.
struct LocalWork: Sendable, Equatable {
    /// Records of whole phases.
    var records = 0
    /// Entities of these phases.
    var entities = 0
    /// Seconds that it took.
    var seconds = 0.0

    /// Seconds that an entity takes, however few records it has.
    static let secondsPerEntity = 0.06
    /// Fewer records say nothing about the rate.
    private static let fewest = 5_000

    /// Records in a second, without what each entity takes besides; nil: too little was done to tell.
    var recordsPerSecond: Double? {
        guard records >= Self.fewest, seconds > 0 else { return nil }
        // However much of it the entities' share was, the records took the most.
        return Double(records) / max(seconds / 2, seconds - Double(entities) * Self.secondsPerEntity)
    }

    /// The rate of the last run that measured one: of this connection, else of another one in the same staging folder.
    static func measured(_ manager: SyncManager) -> Double? {
        let jobs = JobFinder(staging: manager.configuration.staging).jobs
        let own = jobs.filter { $0.connection == manager.configuration.connection }
        for job in own + jobs {
            if let rate = rate(job.estimate) { return rate }
        }
        return nil
    }

    /// Reads it off a stored estimate.
    static func rate(_ json: String?) -> Double? {
        guard let json, json.contains("\"local_records_per_second\"") else { return nil }
        let stored = StoredEstimate(json)
        // Of the run that the estimate was for, else of the one before.
        let rate = stored?.actual?.localRecordsPerSecond ?? stored?.localRecordsPerSecond
        // A stored number that cannot be is none.
        return rate.flatMap { (100...10_000_000).contains($0) ? $0 : nil }
    }
}
