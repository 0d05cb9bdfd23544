/// What is asked of an extract beyond the ordinary.
public struct ExtractOptions: Sendable {
    /// Records since this moment, seconds since 1970, come before the history, where the pipeline wants it.
    public var recentSince: Double?
    /// Whether what is finished is compared with what Clio has now: changes and missing records are fetched, and what is
    /// gone is taken out.
    public var sweep: Bool

    /// Options from their values.
    public init(recentSince: Double? = nil, sweep: Bool = false) {
        self.recentSince = recentSince
        self.sweep = sweep
    }
}
