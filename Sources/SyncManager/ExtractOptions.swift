public import Extract

/// What is asked of an extract beyond the ordinary.
public struct ExtractOptions: Sendable {
    /// Records since this moment, seconds since 1970, come before the history, where the pipeline wants it.
    public var recentSince: Double?
    /// Whether, and how, what is finished is compared with what Clio has now: changes and missing records are fetched, and
    /// what is gone is deleted.
    public var update: DeletionMode?

    /// The filter, by name, that splits lists into groups which are fetched one after the other: `practice_area`. Lists without
    /// such a filter are fetched whole.
    public var groupBy: String?

    /// Whether records that are gone from Clio, or not shown to this user, are taken out, however many; said for one run only.
    public var acceptsRemovals: Bool

    /// Options from their values.
    public init(
        recentSince: Double? = nil, update: DeletionMode? = nil, groupBy: String? = nil, acceptsRemovals: Bool = false
    ) {
        self.acceptsRemovals = acceptsRemovals
        self.groupBy = groupBy
        self.recentSince = recentSince
        self.update = update
    }
}
