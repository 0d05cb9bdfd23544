internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// How the walk of one window ended.
    private enum WindowEnd: Sendable {
        case finished
        /// Its new edges are noted.
        case split
    }

    /// Walks the list in time windows, a few side by side, the newest first.
    ///
    /// Neighbours overlap in what begins in one and ends in the other; the load drops what comes twice.
    /// - Parameters:
    ///   - total: Clio's count, where it is known.
    ///   - starts: when some of the records begin.
    func walkInWindows(_ writer: RawLayerWriter, total: Int?, starts: [Double]) async throws -> Walk {
        guard let windows = entity.windows else { throw client.unusable }
        var total = total
        if total == nil { total = try await recount() }
        if let total { tally.update { $0.total = total } }
        if WindowPlan(writer.manifest) == nil, let recentSince {
            let edge = recentSince - recentSince.truncatingRemainder(dividingBy: 86_400)
            try await record(WindowPlan.event([edge]), to: writer)
        }
        if WindowPlan(writer.manifest) == nil {
            let all = TimeWindow(lower: nil, upper: nil)
            let edges = try await cut(all, total: total ?? client.settings.walkLimit + 1, starts: starts, writer)
            guard !edges.isEmpty else {
                try await walkToTheWall(writer)
                return Walk(countedBefore: nil, hasSeams: false)
            }
        }
        while let plan = WindowPlan(writer.manifest) {
            let streams = writer.manifest.streams
            let open = plan.windows.filter { streams[$0.key]?.finished != true }
            if open.isEmpty {
                try await endOrphans(plan, writer)
                break
            }
            for key in try await walk(open, windows, writer) {
                if writer.manifest.streams[key] != nil { try await self.end(key, writer) }
            }
        }
        return Walk(countedBefore: total, hasSeams: true)
    }

    /// Walks windows side by side.
    /// - Returns: the streams of those that were parted instead.
    private func walk(
        _ open: [TimeWindow], _ windows: Windows, _ writer: RawLayerWriter
    ) async throws -> [StreamKey] {
        let wanted = min(await client.budget.wantedStreams, 16)
        let results = await withTaskGroup(of: (Int, Result<WindowEnd, any Error>).self) { group in
            var waiting = open.indices[...]
            var recent = Set(open.indices.filter { !isHistory(open[$0]) })
            var isRecentOpen = recentSince != nil && !recent.isEmpty
            func start() {
                guard let place = waiting.popFirst() else { return }
                group.addTask {
                    (place, await Result(of: { try await walk(open[place], windows, writer) }))
                }
            }
            for _ in 0..<max(1, client.settings.parallelWindows, wanted) { start() }
            var results: [(Int, Result<WindowEnd, any Error>)] = []
            for await result in group {
                results.append(result)
                if case .success(.finished) = result.1 { recent.remove(result.0) }
                if isRecentOpen, recent.isEmpty {
                    isRecentOpen = false
                    onEvent(.recentComplete(entity: entity.name))
                }
                // After a failure the others finish what they have; nothing new is begun.
                if case .failure = result.1 { waiting = waiting.suffix(0) } else { start() }
            }
            return results
        }
        var split: [StreamKey] = []
        for (place, result) in results {
            if case .split = try result.get() { split.append(open[place].key) }
        }
        return split
    }

    private func walk(
        _ window: TimeWindow, _ windows: Windows, _ writer: RawLayerWriter
    ) async throws -> WindowEnd {
        let key = window.key
        var checks = checks
        checks.startField = windows.startField
        checks.window = WindowCheck(
            startField: windows.startField, endField: windows.endField, lower: window.lower, upper: window.upper)
        let fields = FieldList(entity, manifest: writer.manifest)
        let beginning = try firstAddress(fields, adding: window.parameters(windows))
        let resumed = writer.manifest.streams[key]?.next.flatMap { WebAddress($0) }
        var start = resumed ?? beginning
        var guide = WalkGuide()
        guide.isHistory = isHistory(window)
        let limit = client.settings.walkLimit
        if resumed == nil { guide.mayKeep = { $0.total.map { $0 < limit } ?? true } }
        while true {
            switch try await walk(key, from: start, checks: checks, writer: writer, guide: guide) {
            case .finished, .met: return .finished
            case .refused where start != beginning:
                try await record(.cursorLost(key), to: writer)
                start = beginning
            case .refused(let error): throw error
            case .notKept(let first):
                let edges = try await cut(window, total: first.total, starts: first.starts, writer)
                if !edges.isEmpty { return .split }
                guide.mayKeep = { _ in true }
            case .wall, .lost:
                let total = writer.manifest.streams[key]?.reportedTotal.flatMap { $0 < limit ? $0 : nil }
                let edges = try await cut(window, total: total, starts: [], writer)
                if !edges.isEmpty { return .split }
                try await record(.limitReached(key, passedBy: nil, shown: limit), to: writer)
                try await end(key, writer)
                return .finished
            }
        }
    }

    /// Whether a window can wait until the recent ones are through.
    private func isHistory(_ window: TimeWindow) -> Bool {
        recentSince.map { (window.lower ?? -.infinity) < $0 - 86_400 } ?? false
    }

    /// Finds edges inside a window and notes them; none when it cannot be parted.
    private func cut(
        _ window: TimeWindow, total: Int?, starts: [Double], _ writer: RawLayerWriter
    ) async throws -> [Double] {
        guard let windows = entity.windows else { return [] }
        // A walk that ended at the wall has more than the limit, whatever Clio's count says.
        let total = total ?? client.settings.walkLimit + 1
        let fresh = WindowPlanner(
            total: total, target: client.settings.windowSize, window: window, starts: starts,
            now: client.clock.wall(), grain: windows.boundType == .date ? 86_400 : 1)
        // Short, and not to be had in one walk all the same: any edge makes it shorter.
        if total <= client.settings.windowSize { return try await halve(fresh, writer) }
        var planner = fresh
        while true {
            switch planner.next() {
            case .done(let edges):
                if !edges.isEmpty {
                    try await record(WindowPlan.event(edges), to: writer)
                }
                return edges
            case .ignored:
                if try await !doCountsHold(writer) { return try await halve(fresh, writer) }
                try await record(.windowFilterIgnored(parameter: windows.upperParameter), to: writer)
                return []
            case .count(let moment):
                guard !tally.counts.areCountsVoid else { return try await halve(fresh, writer) }
                let part = TimeWindow(lower: window.lower, upper: moment)
                let count: Int?
                count = try await client.count(entity, adding: part.parameters(windows), context("count"))
                guard let count else { return try await halve(planner, writer) }
                planner.answer(moment, count)
            }
        }
    }

    /// Without counts the middle is as good a guess as any; a part that is still too long is cut again.
    private func halve(_ planner: WindowPlanner, _ writer: RawLayerWriter) async throws -> [Double] {
        guard let middle = planner.middle else { return [] }
        try await record(WindowPlan.event([middle]), to: writer)
        return [middle]
    }

    /// What can be had of a list that cannot be cut.
    private func walkToTheWall(_ writer: RawLayerWriter) async throws {
        let fields = FieldList(entity, manifest: writer.manifest)
        let end = try await walk(
            .list, from: try firstAddress(fields), checks: checks, writer: writer, guide: WalkGuide())
        switch end {
        case .finished, .met: break
        case .refused(let error): throw error
        case .wall, .lost, .notKept:
            try await record(.limitReached(.list, passedBy: nil, shown: client.settings.walkLimit), to: writer)
            try await self.end(.list, writer)
        }
    }

    /// Ends streams that a later cut has replaced.
    private func endOrphans(_ plan: WindowPlan, _ writer: RawLayerWriter) async throws {
        let keys = Set(plan.windows.map(\.key))
        for (key, stream) in writer.manifest.streams where !stream.finished && !keys.contains(key) && !key.isChanges {
            try await end(key, writer)
        }
    }
}
