extension RateGovernor.Settings {
    /// The requests of a limit that are spent.
    public func budget(of limit: Int) -> Int { max(1, Int(Double(limit) * share)) }
}
