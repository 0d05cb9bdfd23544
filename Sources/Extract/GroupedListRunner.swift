internal import HTTP
internal import Pipelines
internal import Staging
internal import Synchronization

/// Fetches a list group by group, as far as its filter leads: page by page, each that of the group that comes first by then.
///
/// Streams are named after the filter, `practice_area_id=17`. A group's parts are sealed with its last page, so that it can be
/// loaded while the others are still on their way.
final class GroupedListRunner: Sendable {
    private let extraction: EntityExtraction
    private let grouping: Grouping
    private let writer: RawLayerWriter
    private let list: Mutex<GroupedList>

    init(_ extraction: EntityExtraction, _ grouping: Grouping, _ writer: RawLayerWriter) async throws {
        self.extraction = extraction
        self.grouping = grouping
        self.writer = writer
        let folder = extraction.folder.connection
        let directory = try await StagedFiles.read { () throws(StagingError) in
            try GroupDirectory(grouping, in: folder)
        }
        list = Mutex(GroupedList(grouping, directory, writer.manifest.streams))
    }

    private var current: GroupedList { list.withLock { $0 } }

    /// - Returns: the ids of what is there now; nil when nothing of the list is left to be fetched.
    func run(_ fields: inout FieldList) async throws -> StagedIDs? {
        let isFresh = current.streams.allSatisfy { $0.pages == 0 }
        var before: Int?
        if !GroupDirectory.isAbandoned(writer.manifest) {
            if current.groups.isEmpty {
                let name = "\(grouping.lookup.phase)/\(grouping.lookup.entity)"
                try await extraction.record(.groupsAbandoned(.empty(lookup: name)), to: writer)
            } else if current.isOpen {
                let whole = try await extraction.recount()
                if isFresh { before = whole }
                list.withLock { $0.whole = whole }
                extraction.tally.update { $0.total = whole ?? $0.total }
                while case .withoutFields(let refusal) = try await fetchOpen(fields) {
                    try await extraction.dropRefusedFields(&fields, after: refusal, writer)
                }
            }
        }
        let streams = current.streams
        for stream in streams where stream.isOpen && stream.pages > 0 { try await writer.endStream(stream.key) }
        try await writer.seal()
        let names = Set(streams.map(\.key))
        let files = zip(writer.manifest.parts, writer.files).filter { names.contains($0.0.stream) }.map(\.1)
        let ids = try await StagedIDs.read(files)
        // The count of the whole list says whether anything is left, unless the whole list has been begun: of a list that did not
        // change meanwhile, where no record that is gone can hide one that is in no group.
        if let before, ids.count == before, streams.reduce(0, { $0 + ($1.total ?? 0) }) >= before,
            extraction.orderedList(writer.manifest).partitions.isEmpty,
            try await extraction.recount() == before
        {
            return nil
        }
        return ids
    }

    /// Fetches all open streams.
    private func fetchOpen(_ fields: FieldList) async throws -> Consequence.Continuation {
        let ends = await withTaskGroup(of: Result<Consequence.Continuation, any Error>.self) { tasks in
            var ends: [Result<Consequence.Continuation, any Error>] = []
            var running = 0
            var isEnding = false
            func start(_ wanted: Int) {
                let (board, entity) = (extraction.board, extraction.entity)
                while !isEnding, !extraction.isStopping(),
                    running == 0 || board.hasRoom(for: entity, wanted: wanted, running: running)
                {
                    let stream = list.withLock { $0.next { board.preference(entity, group: $0.key) } }
                    guard let stream else { return }
                    running += 1
                    tasks.addTask { await Result(of: { try await self.fetchPage(of: stream, fields) }) }
                }
            }
            start(await extraction.client.budget.wantedStreams)
            while let end = await tasks.next() {
                running -= 1
                ends.append(end)
                if case .success(.asBefore) = end {} else { isEnding = true }
                start(await extraction.client.budget.wantedStreams)
            }
            return ends
        }
        var result = Consequence.Continuation.asBefore
        var isStopped = extraction.isStopping() && current.isOpen
        for end in ends {
            switch end {
            case .failure(let error) where error.isStop: isStopped = true
            case .failure(let error): throw error
            case .success(.withoutFields(let refusal)): result = .withoutFields(refusal)
            case .success: break
            }
        }
        if isStopped { throw Halt.stopped }
        return result
    }

    /// Fetches one page of a group.
    private func fetchPage(of stream: GroupedList.Stream, _ fields: FieldList) async throws -> Consequence.Continuation
    {
        let key = stream.key
        let start: WebAddress
        if let next = stream.next {
            guard let address = WebAddress(next) else { throw extraction.client.unusable }
            start = address
        } else {
            let beside = stream.value == GroupDirectory.null ? [] : grouping.with.map { ($0.name, $0.value) }
            start = try extraction.firstAddress(fields, adding: beside + [(grouping.parameter, stream.value)])
        }
        var checks = extraction.checks
        checks.above = stream.lastID
        checks.group = GroupCheck(path: grouping.path, value: stream.value)
        var guide = EntityExtraction.StreamGuide()
        guide.group = list.withLock { ($0.groups[stream.group].key, $0.rank(stream.group)) }
        guide.accepts = { [self] page in list.withLock { $0.accepts(page, for: key) } }
        guide.continues = { [self] page in
            list.withLock { $0.received(page, for: key) }
            return false
        }
        let end: StreamEnd
        do {
            end = try await extraction.fetch(key, from: start, checks: checks, writer: writer, guide: guide)
        } catch {
            list.withLock { $0.release(key) }
            throw error
        }
        return try await extraction.perform(list.withLock { $0.ended(end, for: key, fields) }, writer)
    }
}
