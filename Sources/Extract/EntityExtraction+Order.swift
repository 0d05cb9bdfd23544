internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Walks a list along Clio's cursor, which has no end with `order=id(asc)`: in one chain, or in several side by side when
    /// one alone could not spend the budget.
    ///
    /// Streams are `all`, and `created_since=…` for chains that begin later, or behind a wall, or where a cursor was
    /// no longer taken. What was committed stays; the load drops what comes twice.
    func walkInOrder(_ writer: RawLayerWriter, _ fields: inout FieldList) async throws(Halt) -> Walk {
        var brought: BroughtRecords?
        if let grouping {
            brought = try await walkInGroups(grouping, writer, &fields)
            if brought == nil { return Walk(countedBefore: nil, hasSeams: true) }
        }
        let manifest = writer.manifest
        var plan = ChainPlan(entity, pageSize: batchSize, manifest: manifest)
        if plan.chains.isEmpty {
            if entity.windows == nil, let parameter = entity.since.created, let recentSince {
                plan.begin(
                    ChainPlan.Chain(
                        name: "\(parameter)=\(Moment.timestamp(recentSince))", floor: recentSince))
            }
            plan.begin(ChainPlan.Chain(name: ChainPlan.whole, floor: nil))
        }
        let walk = OrderedWalk(plan, writer, brought)
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
        case ended(ChainPlan.Chain, Result<WalkEnd, Halt>)
    }

    /// Walks all open chains, and those that are begun meanwhile.
    private func walkChains(_ walk: OrderedWalk, _ fields: FieldList) async throws(Halt) -> ChainsEnd {
        let changes = walk.begin()
        let ends = await withTaskGroup(of: ChainStep.self) { group -> [Result<ChainsEnd, Halt>] in
            var running = 0
            var ends: [Result<ChainsEnd, Halt>] = []
            func start() {
                for chain in walk.takeNew() {
                    running += 1
                    group.addTask {
                        let end = await attempt { () throws(Halt) in try await self.walk(chain, walk, fields) }
                        return .ended(chain, end)
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
                    do throws(Halt) {
                        let fact = walk.current.displacementNote
                        try await note(fact.code, fact.severity, fact.message, to: walk.writer)
                    } catch {
                        walk.halt()
                        ends.append(.failure(error))
                    }
                case .ended(let chain, let end):
                    running -= 1
                    walk.release(chain.name)
                    do throws(Halt) {
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
            case .failure(.stopped): stopped = true
            case .failure(let halt): throw halt
            case .success(.onward): break
            case .success(let other): result = other
            }
        }
        // Others stop as well when the walk goes on in another way.
        if stopped && isStopping() { throw .stopped }
        return result
    }

    private func walk(
        _ chain: ChainPlan.Chain, _ walk: OrderedWalk, _ fields: FieldList
    ) async throws(Halt) -> WalkEnd {
        let start: WebAddress
        if let next = chain.next {
            guard let address = WebAddress(next) else { throw .clio(client.unusable) }
            start = address
        } else if let floor = chain.floor, let parameter = entity.since.created {
            start = try firstAddress(fields, adding: [(parameter, Moment.timestamp(floor))])
        } else {
            start = try firstAddress(fields)
        }
        var checks = checks
        if let floor = chain.floor { checks.floor = FloorCheck(field: "created_at", moment: floor) }
        checks.above = chain.lastID
        return try await self.walk(
            chain.name, from: start, checks: checks, writer: walk.writer, guide: guide(chain, walk))
    }

    private func guide(_ chain: ChainPlan.Chain, _ walk: OrderedWalk) -> WalkGuide {
        var guide = WalkGuide()
        guide.isHistory = recentSince.map { (chain.floor ?? -.infinity) < $0 } ?? false
        guide.mayKeep = { [self] page in
            if walk.current.isUnfiltered(chain.name, page) { return false }
            // A list without an order ends early: its first page must say that it is short enough.
            guard entity.order == nil, entity.windows != nil, chain.pages == 0, let total = page.total else {
                return true
            }
            // A count may stop there as well.
            return total < client.settings.walkLimit
        }
        if grouping != nil { guide.group = ("", StreamBoard.lastRank) }
        guide.trim = { page in
            page.trim(behind: chain.seenUpTo, upTo: walk.current.upper(of: chain.name))
            if !chain.isRewalk { walk.brought?.trim(&page) }
        }
        guide.goesOn = { [self] page in
            let grown = walk.update { plan in
                let before = plan.displacementNote
                plan.note(chain.name, page)
                return plan.chains.count > 1 && plan.displacementNote != before ? plan.displacementNote : nil
            }
            // What ends a chain must be known to whoever takes the walk up again. A failed disk shows at the next page.
            if let grown { try? await walk.writer.note(grown) }
            if walk.current.hasMet(chain.name) { return false }
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
    ) async throws(Halt) -> ChainsEnd {
        switch end {
        case .finished:
            tellIfRecent(chain)
            return .onward
        case .met:
            if walk.isHalted, !walk.current.hasMet(chain.name) { throw .stopped }
            try await close(chain.name, walk)
            tellIfRecent(chain)
            return .onward
        case .refused(let error):
            if chain.pages > 0 { return try await goOnBehind(chain.name, walk) }
            guard error.kind == .refused else { throw .clio(error) }
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
        case .lost where entity.order != nil: return try await goOnBehind(chain.name, walk)
        case .wall, .lost: return try await passWall(chain.name, walk)
        }
    }

    /// Begins another chain where one stands whose cursor is no longer taken.
    private func goOnBehind(_ name: String, _ walk: OrderedWalk) async throws(Halt) -> ChainsEnd {
        if walk.current.isStuck(name) { return try await passWall(name, walk) }
        try await note(
            "restarted", .info, "Clio no longer takes the cursor of \(name); it goes on where that stood",
            stream: name, to: walk.writer)
        try await close(name, walk, isBroken: true)
        try await succeed(walk)
        return .onward
    }

    /// Forgets a chain whose floor Clio does not look at, or does not take.
    private func walkWithoutFloors(
        _ chain: ChainPlan.Chain, _ walk: OrderedWalk
    ) async throws(Halt) -> ChainsEnd {
        try await note(
            "filter_ignored", .info,
            "Clio does not look at \(entity.since.created ?? "") here; the list is walked in one chain",
            to: walk.writer)
        walk.update { $0.drop(chain.name) }
        try await giveUpWalls(walk)
        return .onward
    }

    private func tellIfRecent(_ chain: ChainPlan.Chain) {
        guard let recentSince, chain.floor == recentSince else { return }
        onEvent(.recentComplete(entity: entity.name))
    }

    /// Goes on behind a wall: in time windows, or from the creation date where it stands.
    private func passWall(_ name: String, _ walk: OrderedWalk) async throws(Halt) -> ChainsEnd {
        let writer = walk.writer
        if entity.windows != nil {
            try await note(
                "wall", .info, "Clio shows no more of this list in one walk; it is asked for in time windows",
                stream: name, to: writer)
            try await close(name, walk)
            walk.halt()
            return .inWindows(total: nil, starts: [])
        }
        if walk.current[name]?.position == nil, entity.since.created != nil {
            do throws(StagingError) {
                let position = try await LastCreation.read(name, writer)
                walk.update { $0.place(name, at: position) }
            } catch { throw .storage(error) }
        }
        let isPassable = walk.current.isPassable(name)
        if isPassable {
            try await note(
                "wall", .info,
                "Clio shows no more of this list in one walk; it goes on from the creations that it came to",
                stream: name, to: writer)
        } else {
            try await noteLastWall(name, writer)
        }
        try await close(name, walk, isBroken: isPassable)
        try await succeed(walk)
        return .onward
    }

    private func noteLastWall(_ name: String, _ writer: RawLayerWriter) async throws(Halt) {
        try await note(
            "wall", .warning, "Clio shows no more of this list, and nothing leads past it; later records are missing",
            stream: name, to: writer)
    }

    /// Without a filter that works nothing goes on behind a wall; a walk from the beginning would end there again.
    private func giveUpWalls(_ walk: OrderedWalk) async throws(Halt) {
        let walls = walk.writer.manifest.notes.filter { $0.code == "wall" }.compactMap(\.stream)
        for chain in walk.current.broken where walls.contains(chain.name) {
            try await noteLastWall(chain.name, walk.writer)
            walk.update { $0.close(chain.name) }
        }
    }

    /// Begins the chains that go on where others ended early.
    private func succeed(_ walk: OrderedWalk) async throws(Halt) {
        for chain in walk.current.broken {
            if chain.position == nil, entity.since.created != nil {
                // Of a walk that is taken up again, only the staged files know how far the creations came.
                do throws(StagingError) {
                    let position = try await LastCreation.read(chain.name, walk.writer)
                    walk.update { $0.place(chain.name, at: position) }
                } catch { throw .storage(error) }
            }
            guard walk.current.hasFloors || walk.current.mayRestart else {
                throw .clio(
                    ClioError(
                        .missing,
                        "\(entity.endpoint): Clio does not take its own cursors until the list's end, and nothing "
                            + "else leads there; run again with a smaller SYNC_MAX_CONCURRENT_REQUESTS or in quieter hours"
                    ))
            }
            let link = walk.update { plan in plan[chain.name].map { plan.beginSuccessor(of: $0) } }
            guard let link else { continue }
            do throws(StagingError) {
                try await walk.writer.note(link)
            } catch { throw .storage(error) }
        }
    }

    private func close(_ name: String, _ walk: OrderedWalk, isBroken: Bool = false) async throws(Halt) {
        try await end(name, walk.writer)
        walk.update { $0.close(name, isBroken: isBroken) }
    }

    func end(_ stream: String, _ writer: RawLayerWriter) async throws(Halt) {
        do throws(StagingError) {
            try await writer.endStream(stream)
        } catch { throw .storage(error) }
    }
}
