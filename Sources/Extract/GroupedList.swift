internal import Pipelines
internal import Staging

/// A list that is fetched group by group, page by page.
///
/// The first page of each group comes first, since it tells how long the group is, and the groups follow one after the other, the
/// largest first; what a person wants sooner goes before all. Where one group cannot spend the budget, the next ones take what
/// it leaves. A group's parts are sealed with its last page, so that it can be loaded while the others are on their way.
struct GroupedList: ListStrategy {
    /// The records that one value of the filter selects.
    struct Stream: Sendable, Equatable {
        let key: StreamKey
        /// The group's place.
        let group: Int
        let value: String
        var state = Partition.State.waiting
        /// The address of its next page; nil: the first one.
        var next: String?
        /// The highest id so far.
        var lastID: Int64?
        /// Clio's count of it.
        var total: Int?
        var pages = 0

        init(key: StreamKey, group: Int, value: String) {
            self.key = key
            self.group = group
            self.value = value
        }

        /// Whether pages of it are still to be fetched.
        var isOpen: Bool { state == .waiting || state == .running }
    }

    let groups: [GroupDirectory.Group]
    private(set) var streams: [Stream] = []
    /// Whether Clio ignores the filter, so that groups are no way to fetch this list.
    private(set) var isFilterIgnored = false
    /// Clio's count of the whole list.
    var whole: Int?
    private let grouping: Grouping
    /// All fields of the entity.
    private let fields: FieldList
    /// The priority of a group that a person wants sooner: a lower number goes first.
    private let preference: @Sendable (GroupDirectory.Group) -> Int?
    private var isHalted = false
    /// The place of each stream.
    private let places: [StreamKey: Int]
    /// The place of each group among all, from 0: by length, records without a group last.
    private var ranks: [Int] = []

    /// - Parameters:
    ///   - fields: those of the entity.
    ///   - streams: those of the journal.
    ///   - preference: of a group that a person wants sooner; a lower number goes first.
    init(
        _ grouping: Grouping, _ directory: GroupDirectory, fields: FieldList,
        streams known: [StreamKey: RawStream] = [:],
        preference: @escaping @Sendable (GroupDirectory.Group) -> Int? = { _ in nil }
    ) {
        groups = directory.groups
        self.grouping = grouping
        self.fields = fields
        self.preference = preference
        var places: [StreamKey: Int] = [:]
        for (place, group) in groups.enumerated() {
            for value in group.values {
                let key = GroupDirectory.stream(grouping, value)
                guard places[key] == nil else { continue }
                places[key] = streams.count
                var stream = Stream(key: key, group: place, value: value)
                if let known = known[key] {
                    stream.next = known.next
                    stream.lastID = known.ids?.upperBound
                    stream.total = known.reportedTotal
                    stream.pages = known.pages
                    if known.finished { stream.state = known.isExhausted ? .finished : .interrupted }
                }
                streams.append(stream)
            }
        }
        self.places = places
        rankGroups()
    }

    // MARK: Which page comes next

    var isOpen: Bool { streams.contains(where: \.isOpen) }

    var breadth: ListBreadth { .withinBudget }

    subscript(key: StreamKey) -> Stream? { places[key].map { streams[$0] } }

    mutating func start() -> Consequence {
        isHalted = false
        for place in streams.indices where streams[place].state == .running { streams[place].state = .waiting }
        return Consequence()
    }

    mutating func halt() { isHalted = true }

    mutating func next() -> ListRequest? {
        guard !isHalted else { return nil }
        let wishes = groups.map { preference($0) ?? .max }
        var best: (key: (Int, Int, Int, Int), place: Int)?
        for (place, stream) in streams.enumerated() where stream.state == .waiting {
            let isFirst = stream.pages == 0
            let key = (
                wishes[stream.group], isOfNone(stream.group) ? 1 : 0, isFirst ? 0 : 1,
                isFirst ? stream.group : ranks[stream.group]
            )
            if best.map({ key < $0.key }) ?? true { best = (key, place) }
        }
        guard let place = best?.place else { return nil }
        streams[place].state = .running
        return .pages(streams[place].key)
    }

    private mutating func rankGroups() {
        var totals = [Int](repeating: 0, count: groups.count)
        for stream in streams { totals[stream.group] += stream.total ?? 0 }
        let order = groups.indices.sorted {
            (isOfNone($0) ? 1 : 0, -totals[$0], $0) < (isOfNone($1) ? 1 : 0, -totals[$1], $1)
        }
        ranks = totals
        for (rank, group) in order.enumerated() { ranks[group] = rank }
    }

    private func isOfNone(_ group: Int) -> Bool { groups[group].values == [GroupDirectory.null] }

    func request(for key: StreamKey, _ checks: PageChecks) -> StreamRequest {
        var request = StreamRequest(checks)
        guard let stream = self[key] else { return request }
        request.next = stream.next
        let beside = stream.value == GroupDirectory.null ? [] : grouping.with.map { ($0.name, $0.value) }
        request.parameters = beside + [(grouping.parameter, stream.value)]
        request.checks.above = stream.lastID
        request.checks.group = GroupCheck(path: grouping.path, value: stream.value)
        request.group = (groups[stream.group].key, ranks[stream.group])
        return request
    }

    // MARK: What a page means

    func accepts(_ page: CutPage, for key: StreamKey) -> Bool { (self[key]?.pages ?? 0) > 0 || !isUnfiltered(page) }

    mutating func received(_ page: CutPage, for key: StreamKey) -> PageDecision {
        if isUnfiltered(page) { isFilterIgnored = true }
        let isFirst = self[key]?.pages == 0
        update(key) { stream in
            if stream.pages == 0 { stream.total = page.total }
            stream.pages += 1
            stream.next = page.next
            stream.lastID = page.highestID ?? stream.lastID
            if page.next == nil { stream.state = .finished }
        }
        if isFirst { rankGroups() }
        // The next page is that of the group that comes first by then.
        return PageDecision(continues: false)
    }

    /// Whether Clio ignored the filter: records of other groups came, and about as many as the whole list has.
    private func isUnfiltered(_ page: CutPage) -> Bool {
        guard page.outsiders > 0 else { return false }
        guard let total = page.total, let whole else { return page.outsiders * 2 > page.records }
        return total * 50 >= whole * 49
    }

    // MARK: What the end of a stream means

    mutating func ended(_ end: StreamEnd, for key: StreamKey) -> Consequence {
        update(key) { if $0.isOpen { $0.state = .waiting } }
        guard let stream = self[key] else { return Consequence() }
        switch end {
        case .finished, .satisfied:
            guard isFilterIgnored else { return Consequence(steps: completed(stream)) }
            return abandon(.ignored(filter: grouping.parameter))
        case .rejected: return abandon(.ignored(filter: grouping.parameter))
        case .refused(let error) where stream.pages == 0:
            guard error.kind == .refused else { return Consequence(continuation: .failed(error)) }
            if fields.named(in: error.description) != nil { return Consequence(continuation: .withoutFields(error)) }
            return abandon(.refused(filter: grouping.parameter))
        case .refused, .limitReached, .cursorLost:
            // The whole list fetches the rest.
            update(key) { $0.state = .interrupted }
            return Consequence(steps: [.report(.cursorLost(key)), .end(key)])
        }
    }

    private func completed(_ stream: Stream) -> [Consequence.Step] {
        guard stream.state == .finished, isComplete(stream.group) else { return [] }
        let complete = groups.indices.count(where: isComplete)
        return [.groupComplete(groups[stream.group].key, complete: complete, of: groups.count)]
    }

    private func isComplete(_ group: Int) -> Bool {
        streams.allSatisfy { $0.group != group || $0.state == .finished }
    }

    /// Groups are no way to fetch this list.
    private func abandon(_ why: ListEvent.GroupProblem) -> Consequence {
        Consequence(steps: [.report(.groupsAbandoned(why))], continuation: .inOrder)
    }

    private mutating func update(_ key: StreamKey, _ change: (inout Stream) -> Void) {
        guard let place = places[key] else { return }
        change(&streams[place])
    }
}
