/// What an alarm is about.
package enum AlarmKind: String, Encodable, Sendable, CaseIterable {
    /// The job waits until a person fixes the cause.
    case critical
    /// Stopped by a person, or by `SYNC_JOB_MAX_RUNTIME_HOURS`.
    case paused
    /// Running, without progress for `SYNC_STALL_MINUTES`.
    case stalled
    /// Done.
    case completed
    /// Done, but data is missing or a check failed.
    case partiallyCompleted = "partially_completed"
    /// Ended by an error.
    case failed
    /// Finished, and the data are older than `SYNC_FRESHNESS_HOURS`.
    case stale
    /// The access token is not renewed and expires within 7 days, or has expired.
    case expiring
}
