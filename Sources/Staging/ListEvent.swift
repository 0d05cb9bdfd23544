/// A fact about a list that its journal keeps: what a resumed extract must know, and what must reach the summary.
///
/// Programs decide by the case. The sentence for people is made of it in `note`.
public enum ListEvent: Hashable, Sendable {
    /// Fields were masked, with a key of this name.
    case masked(fields: [String], key: String)
    /// Records since this moment are fetched before the others.
    case recentFirst(since: Double)
    /// The list is fetched group by group.
    case grouped(by: String)
    /// The list is fetched without the groups that were asked for.
    case groupsAbandoned(GroupProblem)
    /// A time window is cut at these moments.
    case boundaries([Double])
    /// A record was created up to so many hours before one with a lower id.
    case skew(hours: Int)
    /// A stream continues where another one ended early.
    case continued(StreamKey, from: StreamKey)
    /// The list is fetched once more in one stream, since Clio counts more than what came.
    case refetched(StreamKey, expected: Int?, received: Int)
    /// Clio no longer takes the cursor of a stream.
    case cursorLost(StreamKey)
    /// Clio shows no more of a stream; nil: what follows is missing.
    case limitReached(StreamKey, passedBy: LimitPassage?, shown: Int?)
    /// The filter by creation has no effect.
    case partitionFilterIgnored(parameter: String)
    /// The bounds of time windows have no effect.
    case windowFilterIgnored(parameter: String)
    /// The filter by changes has no effect, or is refused.
    case changesFilterIgnored(parameter: String, refusal: String?)
    /// Records that were asked for by their ids: so many could not be fetched, or not be looked up.
    case idsFilterIgnored(records: Int, isLookup: Bool)
    /// Records do not show what was asked for.
    case unexpectedRecords(Int, asked: String)
    /// Clio refused a field.
    case fieldRefused(String)
    /// Clio serves fewer records a page than were asked for.
    case batchSizeCut(wanted: Int, served: Int)
    /// Clio counts records where it shows none.
    case countsVoid(counted: Int)
    /// Clio gave no count.
    case countUnknown
    /// Clio's count is not what came.
    case countDiffers(expected: Int, received: Int, isShort: Bool)
    /// Records that were on no page were fetched by their ids.
    case repaired(records: Int)
    /// The list changed whenever it was read.
    case unstable
    /// The ids could not be read to their end.
    case sweepIncomplete
    /// Records are kept that this user is not shown.
    case otherUser(records: Int, user: String?)
    /// Clio refused the list, in its own words.
    case forbidden(String)
    /// A note of an earlier version that has no case here.
    case earlier(LayerNote)

    /// Why a list is not fetched group by group.
    public enum GroupProblem: Hashable, Sendable {
        /// The look-up has no groups.
        case empty(lookup: String)
        /// The filter has no effect.
        case ignored(filter: String)
        /// Clio does not take the filter.
        case refused(filter: String)
    }

    /// What leads past the end of what Clio shows.
    public enum LimitPassage: String, Sendable { case windows, creations }
}

extension ListEvent {
    /// The stream that it is about; nil: the whole list.
    public var stream: StreamKey? {
        switch self {
        case .continued(let key, _), .refetched(let key, _, _), .cursorLost(let key), .limitReached(let key, _, _): key
        case .earlier(let note): note.stream.map { StreamKey(name: $0) }
        default: nil
        }
    }

    /// Whether Clio left a filter out of account.
    public var isIgnoredFilter: Bool {
        switch self {
        case .partitionFilterIgnored, .windowFilterIgnored, .changesFilterIgnored, .idsFilterIgnored,
            .unexpectedRecords:
            true
        default: false
        }
    }

    /// Whether records are missing, since Clio shows no more.
    public var isFinalLimit: Bool { if case .limitReached(_, passedBy: nil, _) = self { true } else { false } }
}
