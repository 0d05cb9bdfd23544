internal import Pipelines
internal import Staging

// How a list is fetched: group by group, in its order, or in time windows.

extension EntityExtraction {
    /// Fetches the list along Clio's cursor, which has no end with `order=id(asc)`.
    ///
    /// What was committed stays; the load drops what comes twice.
    func fetchInOrder(_ writer: RawLayerWriter, _ fields: inout FieldList) async throws -> ListFetch {
        var fetched: StagedIDs?
        if let grouping {
            fetched = try await fetchInGroups(grouping, writer, &fields)
            if fetched == nil { return ListFetch(countedBefore: nil, hasOverlaps: true) }
        }
        let list = OrderedList(
            entity, pageSize: batchSize, limit: client.settings.offsetLimit, recentSince: recentSince, fetched: fetched,
            streams: writer.manifest.streams, events: writer.manifest.events)
        let runner = ListRunner(self, list, writer)
        if case .inWindows(let total, let starts) = try await runner.run(&fields) {
            return try await fetchInWindows(writer, &fields, total: total, starts: starts)
        }
        return ListFetch(countedBefore: nil, hasOverlaps: runner.current.partitions.count > 1 || grouping != nil)
    }

    /// Fetches the list in time windows.
    /// - Parameters:
    ///   - total: Clio's count, where it is known.
    ///   - starts: when some of the records begin.
    func fetchInWindows(
        _ writer: RawLayerWriter, _ fields: inout FieldList, total: Int?, starts: [Double]
    ) async throws -> ListFetch {
        guard let windows = entity.windows else { throw client.unusable }
        var total = total
        if total == nil { total = try await recount() }
        if let total { tally.update { $0.total = total } }
        let settings = WindowedList.Settings(
            windows: windows, limit: client.settings.offsetLimit, target: client.settings.windowSize,
            parallel: client.settings.parallelWindows, now: client.clock.wall())
        var list = WindowedList(
            settings, recentSince: recentSince, streams: writer.manifest.streams, events: writer.manifest.events)
        var continuation = try await perform(list.divide(total: total, starts: starts), writer)
        if case .asBefore = continuation {
            let runner = ListRunner(self, list, writer)
            continuation = try await runner.run(&fields)
            list = runner.current
        }
        if case .toLimit = continuation {
            try await fetchToLimit(writer, fields)
            return ListFetch(countedBefore: nil, hasOverlaps: false)
        }
        for key in list.orphans(writer.manifest.streams) { try await writer.endStream(key) }
        return ListFetch(countedBefore: total, hasOverlaps: true)
    }

    /// What can be had of a list that cannot be cut.
    private func fetchToLimit(_ writer: RawLayerWriter, _ fields: FieldList) async throws {
        switch try await fetch(
            .list, from: try firstAddress(fields), checks: checks, writer: writer, guide: StreamGuide())
        {
        case .finished, .satisfied: break
        case .refused(let error): throw error
        case .limitReached, .cursorLost, .rejected:
            let limit = client.settings.offsetLimit
            try await record(.limitReached(.list, passedBy: nil, shown: limit), to: writer)
            try await writer.endStream(.list)
        }
    }

    /// Fetches the list group by group, as far as its filter leads.
    /// - Returns: the ids of what is there now; nil when nothing of the list is left to be fetched.
    private func fetchInGroups(
        _ grouping: Grouping, _ writer: RawLayerWriter, _ fields: inout FieldList
    ) async throws -> StagedIDs? {
        let folder = folder.connection
        let directory = try await StagedFiles.read { () throws(StagingError) in
            try GroupDirectory(grouping, in: folder)
        }
        let (board, entity) = (board, entity)
        var list = GroupedList(grouping, directory, fields: fields, streams: writer.manifest.streams) {
            board.preference(entity, group: $0.key)
        }
        let isFresh = list.streams.allSatisfy { $0.pages == 0 }
        var before: Int?
        if !GroupDirectory.isAbandoned(writer.manifest) {
            if list.groups.isEmpty {
                let name = "\(grouping.lookup.phase)/\(grouping.lookup.entity)"
                try await record(.groupsAbandoned(.empty(lookup: name)), to: writer)
            } else if list.isOpen {
                let whole = try await recount()
                if isFresh { before = whole }
                list.whole = whole
                tally.update { $0.total = whole ?? $0.total }
                let runner = ListRunner(self, list, writer)
                _ = try await runner.run(&fields)
                list = runner.current
            }
        }
        for stream in list.streams where stream.isOpen && stream.pages > 0 { try await writer.endStream(stream.key) }
        try await writer.seal()
        let names = Set(list.streams.map(\.key))
        let files = zip(writer.manifest.parts, writer.files).filter { names.contains($0.0.stream) }.map(\.1)
        let ids = try await StagedIDs.read(files)
        // The count of the whole list says whether anything is left, unless the whole list has been begun: of a list that did not
        // change meanwhile, where no record that is gone can hide one that is in no group.
        if let before, ids.count == before, list.streams.reduce(0, { $0 + ($1.total ?? 0) }) >= before,
            PartitionSet(entity, writer.manifest).all.isEmpty, try await recount() == before
        {
            return nil
        }
        return ids
    }
}
