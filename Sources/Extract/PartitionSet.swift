internal import Pipelines
internal import Staging

/// The partitions of an ordered list, and how they lie to each other. Pure.
struct PartitionSet: Sendable {
    private(set) var all: [Partition] = []

    /// The partition of a stream; nil removes it. A new one comes after the others.
    subscript(key: StreamKey) -> Partition? {
        get { all.first { $0.key == key } }
        set {
            guard let place = all.firstIndex(where: { $0.key == key }) else {
                if let newValue { all.append(newValue) }
                return
            }
            if let newValue { all[place] = newValue } else { all.remove(at: place) }
        }
    }

    /// A key of this scope that no partition has.
    func free(_ scope: StreamKey.Scope) -> StreamKey { StreamKey(scope).free { self[$0] != nil } }

    /// The partition that begins next after this one.
    func neighbor(of partition: Partition) -> Partition? {
        let own = beginning(of: partition)
        return all.filter { !$0.isRefetch && ($0.lowerBound ?? -.infinity) > own }.min {
            ($0.lowerBound ?? 0) < ($1.lowerBound ?? 0)
        }
    }

    /// The creation up to which a partition's records are wanted: the lower bound of the next partition that has a page, which
    /// shows that the filter works.
    func upperBound(of partition: Partition) -> Double? {
        guard !partition.isRefetch else { return nil }
        let own = beginning(of: partition)
        return all.filter { $0.pages > 0 && !$0.isRefetch }.compactMap(\.lowerBound).filter { $0 > own }.min()
    }

    /// The partitions that this one continues, itself first.
    func lineage(of partition: Partition) -> [Partition] {
        var lineage = [partition]
        while let before = lineage.last?.predecessor.flatMap({ self[$0] }), lineage.count <= all.count {
            lineage.append(before)
        }
        return lineage
    }

    /// Where the part of the list begins that a partition has to fetch. One that continues another may begin earlier, even at
    /// the list's beginning, and must get beyond it.
    private func beginning(of partition: Partition) -> Double {
        lineage(of: partition).compactMap(\.lowerBound).max() ?? -.infinity
    }

    /// Partitions that ended early and that none continues yet.
    /// - Parameter overlap: seconds before its latest creation at which a partition that continues one begins.
    func interrupted(overlap: Double) -> [Partition] {
        all.indices.filter { all[$0].state == .interrupted && !isContinued($0, overlap: overlap) }.map { all[$0] }
    }

    private func isContinued(_ place: Int, overlap: Double) -> Bool {
        let partition = all[place]
        if all.contains(where: { $0.predecessor == partition.key }) { return true }
        // Another one that begins where this one still was, within what it has to fetch, shows the rest. Manifests of earlier
        // versions say no more of a stream that continues another.
        let own = beginning(of: partition)
        return all[(place + 1)...].contains { other in
            guard other.predecessor == nil, other.isRefetch == partition.isRefetch else { return false }
            guard let bound = other.lowerBound else { return true }
            return bound >= own
                && partition.position.map { bound <= $0 - overlap } ?? (other.seenUpTo != nil)
        }
    }
}

extension PartitionSet {
    /// The partitions as a journal has them.
    /// - Parameter mayFilter: whether the list can be filtered by creation.
    init(_ streams: [StreamKey: RawStream], _ facts: PartitionFacts, mayFilter: Bool) {
        for (key, stream) in streams.sorted(by: { $0.value.place < $1.value.place }) {
            let lowerBound: Double?
            switch key.scope {
            case .list: lowerBound = nil
            case .partition(let from) where mayFilter: lowerBound = from
            default: continue
            }
            var partition = Partition(key: key, lowerBound: lowerBound)
            partition.next = stream.next
            partition.lastID = stream.ids?.upperBound
            partition.total = stream.reportedTotal
            partition.records = stream.records
            partition.pages = stream.pages
            if stream.finished {
                partition.state =
                    !stream.isExhausted && facts.abandoned.contains(key) ? .interrupted : .finished
            }
            partition.isRefetch = facts.refetched.contains(key)
            partition.predecessor = facts.predecessors[key]
            all.append(partition)
        }
        for place in all.indices where all[place].predecessor != nil {
            all[place].seenUpTo = lineage(of: all[place]).dropFirst().compactMap(\.lastID).max()
        }
        if let again = facts.refetched.last, self[again] == nil {
            var partition = Partition(key: again, lowerBound: nil)
            partition.isRefetch = true
            all.append(partition)
        }
    }
}

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
            case .skew(let hours): skewHours = max(skewHours, min(hours, OrderedList.mostSkewHours))
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
