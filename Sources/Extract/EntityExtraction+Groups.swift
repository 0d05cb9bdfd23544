internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Fetches a list group by group, as far as its filter leads; `walkInOrder` fetches the rest.
    ///
    /// Streams are named after the filter, `practice_area_id=17`. A group's parts are sealed with its last page, so that it can be
    /// loaded while the others are still on their way.
    /// - Returns: what is there now; nil when nothing of the list is left to be walked.
    func walkInGroups(
        _ grouping: Grouping, _ writer: RawLayerWriter, _ fields: inout FieldList
    ) async throws -> StagedIDs? {
        let folder = folder.connection
        let directory = try await StagedFiles.read { () throws(StagingError) in
            try GroupDirectory(grouping, in: folder)
        }
        var plan = GroupPlan(grouping, directory, writer.manifest)
        let isFresh = plan.chains.allSatisfy { $0.pages == 0 }
        var before: Int?
        let isGivenUp = GroupDirectory.isAbandoned(writer.manifest)
        if directory.groups.isEmpty, !isGivenUp {
            let name = "\(grouping.lookup.phase)/\(grouping.lookup.entity)"
            try await record(.groupsAbandoned(.empty(lookup: name)), to: writer)
        } else if !isGivenUp, !plan.open.isEmpty {
            let whole = try await recount()
            if isFresh { before = whole }
            tally.update { $0.total = whole ?? $0.total }
            let walk = GroupWalk(grouping, plan, writer, whole: whole)
            while case .fieldsRefused(let refusal) = try await walkGroups(walk, fields) {
                try await dropRefusedFields(&fields, after: refusal, writer)
            }
            plan = walk.current
        }
        for chain in plan.open where chain.pages > 0 { try await end(chain.key, writer) }
        let names = Set(plan.chains.map(\.key))
        let ids: StagedIDs
        try await writer.seal()
        let files = zip(writer.manifest.parts, writer.files).filter { names.contains($0.0.stream) }.map(\.1)
        ids = try await StagedIDs.read(files)
        // The count of the whole list says whether anything is left, until a walk for that has begun: of a list that
        // did not change meanwhile, where no record that is gone can stand for one that is in no group.
        if let before, ids.count == before, plan.chains.reduce(0, { $0 + ($1.total ?? 0) }) >= before,
            ChainPlan(entity, pageSize: batchSize, manifest: writer.manifest).chains.isEmpty,
            try await recount() == before
        {
            return nil
        }
        return ids
    }

    /// What the end of the groups leads to.
    private enum GroupsEnd: Sendable {
        case onward
        case fieldsRefused(ClioError)
    }

    /// Walks all open chains page by page; each page is that of the group that comes first by then.
    private func walkGroups(_ walk: GroupWalk, _ fields: FieldList) async throws -> GroupsEnd {
        let results = await withTaskGroup(of: (Int, Result<GroupStep, any Error>).self) { tasks in
            var results: [Result<GroupStep, any Error>] = []
            var running = 0
            var isEnding = false
            func start(_ wanted: Int) {
                while !isEnding, !isStopping(),
                    running == 0 || board.hasRoom(for: entity, wanted: wanted, running: running)
                {
                    guard let place = walk.update({ $0.take { board.preference(entity, group: $0.key) } }) else {
                        return
                    }
                    running += 1
                    tasks.addTask {
                        let chain = walk.current.chains[place]
                        return (place, await Result(of: { try await page(of: chain, walk, fields) }))
                    }
                }
            }
            start(await client.budget.wantedStreams)
            while let (place, result) = await tasks.next() {
                running -= 1
                walk.update { $0.release(place) }
                results.append(result)
                switch result {
                case .success(.onward):
                    let plan = walk.current
                    let chain = plan.chains[place]
                    if !chain.isOpen, plan.isComplete(chain.group) {
                        onEvent(
                            .groupComplete(
                                entity: entity.name, group: plan.groups[chain.group].key,
                                complete: plan.groups.indices.filter(plan.isComplete).count, of: plan.groups.count))
                    }
                default: isEnding = true
                }
                start(await client.budget.wantedStreams)
            }
            return results
        }
        var end = GroupsEnd.onward
        var isStopped = isStopping() && !walk.current.open.isEmpty
        for result in results {
            switch result {
            case .failure(let error) where error.isStop: isStopped = true
            case .failure(let error): throw error
            case .success(.fieldsRefused(let refusal)): end = .fieldsRefused(refusal)
            case .success: break
            }
        }
        if isStopped { throw Halt.stopped }
        return end
    }

    private enum GroupStep: Sendable {
        case onward
        case fieldsRefused(ClioError)
        /// Groups are no way to bring this list.
        case givenUp
    }

    /// Brings one page of a group.
    private func page(of chain: GroupPlan.Chain, _ walk: GroupWalk, _ fields: FieldList) async throws -> GroupStep {
        let grouping = walk.grouping
        let start: WebAddress
        if let next = chain.next {
            guard let address = WebAddress(next) else { throw client.unusable }
            start = address
        } else {
            let beside = chain.value == GroupDirectory.null ? [] : grouping.with.map { ($0.name, $0.value) }
            start = try firstAddress(fields, adding: beside + [(grouping.parameter, chain.value)])
        }
        var checks = checks
        checks.above = chain.lastID
        checks.group = GroupCheck(path: grouping.path, value: chain.value)
        let plan = walk.current
        var guide = WalkGuide()
        guide.group = (plan.groups[chain.group].key, plan.rank(chain.group))
        guide.mayKeep = { !(chain.pages == 0 && walk.isIgnored($0)) }
        let shown = Shown()
        guide.goesOn = { page in
            walk.update { $0.note(chain.key, page) }
            if walk.isIgnored(page) { shown.isIgnored = true }
            return false
        }
        switch try await self.walk(chain.key, from: start, checks: checks, writer: walk.writer, guide: guide) {
        case .finished, .met:
            guard shown.isIgnored else { return .onward }
            return try await giveUp(.ignored(filter: grouping.parameter), walk)
        case .notKept: return try await giveUp(.ignored(filter: grouping.parameter), walk)
        case .refused(let error) where chain.pages == 0:
            guard error.kind == .refused else { throw error }
            if fields.named(in: error.description) != nil { return .fieldsRefused(error) }
            return try await giveUp(.refused(filter: grouping.parameter), walk)
        case .refused, .wall, .lost:
            try await record(.cursorLost(chain.key), to: walk.writer)
            try await end(chain.key, walk.writer)
            walk.update { $0.breakOff(chain.key) }
            return .onward
        }
    }

    private func giveUp(_ why: ListEvent.GroupProblem, _ walk: GroupWalk) async throws -> GroupStep {
        try await record(.groupsAbandoned(why), to: walk.writer)
        return .givenUp
    }
}
