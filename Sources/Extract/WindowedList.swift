internal import Pipelines
internal import Staging

/// A list without an order, which ends at Clio's limit, in time windows that are short enough.
///
/// What lies before the first and after the last edge is a window too. Edges are only ever added, so that the events in the
/// journal are all that a resumed extract must know. Neighbors overlap in what begins in one and ends in the other; the load
/// drops what comes twice. Moments are seconds since 1970.
struct WindowedList: ListStrategy {
    struct Window: Sendable {
        let span: TimeWindow
        var state = Partition.State.waiting
        /// The address of its next page; nil: the first one.
        var next: String?
        /// Clio's count of it.
        var total: Int?
        var pages = 0
        /// Whether its first page must say that it ends before the limit.
        var mustBeShort = true
        /// Whether Clio shows no more of it.
        var isAtLimit = false
        /// Finds where to cut it; nil: it is not to be cut.
        var cut: WindowCut?

        init(_ span: TimeWindow) { self.span = span }

        var key: StreamKey { span.key }
    }

    /// The newest first: what people need first.
    private(set) var windows: [Window]
    private let settings: Settings
    private let recentSince: Double?
    private var isHalted = false
    /// Whether recent records are still to be fetched.
    private var isRecentOpen = false

    /// What a list is cut by.
    struct Settings: Sendable {
        let windows: Windows
        /// Records that Clio shows of a window.
        let limit: Int
        /// The most records that a window is planned for.
        let target: Int
        /// Windows that are always fetched side by side.
        let parallel: Int
        let now: Double
    }

    /// - Parameters:
    ///   - recentSince: records since this moment come first.
    ///   - streams: those of the journal.
    ///   - events: those of the journal.
    init(
        _ settings: Settings, recentSince: Double? = nil, streams: [StreamKey: RawStream] = [:],
        events: [ListEvent] = []
    ) {
        self.settings = settings
        self.recentSince = recentSince
        let edges = events.flatMap { event -> [Double] in
            if case .boundaries(let edges) = event { edges } else { [] }
        }
        windows = TimeWindow.all.parts(at: edges).map { span in
            var window = Window(span)
            guard let known = streams[span.key] else { return window }
            window.next = known.next
            window.total = known.reportedTotal
            window.pages = known.pages
            window.mustBeShort = known.next == nil
            if known.finished { window.state = .finished }
            return window
        }
        isRecentOpen = recentSince != nil && windows.contains { isOpen($0) && !isHistory($0.span) }
    }

    // MARK: Which window comes next

    /// Whether the list is cut at all.
    var isCut: Bool { windows.count > 1 }

    subscript(key: StreamKey) -> Window? { windows.first { $0.key == key } }

    private func isOpen(_ window: Window) -> Bool { window.state == .waiting || window.state == .running }

    var isOpen: Bool { windows.contains(where: isOpen) }

    var breadth: ListBreadth { .between(settings.parallel, 16) }

    /// Whether a window can wait until the recent ones are there.
    private func isHistory(_ span: TimeWindow) -> Bool {
        recentSince.map { (span.lower ?? -.infinity) < $0 - 86_400 } ?? false
    }

    mutating func start() -> Consequence {
        isHalted = false
        for place in windows.indices where windows[place].state == .running { windows[place].state = .waiting }
        return Consequence()
    }

    /// Windows under way are fetched to their end.
    mutating func halt() { isHalted = true }

    mutating func next() -> ListRequest? {
        guard !isHalted, let place = windows.firstIndex(where: { $0.state == .waiting }) else { return nil }
        windows[place].state = .running
        let window = windows[place]
        switch window.cut?.step {
        case .count(let moment):
            let part = TimeWindow(lower: window.span.lower, upper: moment)
            let parameters = part.parameters(settings.windows).map { Parameter(name: $0.0, value: $0.1) }
            return .question(.count(window.key, upTo: moment, parameters: parameters))
        case .doubt: return .question(.countsHold(window.key))
        case .done, nil: return .pages(window.key)
        }
    }

    func request(for key: StreamKey, _ checks: PageChecks) -> StreamRequest {
        var request = StreamRequest(checks)
        guard let window = self[key] else { return request }
        let (span, windows) = (window.span, settings.windows)
        request.next = window.next
        request.parameters = span.parameters(windows)
        request.checks.startField = windows.startField
        request.checks.window = WindowCheck(
            startField: windows.startField, endField: windows.endField, lower: span.lower, upper: span.upper)
        request.isHistory = isHistory(span)
        return request
    }

    // MARK: What a page means

    func accepts(_ page: CutPage, for key: StreamKey) -> Bool {
        guard self[key]?.mustBeShort == true, let total = page.total else { return true }
        return total < settings.limit
    }

    mutating func received(_ page: CutPage, for key: StreamKey) -> PageDecision {
        guard let place = place(key) else { return PageDecision(continues: false) }
        if windows[place].pages == 0 { windows[place].total = page.total }
        windows[place].pages += 1
        windows[place].next = page.next
        return PageDecision()
    }

    // MARK: What the end of a stream means

    mutating func ended(_ end: StreamEnd, for key: StreamKey) -> Consequence {
        guard let place = place(key) else { return Consequence() }
        switch end {
        case .finished, .satisfied:
            windows[place].state = .finished
            return Consequence(steps: completed())
        case .refused where windows[place].next != nil:
            windows[place].next = nil
            windows[place].state = .waiting
            return Consequence(steps: [.report(.cursorLost(key))])
        case .refused(let error): return Consequence(continuation: .failed(error))
        case .rejected(let page): return cut(place, total: page.total, starts: page.starts)
        case .limitReached, .cursorLost:
            windows[place].isAtLimit = true
            // It has more than the limit, whatever Clio's count says.
            let total = windows[place].total.flatMap { $0 < settings.limit ? $0 : nil }
            return cut(place, total: total, starts: [])
        }
    }

    // MARK: Where a window is cut

    /// Cuts a list that is too long to be fetched as it is.
    /// - Parameters:
    ///   - total: Clio's count of it.
    ///   - starts: when some of its records begin.
    mutating func divide(total: Int?, starts: [Double]) -> Consequence {
        guard !isCut else { return Consequence() }
        guard let recentSince else { return cut(0, total: total, starts: starts) }
        isRecentOpen = true
        return cut(0, at: [recentSince - recentSince.truncatingRemainder(dividingBy: 86_400)])
    }

    /// Begins to look for edges in a window.
    private mutating func cut(_ place: Int, total: Int?, starts: [Double]) -> Consequence {
        windows[place].cut = WindowCut(
            windows[place].span, settings, total: total ?? settings.limit + 1, starts: starts)
        return advance(place)
    }

    mutating func answered(_ answer: ListAnswer) -> Consequence {
        switch answer {
        case .position: return Consequence()
        case .count(let key, let moment, let count):
            guard let place = place(key) else { return Consequence() }
            windows[place].cut?.answered(moment, count)
            return advance(place)
        case .countsHold(let key, let doHold):
            guard let place = place(key) else { return Consequence() }
            windows[place].cut?.answered(doCountsHold: doHold)
            var consequence = advance(place)
            if doHold {
                let parameter = settings.windows.upperParameter
                consequence.steps.insert(.report(.windowFilterIgnored(parameter: parameter)), at: 0)
            }
            return consequence
        }
    }

    private mutating func advance(_ place: Int) -> Consequence {
        windows[place].state = .waiting
        guard case .done(let edges) = windows[place].cut?.step else { return Consequence() }
        return cut(place, at: edges)
    }

    /// Puts shorter windows in the place of one; without edges, it is fetched as it is, as far as Clio shows it.
    private mutating func cut(_ place: Int, at edges: [Double]) -> Consequence {
        windows[place].cut = nil
        let window = windows[place]
        let edges = edges.map { $0.rounded(.towardZero) }
        let parts = window.span.parts(at: edges)
        if parts.count > 1 {
            windows.replaceSubrange(place...place, with: parts.map(Window.init))
            return Consequence(steps: [.report(.boundaries(edges))] + (window.pages > 0 ? [.end(window.key)] : []))
        }
        if window.span == .all {
            windows[place].state = .finished
            return Consequence(continuation: .toLimit)
        }
        guard window.isAtLimit else {
            windows[place].mustBeShort = false
            windows[place].state = .waiting
            return Consequence()
        }
        windows[place].state = .finished
        return Consequence(
            steps: [.report(.limitReached(window.key, passedBy: nil, shown: settings.limit)), .end(window.key)]
                + completed())
    }

    private mutating func completed() -> [Consequence.Step] {
        guard isRecentOpen, !windows.contains(where: { isOpen($0) && !isHistory($0.span) }) else { return [] }
        isRecentOpen = false
        return [.recentComplete]
    }

    /// Streams that a later cut has replaced, and that have not ended.
    func orphans(_ streams: [StreamKey: RawStream]) -> [StreamKey] {
        let keys = Set(windows.map(\.key))
        return streams.filter { !$0.value.finished && !keys.contains($0.key) && !$0.key.isChanges }.map(\.key)
    }

    private func place(_ key: StreamKey) -> Int? { windows.firstIndex { $0.key == key } }
}

extension ListEvent {
    /// Whether the list is cut into time windows.
    var isCut: Bool { if case .boundaries(let edges) = self { !edges.isEmpty } else { false } }
}
