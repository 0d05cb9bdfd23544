/// What a job was asked for beyond the ordinary; it goes on so, whoever resumes it.
public struct JobOptions: Sendable, Equatable {
    /// Records since this moment, seconds since 1970, come before the history.
    public var recentSince: Double?
    /// The filter, by name, that cuts lists into groups.
    public var groupBy: String?

    /// Options from their values.
    public init(recentSince: Double? = nil, groupBy: String? = nil) {
        self.recentSince = recentSince
        self.groupBy = groupBy
    }
}
