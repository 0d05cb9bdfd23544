internal import Pipelines
internal import Staging

/// The fetch of one list that exists in numbers only: the extract's own strategies ask, a `VirtualClio` answers.
///
/// Closing passes and counts are played by the rules in `close`.
struct ForecastFetch: Sendable {
    enum Request: Sendable {
        case list(ListRequest)
        /// A request after the pages: what changed meanwhile, or Clio's count.
        case closing

        /// Whether its answer has records.
        var isPage: Bool { if case .list(.pages) = self { true } else { false } }
    }

    /// How many streams the budget has room for.
    struct Room: Sendable {
        /// Streams that spend the budget.
        let wanted: Int
        /// Streams of other lists.
        let others: Int
    }

    /// A lower number is served first.
    let rank: Int
    /// Streams and questions under way.
    private(set) var running = 0
    private(set) var requests: Int
    /// Whether all of the list is there.
    private(set) var isComplete = false

    private let list: ExtractForecast.List
    private let windows: WindowedList.Settings?
    private var strategy: any ListStrategy
    private var clio: any VirtualClio
    /// Whether a part of the list is fetched in order when all groups are there.
    private var isOrderedNext: Bool
    private let ordered: OrderedList
    private var pages = 0
    private var splits = 0
    private var closing = 0

    init(_ list: ExtractForecast.List, _ conditions: ExtractForecast.Conditions) {
        self.list = list
        rank = list.rank
        requests = list.questions
        ordered = OrderedList(list.entity, pageSize: list.pageSize, limit: conditions.offsetLimit)
        windows = list.entity.windows.map {
            WindowedList.Settings(
                windows: $0, limit: conditions.offsetLimit, target: conditions.windowSize,
                parallel: ExtractSettings().parallelWindows, now: conditions.wall)
        }
        if let groups = list.virtualGroups {
            (strategy, clio) = (groups.list, groups)
            isOrderedNext = list.ordered > 0
        } else {
            (strategy, clio) = (ordered, list.virtualList)
            isOrderedNext = false
        }
    }

    /// The first requests.
    mutating func begin(_ room: Room) -> [Request] {
        _ = strategy.start()
        return fill(room)
    }

    /// The requests that follow from an answer.
    mutating func answered(_ request: Request, _ room: Room) -> [Request] {
        requests += 1
        switch request {
        case .closing: return close()
        case .list(.question(let question)):
            return conclude(strategy.answered(clio.answer(question)), room)
        case .list(.pages(let key)):
            let page = clio.page(of: key, next: strategy.request(for: key, PageChecks()).next)
            if list.isCutInTime, !strategy.accepts(page, for: key) {
                return conclude(strategy.ended(.rejected(page), for: key), room)
            }
            pages += 1
            guard strategy.received(page, for: key).continues, page.next != nil else {
                return conclude(strategy.ended(page.next == nil ? .finished : .satisfied, for: key), room)
            }
            if hasRoom(room), strategy.split(now: clio.end) != nil { splits += 1 }
            return [request] + fill(room)
        }
    }

    private func hasRoom(_ room: Room) -> Bool { room.others + running < room.wanted }

    private mutating func fill(_ room: Room) -> [Request] {
        var requests: [Request] = []
        while strategy.breadth.allows(running: running, wanted: room.wanted, hasRoom: hasRoom(room)),
            let request = strategy.next()
        {
            running += 1
            requests.append(.list(request))
        }
        return requests
    }

    /// A stream ended, or a question was answered.
    private mutating func conclude(_ consequence: Consequence, _ room: Room) -> [Request] {
        running -= 1
        if case .inWindows(let total, let starts) = consequence.continuation, let windows {
            var cut = WindowedList(windows)
            _ = cut.divide(total: total, starts: starts)
            (strategy, clio) = (cut, VirtualWindows(records: list.records, pageSize: list.pageSize, now: windows.now))
            // The count that windows are compared with.
            closing += 1
        }
        let requests = fill(room)
        guard requests.isEmpty, running == 0 else { return requests }
        guard isOrderedNext else {
            // All of it is there: what changed meanwhile, and Clio's count where partitions overlap.
            if list.hasClosingPass, pages > 1 { closing += 1 }
            if splits > 0 { closing += 1 }
            return close()
        }
        isOrderedNext = false
        (strategy, clio) = (ordered, list.virtualList)
        return begin(room)
    }

    private mutating func close() -> [Request] {
        guard closing > 0 else {
            isComplete = true
            return []
        }
        closing -= 1
        return [.closing]
    }
}
