internal import Pipelines
internal import Staging

/// A list that is fetched group by group: which page of which group comes next, what a page means, and what follows when a
/// stream ends.
///
/// The first page of each group comes first, since it tells how long the group is, and the groups follow one after the other, the
/// largest first; what a person wants sooner goes before all. Where one group cannot spend the budget, the next ones take what
/// it leaves. Pure: built from the journal, and told of every page.
struct GroupedList: Sendable {
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
    private let filter: String
    /// The place of each stream.
    private let places: [StreamKey: Int]
    /// The place of each group among all, from 0: by length, records without a group last.
    private var ranks: [Int] = []

    init(_ grouping: Grouping, _ directory: GroupDirectory, _ known: [StreamKey: RawStream]) {
        groups = directory.groups
        filter = grouping.parameter
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

    /// Whether anything is still to be fetched.
    var isOpen: Bool { streams.contains(where: \.isOpen) }

    subscript(key: StreamKey) -> Stream? { places[key].map { streams[$0] } }

    /// The stream whose next page is to be fetched, which counts as running from now on; nil: a page of each is on its way,
    /// or none is left.
    /// - Parameter preference: of a group that a person wants sooner; a lower number goes first.
    mutating func next(_ preference: (GroupDirectory.Group) -> Int?) -> Stream? {
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
        return streams[place]
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

    /// A group's place among all.
    func rank(_ group: Int) -> Int { ranks[group] }

    private func isOfNone(_ group: Int) -> Bool { groups[group].values == [GroupDirectory.null] }

    // MARK: What a page means

    /// Whether a stream's page is what was asked for, so that it may be kept.
    func accepts(_ page: CutPage, for key: StreamKey) -> Bool { (self[key]?.pages ?? 0) > 0 || !isUnfiltered(page) }

    /// Takes a stream's page, which is durable.
    mutating func received(_ page: CutPage, for key: StreamKey) {
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
    }

    /// Whether Clio ignored the filter: records of other groups came, and about as many as the whole list has.
    private func isUnfiltered(_ page: CutPage) -> Bool {
        guard page.outsiders > 0 else { return false }
        guard let total = page.total, let whole else { return page.outsiders * 2 > page.records }
        return total * 50 >= whole * 49
    }

    // MARK: What the end of a stream means

    /// Takes the end of a stream, or of one page of it.
    mutating func ended(_ end: StreamEnd, for key: StreamKey, _ fields: FieldList) -> Consequence {
        release(key)
        guard let stream = self[key] else { return Consequence() }
        switch end {
        case .finished, .satisfied:
            guard isFilterIgnored else { return Consequence(steps: completed(stream)) }
            return abandon(.ignored(filter: filter))
        case .rejected: return abandon(.ignored(filter: filter))
        case .refused(let error) where stream.pages == 0:
            guard error.kind == .refused else { return Consequence(continuation: .failed(error)) }
            if fields.named(in: error.description) != nil { return Consequence(continuation: .withoutFields(error)) }
            return abandon(.refused(filter: filter))
        case .refused, .limitReached, .cursorLost:
            // The whole list fetches the rest.
            update(key) { $0.state = .interrupted }
            return Consequence(steps: [.report(.cursorLost(key)), .end(key)])
        }
    }

    /// The page on its way did not come; another attempt may follow.
    mutating func release(_ key: StreamKey) { update(key) { if $0.isOpen { $0.state = .waiting } } }

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
