internal import Pipelines
internal import Staging

/// A list in its order, fetched in one partition or in several side by side.
///
/// The first partition begins at the list's beginning, each other one at a moment of creation. Clio knows the lower bound only, so
/// the upper one is applied here: later records are left out, and a partition ends once no earlier record can follow. That
/// depends on how far ids and creations are out of step, which every page shows; Clio's count has the last word.
///
/// Moments are seconds since 1970.
struct OrderedList: ListStrategy {
    private var partitionSet: PartitionSet
    private(set) var skew: Skew
    /// Whether a partition may be split.
    private(set) var isSplittable: Bool
    /// After a failure, or when the list is to be fetched in another way.
    private var isHalted = false
    /// Records since this moment come first.
    private let recentSince: Double?

    private let entity: Entity
    private let pageSize: Int
    /// Records that a list without an order shows.
    private let limit: Int
    /// Records that were fetched group by group.
    private let fetched: StagedIDs?
    /// Whether a filter by creation has the effect that it should have.
    private var isFilterable: Bool
    /// Streams that came to Clio's limit.
    private var limited: Set<StreamKey>
    /// What is being located, before the ends of streams can be decided on.
    private var positions = PositionQueue()

    /// A new partition must be worth the page that it may overlap its neighbor by.
    private static let leastPages = 5

    /// - Parameters:
    ///   - limit: records that a list without an order shows.
    ///   - fetched: records that were fetched group by group; nil: the list is not grouped.
    ///   - streams: those of the journal.
    ///   - events: those of the journal.
    init(
        _ entity: Entity, pageSize: Int, limit: Int, recentSince: Double? = nil, fetched: StagedIDs? = nil,
        streams: [StreamKey: RawStream] = [:], events: [ListEvent] = []
    ) {
        self.entity = entity
        self.pageSize = pageSize
        self.limit = limit
        self.recentSince = recentSince
        self.fetched = fetched
        let facts = PartitionFacts(events)
        // Its streams are read all the same: some may have begun before the filter turned out to be ignored.
        isFilterable = entity.isOrderedByCreation && !facts.isFilterIgnored
        isSplittable = isFilterable && !events.contains(where: \.isIgnoredFilter) && facts.refetched.isEmpty
        skew = Skew(hours: facts.skewHours)
        limited = facts.limited
        partitionSet = PartitionSet(entity, streams, facts)
    }

    /// In the order in which they began.
    var partitions: [Partition] { partitionSet.all }

    /// The partition of a stream.
    subscript(key: StreamKey) -> Partition? { partitionSet[key] }

    // MARK: Which stream comes next

    var isOpen: Bool { partitions.contains(where: \.isOpen) || !unlocated.isEmpty }

    /// A partition is only split where the budget has room for another one.
    var breadth: ListBreadth { .unlimited }

    mutating func start() -> Consequence {
        isHalted = false
        for partition in partitions where partition.state == .running && !positions.isHeld(partition.key) {
            partitionSet[partition.key]?.state = .waiting
        }
        if partitions.isEmpty, entity.windows == nil, entity.since.created != nil, let recentSince {
            add(Partition(key: StreamKey(.partition(from: recentSince)), lowerBound: recentSince))
        }
        // An interrupted extract may have begun with the recent records alone.
        if !partitions.contains(where: { $0.lowerBound == nil }) { add(Partition(key: .list, lowerBound: nil)) }
        return continueLocated()
    }

    private mutating func add(_ partition: Partition) { partitionSet[partition.key] = partition }

    mutating func next() -> ListRequest? {
        guard !isHalted else { return nil }
        if let key = positions.next(of: unlocated) { return .question(.position(key)) }
        guard let key = partitions.first(where: { $0.state == .waiting })?.key else { return nil }
        partitionSet[key]?.state = .running
        return .pages(key)
    }

    /// Streams under way end after the page that they are at.
    mutating func halt() { isHalted = true }

    /// Splits the partition with most records left, in the middle of its time.
    mutating func split(now: Double) -> ListEvent? {
        guard isSplittable, isFilterable, !isHalted,
            let middle = partitionSet.splitMoment(now: now, reach: skew.reach, least: Self.leastPages * pageSize)
        else { return nil }
        add(Partition(key: StreamKey(.partition(from: middle)), lowerBound: middle))
        return skew.event
    }

    func request(for key: StreamKey, _ checks: PageChecks) -> StreamRequest {
        var request = StreamRequest(checks)
        guard let partition = self[key] else { return request }
        request.next = partition.next
        request.checks.above = partition.lastID
        if let bound = partition.lowerBound, let parameter = entity.since.created {
            request.parameters = [(parameter, Moment.timestamp(bound))]
            request.checks.floor = FloorCheck(field: "created_at", moment: bound)
        }
        request.isHistory = recentSince.map { (partition.lowerBound ?? -.infinity) < $0 } ?? false
        if fetched != nil { request.group = ("", StreamBoard.lastRank) }
        return request
    }

    // MARK: What a page means

    /// The creation up to which a stream's records are wanted; nil: all.
    func upperBound(of key: StreamKey) -> Double? { self[key].flatMap(partitionSet.upperBound) }

    func filter(for key: StreamKey) -> PageFilter? {
        guard let partition = self[key] else { return nil }
        return PageFilter(
            after: partition.seenUpTo, upTo: upperBound(of: key), fetched: partition.isRefetch ? nil : fetched)
    }

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

    mutating func received(_ page: CutPage, for key: StreamKey) -> PageDecision {
        let known = skew.event
        skew.note(page)
        partitionSet[key]?.note(page)
        // What ends a partition must be known when the extract is resumed.
        let event = partitions.count > 1 && skew.event != known ? skew.event : nil
        return PageDecision(event: event, continues: !isHalted && !hasReachedBound(key))
    }

    /// Whether everything of a partition is there: it is beyond its upper bound, by more than ids and creations were ever out
    /// of step.
    private func hasReachedBound(_ key: StreamKey) -> Bool {
        guard let upper = upperBound(of: key), let last = self[key]?.lastCreation else { return false }
        return last - skew.reach > upper
    }

    // MARK: What the end of a stream means

    mutating func ended(_ end: StreamEnd, for key: StreamKey) -> Consequence {
        if end.isEarly, !unlocated(endingEarly: key).isEmpty {
            positions.hold(end, for: key)
            return Consequence()
        }
        return conclude(end, for: key)
    }

    private mutating func conclude(_ end: StreamEnd, for key: StreamKey) -> Consequence {
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

    /// Partitions, one continuing the other, that may come no farther than those before: each begins with pages that show seen
    /// records again, and may lose its cursor among them.
    private static let mostStuck = 4

    private mutating func cursorLost(_ partition: Partition) -> Consequence {
        // From the list's beginning, each comes to the same place.
        if partitionSet.stuck(partition) >= (isFilterable ? Self.mostStuck : 1) { return limitReached(partition) }
        close(partition.key, .interrupted)
        var consequence = continueInterrupted()
        consequence.steps.insert(contentsOf: [.report(.cursorLost(partition.key)), .end(partition.key)], at: 0)
        return consequence
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
    private var interrupted: [Partition] { partitionSet.interrupted(overlap: skew.reach) }

    /// Streams that end early and whose latest creation only the staged files tell: of a resumed extract, before their first
    /// page.
    private var unlocated: [StreamKey] {
        positions.held.reduce(into: unlocated(endingEarly: nil)) { unlocated, held in
            unlocated += self.unlocated(endingEarly: held.key).filter { !unlocated.contains($0) }
        }
    }

    /// - Parameter key: a stream that is about to end early.
    private func unlocated(endingEarly key: StreamKey?) -> [StreamKey] {
        guard entity.since.created != nil else { return [] }
        var candidates = interrupted
        if let partition = key.flatMap({ self[$0] }), entity.order != nil || entity.windows == nil {
            candidates.append(partition)
        }
        return candidates.filter { $0.pages > 0 && $0.position == nil && !positions.isUnknown($0.key) }.map(\.key)
    }

    mutating func answered(_ answer: ListAnswer) -> Consequence {
        guard case .position(let key, let position) = answer else { return Consequence() }
        partitionSet[key]?.position = position
        positions.answered(key, with: position)
        return continueLocated()
    }

    /// Continues streams that ended early, once the position of each is known.
    private mutating func continueLocated() -> Consequence {
        guard unlocated.isEmpty else { return Consequence() }
        return positions.release().reduce(into: continueInterrupted()) { $0.add(conclude($1.end, for: $1.key)) }
    }

    /// Begins the partitions that continue streams which ended early.
    private mutating func continueInterrupted() -> Consequence {
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
            let next = partitionSet.successor(of: partition, since: isFilterable ? continuedBound(of: partition) : nil)
            add(next)
            consequence.steps.append(.record(.continued(next.key, from: partition.key)))
        }
        return consequence
    }

    /// In whole hours: the name of a stream must not show a value of a record.
    private func continuedBound(of partition: Partition) -> Double? {
        partition.position.map { (($0 - skew.reach) / 3600).rounded(.down) * 3600 }
    }
}
