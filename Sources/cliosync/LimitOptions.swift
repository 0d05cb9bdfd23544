public import ArgumentParser
public import SyncManager

/// How many rejects a run puts up with.
struct LimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "More rejected records of an entity than this, a number or a share such as 0.5%, end the phase as PARTIALLY_COMPLETED with exit code 3.",
            valueName: "limit"))
    var maxRejected: RejectionLimit?

    func limits(_ space: SpaceOptions) -> RunLimits {
        var limits = space.limits
        limits.maxRejected = maxRejected
        return limits
    }
}

/// Whether a stage looks at the free disk space before it begins.
struct SpaceOptions: ParsableArguments {
    @Flag(help: "Begin even if the disk seems to have too little room.")
    var ignoreDiskSpace = false

    var limits: RunLimits {
        var limits = RunLimits()
        limits.checksDiskSpace = !ignoreDiskSpace
        return limits
    }
}

extension RejectionLimit: ExpressibleByArgument {
    /// Reads the option.
    public init?(argument: String) { self.init(argument) }
}
