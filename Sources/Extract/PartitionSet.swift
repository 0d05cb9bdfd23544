internal import Pipelines
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

    /// How many partitions in a row, each continuing the one before and this one last, came no farther than those before.
    func stuck(_ partition: Partition) -> Int {
        var farthest = Int64.min
        var stuck = 0
        for before in lineage(of: partition).reversed() {
            let last = before.lastID ?? .min
            stuck = last > farthest ? 0 : stuck + 1
            farthest = max(farthest, last)
        }
        return stuck
    }

    /// The moment at which the partition with most records left is split: the middle of its time.
    /// - Parameters:
    ///   - now: seconds since 1970, where the last partition ends.
    ///   - reach: seconds that the earlier half must fetch of the later one before it may end.
    ///   - least: records that each half must have.
    /// - Returns: nil: no partition is long enough.
    func splitMoment(now: Double, reach: Double, least: Int) -> Double? {
        let candidates = all.compactMap { partition -> (position: Double, left: Int, upper: Double)? in
            guard partition.isOpen, partition.pages > 0, let position = partition.position,
                let total = partition.total
            else { return nil }
            let neighbor = neighbor(of: partition)
            // One without a page yet has just been split off from this partition.
            if let neighbor, neighbor.total == nil { return nil }
            return (position, total - partition.records - (neighbor?.total ?? 0), neighbor?.lowerBound ?? now)
        }
        guard let longest = candidates.max(by: { $0.left < $1.left }) else { return nil }
        let length = longest.upper - longest.position
        let overlap = Double(longest.left) * reach / max(length, 1)
        guard Double(longest.left) / 2 >= max(Double(least), 10 * overlap) else { return nil }
        let middle = (longest.position + length / 2).rounded()
        guard middle > longest.position + 1, middle < longest.upper - 1,
            self[StreamKey(.partition(from: middle))] == nil
        else { return nil }
        return middle
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

    /// A partition that continues one which ended early.
    /// - Parameter bound: the creations of its latest page, so that some records are shown again; nil: they are unknown, or
    ///   no filter leads there, and the new partition begins at the list's beginning.
    func successor(of partition: Partition, since bound: Double?) -> Partition {
        // Below its predecessor's own bound is what other partitions fetch, which it would limit.
        let lower = bound.map { max($0, partition.lowerBound ?? $0) }
        var next = Partition(key: free(lower.map { .partition(from: $0) } ?? .list), lowerBound: lower)
        next.isRefetch = partition.isRefetch
        next.predecessor = partition.key
        next.seenUpTo = [partition.lastID, partition.seenUpTo].compactMap(\.self).max()
        return next
    }

    private func isContinued(_ place: Int, overlap: Double) -> Bool {
        let partition = all[place]
        if all.contains(where: { $0.predecessor == partition.key }) { return true }
        // Another one that begins where this one still was, within what it has to fetch, shows the rest. Manifests of earlier
        // versions say no more of a stream that continues another.
        let own = beginning(of: partition)
        return all[(place + 1)...].contains { other in
            guard other.predecessor == nil, other.isRefetch == partition.isRefetch else { return false }
            // The list's first stream continues none; it begins after another one where recent records come first.
            guard let bound = other.lowerBound else { return other.key != .list }
            return bound >= own
                && partition.position.map { bound <= $0 - overlap } ?? (other.seenUpTo != nil)
        }
    }

    // MARK: Whether it is everything

    /// Whether a partition has a lower bound, so that something between two may have been missed.
    var hasBounds: Bool { all.contains { $0.lowerBound != nil && $0.pages > 0 } }

    /// Whether partitions were split by Clio's counts, so that only a count can say that nothing between them was missed.
    var isSplitByCounts: Bool {
        all.contains { $0.lowerBound != nil && $0.pages > 0 && $0.predecessor == nil && !$0.isRefetch }
    }

    /// Whether the list was fetched again in one stream.
    var isRefetched: Bool { all.contains(where: \.isRefetch) }

    /// The stream that fetches the list again from its beginning.
    var refetchKey: StreamKey { free(.list) }
}

extension PartitionSet {
    /// The partitions of an entity's list as a layer's journal has them.
    init(_ entity: Entity, _ manifest: RawManifest) {
        self.init(entity, manifest.streams, PartitionFacts(manifest.events))
    }

    /// The partitions of an entity's list as a journal has them.
    init(_ entity: Entity, _ streams: [StreamKey: RawStream], _ facts: PartitionFacts) {
        for (key, stream) in streams.sorted(by: { $0.value.place < $1.value.place }) {
            let lowerBound: Double?
            switch key.scope {
            case .list: lowerBound = nil
            case .partition(let from) where entity.isOrderedByCreation: lowerBound = from
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

extension Entity {
    /// Whether the list is in the order of ids, which is about that of creations, and can be filtered by creation.
    var isOrderedByCreation: Bool {
        order == "id(asc)" && fields.contains("created_at") && since.created != nil
    }
}
