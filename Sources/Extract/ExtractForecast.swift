public import Pipelines
internal import Staging

/// Plays an extract through without a request: how many requests it takes, and when each list is there.
///
/// Lists are fetched by the extract's own `OrderedList` and `GroupedList`, with the pages of a `VirtualList` and of
/// `VirtualGroups`; windows, closing passes and counts are played by the rules in `Fetch`. Every request asks the real governor,
/// against a server that counts in fixed windows. Pure: all times are given.
public struct ExtractForecast: Sendable {
    /// One list that is to be extracted.
    public struct List: Sendable {
        /// A lower number is served first.
        public var rank: Int
        /// Records that are still to come.
        public let records: Int
        /// Records per page.
        public let pageSize: Int
        /// Records that a partition fetches of the next one before it may end: as far as ids and creations are out of step.
        public var overlap = 0
        let entity: Entity
        /// Whether the list ends at Clio's limit, so that a longer one is cut in time.
        public var isCutInTime: Bool
        /// Whether changes are asked for at the end.
        public var hasClosingPass: Bool

        /// Requests that bring no records, beside those of the list itself.
        public private(set) var questions = 0
        /// The list's groups, where it is cut by a filter.
        private(set) var virtualGroups: VirtualGroups?
        /// Records in order, after those of the groups.
        private(set) var ordered: Int

        /// How many streams fetch the list's groups.
        public var groups: Int { virtualGroups?.sizes.count ?? 0 }

        /// Cuts the list by a filter. What belongs to no group is found by fetching the whole list, unless Clio can be asked
        /// for it.
        /// - Parameters:
        ///   - groups: how many streams the filter makes.
        ///   - share: the part of the records that belongs to some group.
        public mutating func cut(by grouping: Grouping, groups: Int, share: Double) {
            let grouped = grouping.takesNull || share >= 1 ? records : Int(Double(records) * max(0, share))
            virtualGroups = VirtualGroups(
                grouping, records: grouped, count: max(1, groups) + (grouping.takesNull ? 1 : 0),
                pageSize: pageSize)
            ordered = grouped == records ? 0 : records
            questions = 2
        }

        /// Pages of all streams.
        public var pages: Int {
            let inOrder = (ordered + pageSize - 1) / pageSize
            guard let virtualGroups else { return max(1, inOrder) }
            return virtualGroups.pages + inOrder
        }

        /// A list of an entity, with what the entity says of it.
        /// - Parameter pageSize: nil: the pipeline's.
        public init(_ entity: Entity, rank: Int, records: Int, pageSize: Int? = nil) {
            self.rank = rank * 1000 + entity.priority
            self.records = max(0, records)
            ordered = self.records
            self.pageSize = max(1, min(pageSize ?? entity.batchSize, entity.maximumBatchSize))
            self.entity = entity
            isCutInTime = entity.order == nil && entity.windows != nil
            hasClosingPass = entity.since.updated != nil
        }
    }

    /// The world that the extract runs in.
    public struct Conditions: Sendable {
        /// The state of the budget now.
        public var governor: RateGovernor
        /// What it keeps to.
        public var settings: RateGovernor.Settings
        /// The governor's clock.
        public var now: Double
        /// Seconds since 1970.
        public var wall: Double
        /// Seconds from sending a request to its answer.
        public var latency: Double
        /// Seconds until a page is durable and the next one is asked for.
        public var pageWork = 0.02
        /// Clio's limit per window at a moment, seconds since 1970.
        public var limit: @Sendable (Double) -> Int
        /// Until when no request may go at a moment; nil: they may.
        public var heldUntil: @Sendable (Double) -> Double? = { _ in nil }
        /// Rows after which a list without an order ends, and the most that a time window is planned for.
        public var offsetLimit = 10_000
        /// The most rows that a time window is planned for.
        public var windowSize = 9_000

        /// Conditions as the budget's settings make them.
        public init(
            governor: RateGovernor, settings: RateGovernor.Settings, now: Double, wall: Double, latency: Double,
            limit: @escaping @Sendable (Double) -> Int
        ) {
            self.governor = governor
            self.settings = settings
            self.now = now
            self.wall = wall
            self.latency = latency
            self.limit = limit
        }
    }

    /// What comes of it.
    public struct Outcome: Sendable, Equatable {
        /// Requests of each list, in the order given.
        public var requests: [Int]
        /// Seconds until each list is there.
        public var seconds: [Double]
        /// Seconds until all of them are.
        public var total: Double
        /// Seconds of that outside of the hours for requests.
        public var held: Double
    }

    /// The stream of a window.
    private struct Stream {
        var list: Int
        var left: Int
    }

    private enum Work {
        /// A request without records: a count, a first page that is thrown away, a closing pass.
        case question
        /// A page of a window.
        case window(stream: Int)
        /// A page of a group.
        case group(StreamKey)
        /// A page of a partition of an ordered list.
        case partition(StreamKey)
    }

    private struct Ready {
        var list: Int
        var work: Work
    }

    /// One list, as far as it is.
    private struct Fetch {
        var list: List
        /// Questions before the pages.
        var before = 0
        var waiting: [Int] = []
        var streams = 0
        var pages = 0
        var questionsAfter = 0
        var groups: GroupedList?
        var virtualGroups: VirtualGroups?
        /// Whether a part of the list is fetched in order when all groups are there.
        var isOrderedNext: Bool
        var ordered: OrderedList
        var virtual: VirtualList
        var requests = 0

        init(_ list: List, limit: Int) {
            self.list = list
            ordered = OrderedList(list.entity, pageSize: list.pageSize, limit: limit)
            virtual = VirtualList(records: list.ordered, pageSize: list.pageSize, overlap: list.overlap)
            virtualGroups = list.virtualGroups
            groups = virtualGroups?.list
            isOrderedNext = groups != nil && list.ordered > 0
        }

        var end: Double?
    }

    private let conditions: Conditions
    private var governor: RateGovernor
    private var fetches: [Fetch]
    private var streams: [Stream] = []
    private var ready: [Ready] = []
    private var underWay: [(end: Double, sent: Double, ready: Ready, headers: RateHeaders)] = []
    private var now: Double
    private var held = 0.0
    /// Seconds in a window, as far as the answers have shown.
    private let length: Double
    /// The clock that counts less ours.
    private let serverOffset: Double
    private var serverEnd: Double
    private var serverUsed: Int

    private init(_ lists: [List], _ conditions: Conditions) {
        self.conditions = conditions
        governor = conditions.governor
        length = governor.length
        now = conditions.now
        fetches = lists.map { Fetch($0, limit: conditions.offsetLimit) }
        serverOffset = (governor.serverTime(conditions.now) ?? conditions.wall) - conditions.now
        let known = governor.window
        serverEnd = known.map { $0.isConfirmed ? $0.reset : 0 } ?? 0
        serverUsed = known?.used ?? 0
    }

    private var wall: Double { conditions.wall + now - conditions.now }

    /// Plays it through.
    public static func run(_ lists: [List], _ conditions: Conditions) -> Outcome {
        var forecast = ExtractForecast(lists, conditions)
        forecast.begin()
        forecast.play()
        let ends = forecast.fetches.map { ($0.end ?? forecast.now) - conditions.now }
        return Outcome(
            requests: forecast.fetches.map(\.requests), seconds: ends, total: ends.max() ?? 0, held: forecast.held)
    }

    // MARK: How lists are fetched

    private mutating func begin() {
        for index in fetches.indices {
            let list = fetches[index].list
            fetches[index].requests += list.questions
            if list.groups > 0 {
                startGroups(index)
            } else if list.isCutInTime, list.records > conditions.offsetLimit {
                // The first page shows that there are too many, and a few counts find the edges; then windows of a like
                // size, of which some are fetched at once.
                let pieces = (list.records + conditions.windowSize * 85 / 100 - 1) / (conditions.windowSize * 85 / 100)
                fetches[index].before = 1 + (pieces - 1) * 2
                fetches[index].questionsAfter = 1
                for piece in 0..<pieces {
                    fetches[index].waiting.append(streams.count)
                    streams.append(
                        Stream(list: index, left: list.records / pieces + (piece < list.records % pieces ? 1 : 0)))
                }
                ready.append(Ready(list: index, work: .question))
            } else {
                startOrdered(index)
            }
        }
    }

    /// Asks for pages of groups: of one at least, and of as many as the budget has room for.
    private mutating func startGroups(_ index: Int) {
        while fetches[index].streams == 0 || running < wantedStreams,
            let stream = fetches[index].groups?.next({ _ in nil })
        {
            fetches[index].streams += 1
            ready.append(Ready(list: index, work: .group(stream.key)))
        }
    }

    /// A group's page is there.
    private mutating func received(_ key: StreamKey, _ index: Int) {
        guard let stream = fetches[index].groups?[key],
            let page = fetches[index].virtualGroups?.page(of: stream)
        else { return }
        fetches[index].groups?.received(page, for: key)
        fetches[index].groups?.release(key)
    }

    private mutating func startOrdered(_ index: Int) {
        fetches[index].ordered.start()
        startPartitions(index)
    }

    private mutating func startPartitions(_ index: Int) {
        while let partition = fetches[index].ordered.next() {
            fetches[index].streams += 1
            ready.append(Ready(list: index, work: .partition(partition.key)))
        }
    }

    /// A partition's page is there.
    /// - Returns: whether the partition has another one.
    private mutating func took(_ key: StreamKey, _ index: Int) -> Bool {
        guard let partition = fetches[index].ordered[key] else { return false }
        let page = fetches[index].virtual.page(of: partition)
        let decision = fetches[index].ordered.received(page, for: key)
        guard page.next != nil, decision.continues else {
            _ = fetches[index].ordered.ended(page.next == nil ? .finished : .satisfied, for: key)
            return false
        }
        if running < wantedStreams, fetches[index].ordered.split(now: fetches[index].virtual.end) != nil {
            startPartitions(index)
        }
        return true
    }

    private mutating func answered(_ item: Ready) {
        let index = item.list
        fetches[index].requests += 1
        switch item.work {
        case .question:
            if fetches[index].before > 0 {
                fetches[index].before -= 1
                if fetches[index].before > 0 { return ready.append(item) }
                for _ in 0..<min(max(4, wantedStreams), 16) { startWaiting(index) }
            } else {
                closed(index)
            }
        case .window(let place):
            fetches[index].pages += 1
            streams[place].left -= fetches[index].list.pageSize
            if streams[place].left > 0 { ready.append(item) } else { ended(index) }
        case .group(let key):
            fetches[index].pages += 1
            received(key, index)
            ended(index)
        case .partition(let key):
            fetches[index].pages += 1
            if took(key, index) { ready.append(item) } else { ended(index) }
        }
    }

    /// A stream has no more pages, or the next page is that of another group.
    private mutating func ended(_ index: Int) {
        fetches[index].streams -= 1
        startGroups(index)
        if startWaiting(index) || fetches[index].streams > 0 { return }
        if fetches[index].isOrderedNext {
            fetches[index].isOrderedNext = false
            return startOrdered(index)
        }
        // All of it is there: what changed meanwhile, and Clio's count where partitions overlap.
        if fetches[index].list.hasClosingPass, fetches[index].pages > 1 { fetches[index].questionsAfter += 1 }
        if fetches[index].ordered.partitions.count > 1 { fetches[index].questionsAfter += 1 }
        closed(index)
    }

    private mutating func closed(_ index: Int) {
        if fetches[index].questionsAfter > 0 {
            fetches[index].questionsAfter -= 1
            ready.append(Ready(list: index, work: .question))
        } else if fetches[index].end == nil {
            fetches[index].end = now
        }
    }

    @discardableResult
    private mutating func startWaiting(_ index: Int) -> Bool {
        guard let place = fetches[index].waiting.popLast() else { return false }
        fetches[index].streams += 1
        ready.append(Ready(list: index, work: .window(stream: place)))
        return true
    }

    private var wantedStreams: Int {
        RequestBudget.wantedStreams(governor, latency: conditions.latency, settings: conditions.settings)
    }

    private var running: Int { fetches.reduce(0) { $0 + $1.streams } }

    // MARK: Time

    private mutating func play() {
        // A bound for a world in which nothing moves, such as a window that never opens.
        for _ in 0..<20_000_000 {
            var wake = Double.infinity
            while let place = nextPlace {
                if let until = conditions.heldUntil(wall), until > wall {
                    wake = now + until - wall
                    break
                }
                let decision = governor.ask(now: now)
                guard case .wait(let until, _) = decision else {
                    send(ready.remove(at: place))
                    continue
                }
                wake = until
                break
            }
            let next = underWay.indices.min { underWay[$0].end < underWay[$1].end }
            if let next, underWay[next].end <= wake {
                now = max(now, underWay[next].end)
                let done = underWay.remove(at: next)
                governor.answered(.headers(done.headers), sentAt: done.sent, now: now)
                answered(done.ready)
            } else if wake.isFinite {
                if conditions.heldUntil(wall) != nil { held += max(0, wake - now) }
                now = max(now + 0.0005, wake)
            } else {
                return
            }
        }
    }

    /// Who goes next: the lowest rank, and among equals who came first.
    private var nextPlace: Int? {
        ready.indices.min { fetches[ready[$0].list].list.rank < fetches[ready[$1].list].list.rank }
    }

    private mutating func send(_ item: Ready) {
        let server = now + serverOffset
        if server >= serverEnd {
            serverEnd = server.rounded(.down) + length
            serverUsed = 0
        }
        let limit = conditions.limit(wall)
        serverUsed += 1
        let headers = RateHeaders(
            limit: limit, remaining: max(0, limit - serverUsed), reset: serverEnd.rounded(.up),
            date: (server + conditions.latency).rounded(.down))
        var seconds = conditions.latency
        switch item.work {
        case .question: break
        case .window, .group, .partition: seconds += conditions.pageWork
        }
        underWay.append((now + seconds, now, item, headers))
    }
}
