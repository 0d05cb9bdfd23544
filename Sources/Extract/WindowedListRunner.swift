internal import HTTP
internal import Pipelines
internal import Staging
internal import Synchronization

/// Fetches the windows that a `WindowedList` asks for, a few side by side, and finds where to cut those that are too long.
final class WindowedListRunner: Sendable {
    private let extraction: EntityExtraction
    private let windows: Windows
    private let writer: RawLayerWriter
    private let list: Mutex<WindowedList>

    init(_ extraction: EntityExtraction, _ windows: Windows, _ writer: RawLayerWriter) {
        self.extraction = extraction
        self.windows = windows
        self.writer = writer
        list = Mutex(
            WindowedList(
                limit: extraction.client.settings.offsetLimit, recentSince: extraction.recentSince,
                streams: writer.manifest.streams, events: writer.manifest.events))
    }

    private var current: WindowedList { list.withLock { $0 } }

    /// - Parameters:
    ///   - total: Clio's count of the whole list.
    ///   - starts: when some of the records begin.
    /// - Returns: whether the list could be cut; if not, it was fetched as far as Clio shows it.
    func run(total: Int?, starts: [Double]) async throws -> Bool {
        if !current.isCut {
            let edges: [Double]
            if let recentSince = extraction.recentSince {
                edges = [recentSince - recentSince.truncatingRemainder(dividingBy: 86_400)]
            } else {
                edges = try await self.edges(
                    in: .all, total: total ?? extraction.client.settings.offsetLimit + 1, starts: starts)
            }
            guard !edges.isEmpty else {
                try await fetchToLimit()
                return false
            }
            try await extraction.perform(list.withLock { $0.cut(TimeWindow.all.key, at: edges) }, writer)
        }
        try await fetchOpen()
        for key in current.orphans(writer.manifest.streams) { try await writer.endStream(key) }
        return true
    }

    /// Fetches all open windows, and those that they are cut into.
    private func fetchOpen() async throws {
        let wanted = min(await extraction.client.budget.wantedStreams, 16)
        let most = max(1, extraction.client.settings.parallelWindows, wanted)
        let failures = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            var running = 0
            var failures: [any Error] = []
            func start() {
                // After a failure the others finish what they have; nothing new is begun.
                while failures.isEmpty, running < most, let window = list.withLock({ $0.next() }) {
                    running += 1
                    group.addTask { await Result(of: { try await self.fetch(window) }) }
                }
            }
            start()
            while let end = await group.next() {
                running -= 1
                if case .failure(let error) = end { failures.append(error) }
                start()
            }
            return failures
        }
        if let failure = failures.first(where: { !$0.isStop }) ?? failures.first { throw failure }
    }

    private func fetch(_ window: WindowedList.Window) async throws {
        let (key, span) = (window.key, window.span)
        var checks = extraction.checks
        checks.startField = windows.startField
        checks.window = WindowCheck(
            startField: windows.startField, endField: windows.endField, lower: span.lower, upper: span.upper)
        let start: WebAddress
        if let next = window.next.flatMap({ WebAddress($0) }) {
            start = next
        } else {
            let fields = FieldList(extraction.entity, manifest: writer.manifest)
            start = try extraction.firstAddress(fields, adding: span.parameters(windows))
        }
        var guide = EntityExtraction.StreamGuide()
        guide.isHistory = current.isHistory(span)
        guide.accepts = { [self] page in current.accepts(page, for: key) }
        guide.continues = { [self] page in
            list.withLock { $0.received(page, for: key) }
            return true
        }
        let end = try await extraction.fetch(key, from: start, checks: checks, writer: writer, guide: guide)
        let consequence = list.withLock { $0.ended(end, for: key) }
        guard case .cut(let total, let starts) = try await extraction.perform(consequence, writer) else { return }
        let edges = try await edges(in: span, total: total, starts: starts)
        try await extraction.perform(list.withLock { $0.cut(key, at: edges) }, writer)
    }

    /// What can be had of a list that cannot be cut.
    private func fetchToLimit() async throws {
        let fields = FieldList(extraction.entity, manifest: writer.manifest)
        let end = try await extraction.fetch(
            .list, from: try extraction.firstAddress(fields), checks: extraction.checks, writer: writer,
            guide: EntityExtraction.StreamGuide())
        switch end {
        case .finished, .satisfied: break
        case .refused(let error): throw error
        case .limitReached, .cursorLost, .rejected:
            let limit = extraction.client.settings.offsetLimit
            try await extraction.record(.limitReached(.list, passedBy: nil, shown: limit), to: writer)
            try await writer.endStream(.list)
        }
    }

    // MARK: Where to cut

    /// Finds edges inside a window; none when it cannot be cut.
    private func edges(in window: TimeWindow, total: Int?, starts: [Double]) async throws -> [Double] {
        let settings = extraction.client.settings
        // A window that ended at the limit has more than that, whatever Clio's count says.
        let total = total ?? settings.offsetLimit + 1
        var planner = WindowPlanner(
            total: total, target: settings.windowSize, window: window, starts: starts,
            now: extraction.client.clock.wall(), grain: windows.boundType == .date ? 86_400 : 1)
        // Without counts the middle is as good a guess as any; a part that is still too long is cut again.
        let halves = planner.middle.map { [$0] } ?? []
        // Short, and not to be had as one window all the same: any edge makes it shorter.
        if total <= settings.windowSize { return halves }
        while true {
            switch planner.next() {
            case .done(let edges): return edges
            case .ignored:
                if try await !extraction.doCountsHold(writer) { return halves }
                try await extraction.record(.windowFilterIgnored(parameter: windows.upperParameter), to: writer)
                return []
            case .count(let moment):
                guard !extraction.tally.counts.areCountsVoid else { return halves }
                let part = TimeWindow(lower: window.lower, upper: moment)
                let count = try await extraction.client.count(
                    extraction.entity, adding: part.parameters(windows), extraction.context("count"))
                guard let count else { return planner.middle.map { [$0] } ?? [] }
                planner.answer(moment, count)
            }
        }
    }
}
