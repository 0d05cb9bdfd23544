internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Walks a list along Clio's cursor, which has no end with `order=id(asc)`: in one chain, or in several side by side when
    /// one alone could not spend the budget.
    ///
    /// Streams are `all`, and `created_since=…` for chains that begin later, or behind a wall, or where a cursor was
    /// no longer taken. What was committed stays; the load drops what comes twice.
    func walkInOrder(_ writer: RawLayerWriter, _ fields: inout FieldList) async throws -> Walk {
        var fetched: StagedIDs?
        if let grouping {
            fetched = try await walkInGroups(grouping, writer, &fields)
            if fetched == nil { return Walk(countedBefore: nil, hasSeams: true) }
        }
        let manifest = writer.manifest
        var plan = ChainPlan(entity, pageSize: batchSize, manifest: manifest)
        if plan.chains.isEmpty {
            if entity.windows == nil, entity.since.created != nil, let recentSince {
                plan.begin(
                    ChainPlan.Chain(
                        key: StreamKey(.partition(from: recentSince)), floor: recentSince))
            }
            plan.begin(ChainPlan.Chain(key: .list, floor: nil))
        }
        let walk = OrderedWalk(plan, writer, fetched)
        while true {
            try await succeed(walk)
            guard !walk.current.open.isEmpty else { break }
            switch try await walkChains(walk, fields) {
            case .onward: continue
            case .fieldsRefused(let refusal): try await dropRefusedFields(&fields, after: refusal, writer)
            case .inWindows(let total, let starts): return try await walkInWindows(writer, total: total, starts: starts)
            }
        }
        return Walk(countedBefore: nil, hasSeams: walk.current.chains.count > 1 || grouping != nil)
    }

    /// What the end of the chains leads to.
    private enum ChainsEnd: Sendable {
        case onward
        case fieldsRefused(ClioError)
        case inWindows(total: Int?, starts: [Double])
    }

    private enum ChainStep: Sendable {
        case woken
        case silent
        case ended(ChainPlan.Chain, Result<WalkEnd, any Error>)
    }

    /// Walks all open chains, and those that are begun meanwhile.
    private func walkChains(_ walk: OrderedWalk, _ fields: FieldList) async throws -> ChainsEnd {
        let changes = walk.begin()
        let ends = await withTaskGroup(of: ChainStep.self) { group -> [Result<ChainsEnd, any Error>] in
            var running = 0
            var ends: [Result<ChainsEnd, any Error>] = []
            func start() {
                for chain in walk.takeNew() {
                    running += 1
                    group.addTask {
                        .ended(chain, await Result(of: { try await self.walk(chain, walk, fields) }))
                    }
                }
            }
            func listen() {
                group.addTask {
                    var iterator = changes.makeAsyncIterator()
                    return await iterator.next() == nil ? .silent : .woken
                }
            }
            start()
            listen()
            while running > 0, let step = await group.next() {
                switch step {
                case .silent: break
                case .woken:
                    listen()
                    // What parts chains must be known to whoever takes the walk up again.
                    do {
                        try await record(walk.current.skew, to: walk.writer)
                    } catch {
                        walk.halt()
                        ends.append(.failure(error))
                    }
                case .ended(let chain, let end):
                    running -= 1
                    walk.release(chain.key)
                    do {
                        ends.append(.success(try await settle(chain, end.get(), walk)))
                    } catch {
                        walk.halt()
                        ends.append(.failure(error))
                    }
                }
                start()
            }
            group.cancelAll()
            return ends
        }
        var result = ChainsEnd.onward
        var stopped = false
        for end in ends {
            switch end {
            case .failure(let error) where error.isStop: stopped = true
            case .failure(let error): throw error
            case .success(.onward): break
            case .success(let other): result = other
            }
        }
        // Others stop as well when the walk goes on in another way.
        if stopped && isStopping() { throw Halt.stopped }
        return result
    }

    private func walk(
        _ chain: ChainPlan.Chain, _ walk: OrderedWalk, _ fields: FieldList
    ) async throws -> WalkEnd {
        let start: WebAddress
        if let next = chain.next {
            guard let address = WebAddress(next) else { throw client.unusable }
            start = address
        } else if let floor = chain.floor, let parameter = entity.since.created {
            start = try firstAddress(fields, adding: [(parameter, Moment.timestamp(floor))])
        } else {
            start = try firstAddress(fields)
        }
        var checks = checks
        if let floor = chain.floor { checks.floor = FloorCheck(field: "created_at", moment: floor) }
        checks.above = chain.lastID
        checks.filter = {
            PageFilter(
                after: chain.seenUpTo, upTo: walk.current.upper(of: chain.key),
                fetched: chain.isRewalk ? nil : walk.fetched)
        }
        return try await self.walk(
            chain.key, from: start, checks: checks, writer: walk.writer, guide: guide(chain, walk))
    }

    private func guide(_ chain: ChainPlan.Chain, _ walk: OrderedWalk) -> WalkGuide {
        var guide = WalkGuide()
        guide.isHistory = recentSince.map { (chain.floor ?? -.infinity) < $0 } ?? false
        guide.mayKeep = { [self] page in
            if walk.current.isUnfiltered(chain.key, page) { return false }
            // A list without an order ends early: its first page must say that it is short enough.
            guard entity.order == nil, entity.windows != nil, chain.pages == 0, let total = page.total else {
                return true
            }
            // A count may stop there as well.
            return total < client.settings.walkLimit
        }
        if grouping != nil { guide.group = ("", StreamBoard.lastRank) }
        guide.goesOn = { [self] page in
            let grown = walk.update { plan in
                let before = plan.skew
                plan.note(chain.key, page)
                return plan.chains.count > 1 && plan.skew != before ? plan.skew : nil
            }
            // What ends a chain must be known to whoever takes the walk up again. A failed disk shows at the next page.
            if let grown { try? await walk.writer.record(grown) }
            if walk.current.hasMet(chain.key) { return false }
            await partIfIdle(walk)
            return !walk.isHalted
        }
        return guide
    }

    /// Begins another chain when those under way cannot spend the budget.
    private func partIfIdle(_ walk: OrderedWalk) async {
        guard walk.current.isSplittable, board.hasRoom(for: entity, wanted: await client.budget.wantedStreams) else {
            return
        }
        guard walk.update({ $0.split(now: client.clock.wall()) }) != nil else { return }
        walk.wake()
    }

    /// Draws the consequences of a chain's end.
    private func settle(
        _ chain: ChainPlan.Chain, _ end: WalkEnd, _ walk: OrderedWalk
    ) async throws -> ChainsEnd {
        switch end {
        case .finished:
            tellIfRecent(chain)
            return .onward
        case .met:
            if walk.isHalted, !walk.current.hasMet(chain.key) { throw Halt.stopped }
            try await close(chain.key, walk)
            tellIfRecent(chain)
            return .onward
        case .refused(let error):
            if chain.pages > 0 { return try await goOnBehind(chain.key, walk) }
            guard error.kind == .refused else { throw error }
            // What the list's beginning was asked for was taken: it is the floor.
            if chain.floor != nil, walk.current.chains.contains(where: { $0.floor == nil && $0.pages > 0 }) {
                return try await walkWithoutFloors(chain, walk)
            }
            walk.halt()
            return .fieldsRefused(error)
        case .notKept(let page):
            if chain.floor != nil { return try await walkWithoutFloors(chain, walk) }
            walk.halt()
            return .inWindows(total: page.total, starts: page.starts)
        case .lost where entity.order != nil: return try await goOnBehind(chain.key, walk)
        case .wall, .lost: return try await passWall(chain.key, walk)
        }
    }

    /// Begins another chain where one stands whose cursor is no longer taken.
    private func goOnBehind(_ key: StreamKey, _ walk: OrderedWalk) async throws -> ChainsEnd {
        if walk.current.isStuck(key) { return try await passWall(key, walk) }
        try await record(.cursorLost(key), to: walk.writer)
        try await close(key, walk, isBroken: true)
        try await succeed(walk)
        return .onward
    }

    /// Forgets a chain whose floor Clio does not look at, or does not take.
    private func walkWithoutFloors(
        _ chain: ChainPlan.Chain, _ walk: OrderedWalk
    ) async throws -> ChainsEnd {
        try await record(.partitionFilterIgnored(parameter: entity.since.created ?? ""), to: walk.writer)
        walk.update { $0.drop(chain.key) }
        try await giveUpWalls(walk)
        return .onward
    }

    private func tellIfRecent(_ chain: ChainPlan.Chain) {
        guard let recentSince, chain.floor == recentSince else { return }
        onEvent(.recentComplete(entity: entity.name))
    }

    /// Goes on behind a wall: in time windows, or from the creation date where it stands.
    private func passWall(_ key: StreamKey, _ walk: OrderedWalk) async throws -> ChainsEnd {
        let writer = walk.writer
        if entity.windows != nil {
            try await record(.limitReached(key, passedBy: .windows, shown: nil), to: writer)
            try await close(key, walk)
            walk.halt()
            return .inWindows(total: nil, starts: [])
        }
        if walk.current[key]?.position == nil, entity.since.created != nil {
            let position = try await LastCreation.read(key, writer)
            walk.update { $0.place(key, at: position) }
        }
        let isPassable = walk.current.isPassable(key)
        try await record(.limitReached(key, passedBy: isPassable ? .creations : nil, shown: nil), to: writer)
        try await close(key, walk, isBroken: isPassable)
        try await succeed(walk)
        return .onward
    }

    /// Without a filter that works nothing goes on behind a wall; a walk from the beginning would end there again.
    private func giveUpWalls(_ walk: OrderedWalk) async throws {
        let limited = Set(
            walk.writer.manifest.events.compactMap { event -> StreamKey? in
                if case .limitReached(let key, _, _) = event { key } else { nil }
            })
        for chain in walk.current.broken where limited.contains(chain.key) {
            try await record(.limitReached(chain.key, passedBy: nil, shown: nil), to: walk.writer)
            walk.update { $0.close(chain.key) }
        }
    }

    /// Begins the chains that go on where others ended early.
    private func succeed(_ walk: OrderedWalk) async throws {
        for chain in walk.current.broken {
            if chain.position == nil, entity.since.created != nil {
                // Of a walk that is taken up again, only the staged files know how far the creations came.
                let position = try await LastCreation.read(chain.key, walk.writer)
                walk.update { $0.place(chain.key, at: position) }
            }
            guard walk.current.hasFloors || walk.current.mayRestart else {
                throw ClioError(
                    .missing,
                    "\(entity.endpoint): Clio does not take its own cursors until the list's end, and nothing "
                        + "else leads there; run again with a smaller SYNC_MAX_CONCURRENT_REQUESTS or in quieter hours")
            }
            let link = walk.update { plan in plan[chain.key].map { plan.beginSuccessor(of: $0) } }
            guard let link else { continue }
            try await walk.writer.record(link)
        }
    }

    private func close(_ key: StreamKey, _ walk: OrderedWalk, isBroken: Bool = false) async throws {
        try await end(key, walk.writer)
        walk.update { $0.close(key, isBroken: isBroken) }
    }

    func end(_ stream: StreamKey, _ writer: RawLayerWriter) async throws {
        try await writer.endStream(stream)
    }
}
