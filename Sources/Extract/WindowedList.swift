internal import Pipelines
internal import Staging

/// A list without an order, which ends at Clio's limit, in time windows that are short enough: which window comes next, what its
/// first page means, and what follows when it ends.
///
/// What lies before the first and after the last edge is a window too. Edges are only ever added, so that the events in the
/// journal are all that a resumed extract must know. Neighbors overlap in what begins in one and ends in the other; the load
/// drops what comes twice. Pure. Moments are seconds since 1970.
struct WindowedList: Sendable {
    struct Window: Sendable, Equatable {
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

        init(_ span: TimeWindow) { self.span = span }

        var key: StreamKey { span.key }
    }

    /// The newest first: what people need first.
    private(set) var windows: [Window]
    /// Records that a window shows at most.
    private let limit: Int
    private let recentSince: Double?
    /// Whether recent records are still to be fetched.
    private var isRecentOpen = false

    /// - Parameters:
    ///   - limit: records that Clio shows of a window.
    ///   - recentSince: records since this moment come first.
    ///   - streams: those of the journal.
    ///   - events: those of the journal.
    init(limit: Int, recentSince: Double? = nil, streams: [StreamKey: RawStream] = [:], events: [ListEvent] = []) {
        self.limit = limit
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

    /// Whether a window can wait until the recent ones are there.
    func isHistory(_ span: TimeWindow) -> Bool {
        recentSince.map { (span.lower ?? -.infinity) < $0 - 86_400 } ?? false
    }

    /// The window to be fetched next, which counts as running from now on; nil: none for now.
    mutating func next() -> Window? {
        guard let place = windows.firstIndex(where: { $0.state == .waiting }) else { return nil }
        windows[place].state = .running
        return windows[place]
    }

    // MARK: What a page means

    /// Whether the first page says that the window can be fetched as it is.
    func accepts(_ page: CutPage, for key: StreamKey) -> Bool {
        guard self[key]?.mustBeShort == true, let total = page.total else { return true }
        return total < limit
    }

    /// Takes a window's page, which is durable.
    mutating func received(_ page: CutPage, for key: StreamKey) {
        guard let place = place(key) else { return }
        if windows[place].pages == 0 { windows[place].total = page.total }
        windows[place].pages += 1
        windows[place].next = page.next
    }

    // MARK: What the end of a stream means

    /// Takes the end of a window's stream.
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
        case .rejected(let page): return Consequence(continuation: .cut(total: page.total, starts: page.starts))
        case .limitReached, .cursorLost:
            windows[place].isAtLimit = true
            // It has more than the limit, whatever Clio's count says.
            let total = windows[place].total.flatMap { $0 < limit ? $0 : nil }
            return Consequence(continuation: .cut(total: total, starts: []))
        }
    }

    /// Puts shorter windows in the place of one; without edges, it is fetched as it is, as far as Clio shows it.
    mutating func cut(_ key: StreamKey, at edges: [Double]) -> Consequence {
        guard let place = place(key) else { return Consequence() }
        let window = windows[place]
        let edges = edges.map { $0.rounded(.towardZero) }
        let parts = window.span.parts(at: edges)
        if parts.count > 1 {
            windows.replaceSubrange(place...place, with: parts.map(Window.init))
            return Consequence(steps: [.report(.boundaries(edges))] + (window.pages > 0 ? [.end(key)] : []))
        }
        guard window.isAtLimit else {
            windows[place].mustBeShort = false
            windows[place].state = .waiting
            return Consequence()
        }
        windows[place].state = .finished
        return Consequence(
            steps: [.report(.limitReached(key, passedBy: nil, shown: limit)), .end(key)] + completed())
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
