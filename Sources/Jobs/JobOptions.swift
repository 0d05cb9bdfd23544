/// What a job was asked for beyond the ordinary, for those who resume it.
public struct JobOptions: Sendable, Equatable {
    /// Records since this moment, seconds since 1970, come before the history.
    public var recentSince: Double?
    /// The filter, by name, that cuts lists into groups.
    public var groupBy: String?
    /// Rejected records of an entity beyond which its phase counts as partly done, as it was written.
    public var maxRejected: String?
    /// How its last run was to find deletions while it refreshed finished lists; empty: it came to its end, or was not
    /// asked to; nil: not said.
    public var deletions: String?

    /// Options from their values.
    public init(
        recentSince: Double? = nil, groupBy: String? = nil, maxRejected: String? = nil, deletions: String? = nil
    ) {
        self.recentSince = recentSince
        self.groupBy = groupBy
        self.maxRejected = maxRejected
        self.deletions = deletions
    }
}
