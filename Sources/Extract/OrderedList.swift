internal import Pipelines
internal import Staging

/// An ordered list, fetched in one partition or in several side by side: which stream comes next, what a page means, and what
/// follows when a stream ends.
///
/// The first partition begins at the list's beginning, each other one at a moment of creation. Clio knows the lower bound only, so
/// the upper one is applied here: later records are left out, and a partition ends once no earlier record can follow. That
/// depends on how far ids and creations are out of step, which every page shows; Clio's count has the last word.
///
/// Pure: built from the journal, and told of every page. An extract drives it with Clio's answers, a forecast with virtual
/// ones. Moments are seconds since 1970.
struct OrderedList: Sendable {
    private var partitionSet: PartitionSet
    /// The most that a record was created before one with a lower id, seconds.
    private(set) var skew: Double
    /// Whether a partition may be split.
    private(set) var isSplittable: Bool
    /// Whether no new page is asked for: after a failure, or when the list is to be fetched in another way.
    private(set) var isHalted = false
    /// Records since this moment come first.
    let recentSince: Double?

    private let entity: Entity
    private let pageSize: Int
    /// Records that a list without an order shows.
    private let limit: Int
    /// Whether a filter by creation has the effect that it should have.
    private var isFilterable: Bool
    /// Streams that came to Clio's limit.
    private var limited: Set<StreamKey>

    /// A new partition must be worth the page that it may overlap its neighbor by.
    private static let leastPages = 5
    /// How much farther than seen before ids and creations may be out of step.
    static let skewMargin = 1.2
    /// A century: a list is never out of step by more.
    static let mostSkewHours = 876_600

    /// - Parameters:
    ///   - limit: records that a list without an order shows.
    ///   - streams: those of the journal.
    ///   - events: those of the journal.
    init(
        _ entity: Entity, pageSize: Int, limit: Int, recentSince: Double? = nil,
        streams: [StreamKey: RawStream] = [:], events: [ListEvent] = []
    ) {
        self.entity = entity
        self.pageSize = pageSize
        self.limit = limit
        self.recentSince = recentSince
        let mayFilter =
            entity.order == "id(asc)" && entity.fields.contains("created_at") && entity.since.created != nil
        let facts = PartitionFacts(events)
        // Its streams are read all the same: some may have begun before the filter turned out to be ignored.
        isFilterable = mayFilter && !facts.isFilterIgnored
        isSplittable = isFilterable && !events.contains(where: \.isIgnoredFilter) && facts.refetched.isEmpty
        skew = Double(facts.skewHours) * 3600
        limited = facts.limited
        partitionSet = PartitionSet(streams, facts, mayFilter: mayFilter)
    }

    /// The streams of the list, in the order in which they began.
    var partitions: [Partition] { partitionSet.all }

    /// The partition of a stream.
    subscript(key: StreamKey) -> Partition? { partitionSet[key] }

    // MARK: Which stream comes next

    /// Whether anything is still to be fetched.
    var isOpen: Bool { partitions.contains(where: \.isOpen) }

    /// Begins the list, or continues it after a round that was halted.
    mutating func start() {
        isHalted = false
        for partition in partitions where partition.state == .running { partitionSet[partition.key]?.state = .waiting }
        guard partitions.isEmpty else { return }
        if entity.windows == nil, entity.since.created != nil, let recentSince {
            add(Partition(key: StreamKey(.partition(from: recentSince)), lowerBound: recentSince))
        }
        add(Partition(key: .list, lowerBound: nil))
    }

    private mutating func add(_ partition: Partition) { partitionSet[partition.key] = partition }

    /// The stream to be fetched next, which counts as running from now on; nil: none for now.
    mutating func next() -> Partition? {
        guard !isHalted, let key = partitions.first(where: { $0.state == .waiting })?.key else { return nil }
        partitionSet[key]?.state = .running
        return partitionSet[key]
    }

    /// Ends all streams after the page that they are at.
    mutating func halt() { isHalted = true }

    /// Splits the partition with most records left, in the middle of its time.
    /// - Returns: what the journal must know before the new partition begins; nil: no partition is long enough.
    mutating func split(now: Double) -> ListEvent? {
        guard isSplittable, isFilterable else { return nil }
        let candidates = partitions.compactMap { partition -> (position: Double, left: Int, upper: Double)? in
            guard partition.isOpen, partition.pages > 0, let position = partition.position,
                let total = partition.total
            else { return nil }
            let neighbor = partitionSet.neighbor(of: partition)
            // One without a page yet has just been split off from this partition.
            if let neighbor, neighbor.total == nil { return nil }
            return (position, total - partition.records - (neighbor?.total ?? 0), neighbor?.lowerBound ?? now)
        }
        guard let longest = candidates.max(by: { $0.left < $1.left }) else { return nil }
        let length = longest.upper - longest.position
        // Records that the earlier half must fetch of the later one before it may end.
        let overlap = Double(longest.left) * skew * Self.skewMargin / max(length, 1)
        guard Double(longest.left) / 2 >= max(Double(Self.leastPages * pageSize), 10 * overlap) else { return nil }
        let middle = (longest.position + length / 2).rounded()
        guard middle > longest.position + 1, middle < longest.upper - 1 else { return nil }
        let key = StreamKey(.partition(from: middle))
        guard self[key] == nil else { return nil }
        add(Partition(key: key, lowerBound: middle))
        return skewEvent
    }

    /// Rounded up to hours, so that a journal has few of these.
    private var skewEvent: ListEvent {
        .skew(hours: min(Int((skew / 3600).rounded(.up)), Self.mostSkewHours))
    }

    // MARK: What a page means

    /// The creation up to which a stream's records are wanted; nil: all.
    func upperBound(of key: StreamKey) -> Double? { self[key].flatMap(partitionSet.upperBound) }

    /// Whether a stream's page is what was asked for, so that it may be kept.
    func accepts(_ page: CutPage, for key: StreamKey) -> Bool {
        guard let partition = self[key] else { return false }
        if partition.lowerBound != nil, page.belowFloor > 0 { return false }
        // A list without an order ends at the limit, and a count may end there as well: the first page must say that the
        // list is shorter.
        guard entity.order == nil, entity.windows != nil, partition.pages == 0, let total = page.total else {
            return true
        }
        return total < limit
    }

    /// What follows from a page.
    struct PageDecision: Sendable, Equatable {
        /// What the journal must know before the next page.
        var event: ListEvent?
        /// Whether the stream's next page is wanted.
        var continues = true
    }

    /// Takes a stream's page, which is durable.
    mutating func received(_ page: CutPage, for key: StreamKey) -> PageDecision {
        let known = skewEvent
        skew = max(skew, page.displacement)
        partitionSet[key]?.note(page)
        // What ends a partition must be known when the extract is resumed.
        let event = partitions.count > 1 && skewEvent != known ? skewEvent : nil
        return PageDecision(event: event, continues: !isHalted && !hasReachedBound(key))
    }

    /// Whether everything of a partition is there: it is beyond its upper bound, by more than ids and creations were ever out
    /// of step.
    private func hasReachedBound(_ key: StreamKey) -> Bool {
        guard let upper = upperBound(of: key), let last = self[key]?.lastCreation else { return false }
        return last - skew * Self.skewMargin > upper
    }

    // MARK: What the end of a stream means

    /// Takes the end of a stream.
    mutating func ended(_ end: StreamEnd, for key: StreamKey) -> Consequence {
        guard var partition = self[key] else { return Consequence() }
        if partition.isOpen { partition.state = .waiting }
        partitionSet[key] = partition
        switch end {
        case .finished: return Consequence(steps: completed(partition))
        case .satisfied:
            // The others end as well when the list is to be fetched in another way.
            guard hasReachedBound(key) else { return Consequence() }
            close(key, .finished)
            return Consequence(steps: [.end(key)] + completed(partition))
        case .refused where partition.pages > 0: return cursorLost(partition)
        case .refused(let error):
            guard error.kind == .refused else { return Consequence(continuation: .failed(error)) }
            // The list's beginning was accepted: what is refused is the filter.
            if partition.lowerBound != nil, partitions.contains(where: { $0.lowerBound == nil && $0.pages > 0 }) {
                return filterIgnored(partition)
            }
            halt()
            return Consequence(continuation: .withoutFields(error))
        case .rejected(let page):
            if partition.lowerBound != nil { return filterIgnored(partition) }
            halt()
            return Consequence(continuation: .inWindows(total: page.total, starts: page.starts))
        case .cursorLost where entity.order != nil: return cursorLost(partition)
        case .limitReached, .cursorLost: return limitReached(partition)
        }
    }

    private func completed(_ partition: Partition) -> [Consequence.Step] {
        recentSince != nil && partition.lowerBound == recentSince ? [.recentComplete] : []
    }

    private mutating func close(_ key: StreamKey, _ state: Partition.State) {
        partitionSet[key]?.state = state
    }

    private mutating func cursorLost(_ partition: Partition) -> Consequence {
        if isStuck(partition) { return limitReached(partition) }
        close(partition.key, .interrupted)
        var consequence = continueInterrupted()
        consequence.steps.insert(contentsOf: [.report(.cursorLost(partition.key)), .end(partition.key)], at: 0)
        return consequence
    }

    /// Partitions, one continuing the other, that may come no farther than those before: each begins with pages that show seen
    /// records again, and may lose its cursor among them.
    private static let mostStuck = 4

    /// Whether partitions that continue this one would come no farther either.
    private func isStuck(_ partition: Partition) -> Bool {
        var farthest = Int64.min
        var stuck = 0
        for before in partitionSet.lineage(of: partition).reversed() {
            let last = before.lastID ?? .min
            stuck = last > farthest ? 0 : stuck + 1
            farthest = max(farthest, last)
        }
        // From the list's beginning, each comes to the same place.
        return stuck >= (isFilterable ? Self.mostStuck : 1)
    }

    /// Continues in time windows, or from the latest creation.
    private mutating func limitReached(_ partition: Partition) -> Consequence {
        limited.insert(partition.key)
        if entity.windows != nil {
            close(partition.key, .finished)
            halt()
            return Consequence(
                steps: [
                    .report(.limitReached(partition.key, passedBy: .windows, shown: nil)), .end(partition.key),
                ], continuation: .inWindows(total: nil, starts: []))
        }
        // Its latest page was created later than it began.
        let isPassable =
            isFilterable && continuedBound(of: partition).map { $0 > partition.lowerBound ?? -.infinity } ?? false
        close(partition.key, isPassable ? .interrupted : .finished)
        var consequence = continueInterrupted()
        consequence.steps.insert(
            contentsOf: [
                .report(.limitReached(partition.key, passedBy: isPassable ? .creations : nil, shown: nil)),
                .end(partition.key),
            ], at: 0)
        return consequence
    }

    /// Forgets a partition whose lower bound Clio ignores or refuses; nothing of it was kept.
    private mutating func filterIgnored(_ partition: Partition) -> Consequence {
        partitionSet[partition.key] = nil
        isSplittable = false
        isFilterable = false
        var steps = [Consequence.Step.report(.partitionFilterIgnored(parameter: entity.since.created ?? ""))]
        // Nothing leads past a limit now; from the beginning, the list would end there again.
        for partition in interrupted where limited.contains(partition.key) {
            steps.append(.report(.limitReached(partition.key, passedBy: nil, shown: nil)))
            close(partition.key, .finished)
        }
        return Consequence(steps: steps)
    }

    // MARK: Streams that another one continues

    /// Streams that ended early and that none continues yet.
    private var interrupted: [Partition] { partitionSet.interrupted(overlap: skew * Self.skewMargin) }

    /// Streams whose latest creation only the staged files tell: of a resumed extract, before their first page.
    /// - Parameter key: a stream that is about to end early.
    func unlocated(endingEarly key: StreamKey? = nil) -> [StreamKey] {
        guard entity.since.created != nil else { return [] }
        var candidates = interrupted
        if let partition = key.flatMap({ self[$0] }), entity.order != nil || entity.windows == nil {
            candidates.append(partition)
        }
        return candidates.filter { $0.pages > 0 && $0.position == nil }.map(\.key)
    }

    /// Takes a stream's latest creation from the staged files.
    mutating func locate(_ key: StreamKey, at position: Double?) {
        partitionSet[key]?.position = position
    }

    /// Begins the partitions that continue streams which ended early.
    ///
    /// Such a partition begins at the creations of the latest page, so that it shows some records again; without creations it
    /// begins at the list's beginning.
    mutating func continueInterrupted() -> Consequence {
        var consequence = Consequence()
        for partition in interrupted {
            guard isFilterable || partitions.count(where: { $0.lowerBound == nil && !$0.isRefetch }) <= 3 else {
                consequence.continuation = .failed(
                    ClioError(
                        .missing,
                        "\(entity.endpoint): Clio does not take its own cursors until the list's end, and nothing else "
                            + "leads there; run again with a smaller SYNC_MAX_CONCURRENT_REQUESTS or in quieter hours"))
                break
            }
            var next: Partition
            if isFilterable, let bound = continuedBound(of: partition) {
                // Below its predecessor's own bound is what other partitions fetch, which it would limit.
                let lower = max(bound, partition.lowerBound ?? bound)
                next = Partition(key: partitionSet.free(.partition(from: lower)), lowerBound: lower)
            } else {
                next = Partition(key: partitionSet.free(.list), lowerBound: nil)
            }
            next.isRefetch = partition.isRefetch
            next.predecessor = partition.key
            next.seenUpTo = [partition.lastID, partition.seenUpTo].compactMap(\.self).max()
            add(next)
            consequence.steps.append(.record(.continued(next.key, from: partition.key)))
        }
        return consequence
    }

    /// In whole hours: the name of a stream must not show a value of a record.
    private func continuedBound(of partition: Partition) -> Double? {
        partition.position.map { (($0 - skew * Self.skewMargin) / 3600).rounded(.down) * 3600 }
    }

    // MARK: Whether it is everything

    /// Whether a partition has a lower bound, so that something between two may have been missed.
    var hasBounds: Bool { partitions.contains { $0.lowerBound != nil && $0.pages > 0 } }

    /// Whether partitions were split by Clio's counts, so that only a count can say that nothing between them was missed.
    var isSplitByCounts: Bool {
        partitions.contains { $0.lowerBound != nil && $0.pages > 0 && $0.predecessor == nil && !$0.isRefetch }
    }

    /// Whether the list was fetched again in one stream.
    var isRefetched: Bool { partitions.contains(where: \.isRefetch) }

    /// The stream that fetches the list again from its beginning.
    var refetchKey: StreamKey { partitionSet.free(.list) }
}

extension OrderedList {
    /// The list as a layer's journal has it.
    init(_ entity: Entity, pageSize: Int, limit: Int, recentSince: Double? = nil, _ manifest: RawManifest) {
        self.init(
            entity, pageSize: pageSize, limit: limit, recentSince: recentSince, streams: manifest.streams,
            events: manifest.events)
    }
}
