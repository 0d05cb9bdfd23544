internal import Staging

/// What the events of a journal say about partitions.
struct PartitionFacts {
    private(set) var isFilterIgnored = false
    private(set) var skewHours = 0
    /// Streams that ended early and that another one may continue.
    private(set) var abandoned: Set<StreamKey> = []
    private(set) var limited: Set<StreamKey> = []
    private(set) var refetched: [StreamKey] = []
    private(set) var predecessors: [StreamKey: StreamKey] = [:]

    init(_ events: [ListEvent]) {
        var final: Set<StreamKey> = []
        for event in events {
            switch event {
            case .partitionFilterIgnored: isFilterIgnored = true
            case .skew(let hours): skewHours = max(skewHours, min(hours, Skew.mostHours))
            case .cursorLost(let key): abandoned.insert(key)
            case .limitReached(let key, let passage, _):
                limited.insert(key)
                if passage == nil { final.insert(key) } else { abandoned.insert(key) }
            case .refetched(let key, _, _): refetched.append(key)
            case .continued(let key, let other): predecessors[key] = other
            default: break
            }
        }
        abandoned.subtract(final)
    }
}
