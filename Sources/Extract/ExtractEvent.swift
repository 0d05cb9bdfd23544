public import Staging

/// What happens during an extract, for progress and metrics. Never a record's value, never a token.
public enum ExtractEvent: Sendable {
    case requestStarted(entity: String, stream: String)
    /// An answer came, or none: `status` is nil then.
    case requestFinished(entity: String, stream: String, status: Int?, seconds: Double, bytes: Int)
    /// A page is durable. `records` counts the entity's by now, `total` is Clio's count where it is known.
    case pageCommitted(entity: String, stream: String, pageRecords: Int, records: Int, total: Int?)
    /// Nothing is sent before this moment, seconds since 1970.
    case waiting(entity: String, until: Double, reason: WaitReason)
    case retry(entity: String, stream: String, attempt: Int, delay: Double, reason: String)
    /// Clio's limit per minute, and what we use of it.
    case limitChanged(limit: Int, budget: Int)
    /// The recent records that were to come first are all in sealed parts; the history follows.
    case recentComplete(entity: String)
    /// All of a group, by its key in the `GroupDirectory`, is in sealed parts; so many of all groups are by now.
    case groupComplete(entity: String, group: String, complete: Int, of: Int)
    case note(entity: String, LayerNote)
    case entityFinished(ExtractOutcome)
}
