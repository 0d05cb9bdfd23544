internal import HTTP
internal import Pipelines
internal import Staging
internal import Synchronization

/// Fetches the streams that an `OrderedList` asks for, side by side, and carries out what it decides.
final class OrderedListRunner: Sendable {
    private let extraction: EntityExtraction
    private let writer: RawLayerWriter
    /// Records that were fetched with groups.
    private let fetched: StagedIDs?
    private let list: Mutex<OrderedList>
    /// Wakes the round when there is a new partition.
    private let split = Mutex<AsyncStream<ListEvent>.Continuation?>(nil)

    init(_ extraction: EntityExtraction, _ writer: RawLayerWriter, fetched: StagedIDs?) {
        self.extraction = extraction
        self.writer = writer
        self.fetched = fetched
        list = Mutex(extraction.orderedList(writer.manifest))
    }

    /// How the list was fetched.
    enum End: Sendable {
        case inOrder(partitions: Int)
        /// It must be cut into time windows.
        case inWindows(total: Int?, starts: [Double])
    }

    private var current: OrderedList { list.withLock { $0 } }

    /// Fetches the list to its end.
    func run(_ fields: inout FieldList) async throws -> End {
        list.withLock { $0.start() }
        while true {
            try await locate(nil)
            try await extraction.perform(list.withLock { $0.continueInterrupted() }, writer)
            guard current.isOpen else { return .inOrder(partitions: current.partitions.count) }
            switch try await fetchOpen(fields) {
            case .asBefore, .inOrder, .cut, .failed: break
            case .withoutFields(let refusal):
                try await extraction.dropRefusedFields(&fields, after: refusal, writer)
            case .inWindows(let total, let starts): return .inWindows(total: total, starts: starts)
            }
            list.withLock { $0.start() }
        }
    }

    private enum RoundStep: Sendable {
        case split(ListEvent?)
        case ended(StreamKey, Result<StreamEnd, any Error>)
    }

    /// Fetches all open partitions, and those that are split off meanwhile.
    private func fetchOpen(_ fields: FieldList) async throws -> Consequence.Continuation {
        let (splits, continuation) = AsyncStream<ListEvent>.makeStream(bufferingPolicy: .bufferingNewest(1))
        split.withLock { $0 = continuation }
        let ends = await withTaskGroup(of: RoundStep.self) { group in
            var running = 0
            var ends: [Result<Consequence.Continuation, any Error>] = []
            func start() {
                while let partition = list.withLock({ $0.next() }) {
                    running += 1
                    group.addTask {
                        .ended(partition.key, await Result(of: { try await self.fetch(partition, fields) }))
                    }
                }
            }
            func listen() {
                group.addTask {
                    var iterator = splits.makeAsyncIterator()
                    return .split(await iterator.next())
                }
            }
            start()
            listen()
            while running > 0, let step = await group.next() {
                do {
                    switch step {
                    case .split(nil): break
                    case .split(let event?):
                        listen()
                        // The journal must know what partitions are split by before a new one begins.
                        try await extraction.record(event, to: writer)
                    case .ended(let key, let end):
                        running -= 1
                        ends.append(.success(try await conclude(key, end.get())))
                    }
                } catch {
                    list.withLock { $0.halt() }
                    ends.append(.failure(error))
                }
                start()
            }
            group.cancelAll()
            return ends
        }
        var result = Consequence.Continuation.asBefore
        for end in ends {
            switch end {
            // The other streams stop as well, which is no reason to end.
            case .failure(let error) where error.isStop: continue
            case .failure(let error): throw error
            case .success(.asBefore): continue
            case .success(let other): result = other
            }
        }
        if extraction.isStopping(), current.isOpen { throw Halt.stopped }
        return result
    }

    /// Fetches the pages of one partition.
    private func fetch(_ partition: Partition, _ fields: FieldList) async throws -> StreamEnd {
        let (key, entity) = (partition.key, extraction.entity)
        let start: WebAddress
        if let next = partition.next {
            guard let address = WebAddress(next) else { throw extraction.client.unusable }
            start = address
        } else if let bound = partition.lowerBound, let parameter = entity.since.created {
            start = try extraction.firstAddress(fields, adding: [(parameter, Moment.timestamp(bound))])
        } else {
            start = try extraction.firstAddress(fields)
        }
        var checks = extraction.checks
        if let bound = partition.lowerBound { checks.floor = FloorCheck(field: "created_at", moment: bound) }
        checks.above = partition.lastID
        checks.filter = { [self] in
            PageFilter(
                after: partition.seenUpTo, upTo: current.upperBound(of: key),
                fetched: partition.isRefetch ? nil : fetched)
        }
        var guide = EntityExtraction.StreamGuide()
        guide.isHistory = current.recentSince.map { (partition.lowerBound ?? -.infinity) < $0 } ?? false
        if extraction.grouping != nil { guide.group = ("", StreamBoard.lastRank) }
        guide.accepts = { [self] in current.accepts($0, for: key) }
        guide.continues = { [self] page in
            let decision = list.withLock { $0.received(page, for: key) }
            if let event = decision.event { try await writer.record(event) }
            if decision.continues { await splitIfIdle() }
            return decision.continues
        }
        return try await extraction.fetch(key, from: start, checks: checks, writer: writer, guide: guide)
    }

    /// Begins another partition when those that are running cannot spend the budget.
    private func splitIfIdle() async {
        guard current.isSplittable,
            extraction.board.hasRoom(for: extraction.entity, wanted: await extraction.client.budget.wantedStreams)
        else { return }
        let now = extraction.client.clock.wall()
        guard let event = list.withLock({ $0.split(now: now) }) else { return }
        split.withLock { _ = $0?.yield(event) }
    }

    // MARK: Ends of streams

    private func conclude(
        _ key: StreamKey, _ end: StreamEnd
    ) async throws -> Consequence.Continuation {
        switch end {
        case .limitReached, .cursorLost, .refused: try await locate(key)
        case .finished, .satisfied, .rejected: break
        }
        return try await extraction.perform(list.withLock { $0.ended(end, for: key) }, writer)
    }

    /// Reads from the staged files how far streams came.
    private func locate(_ key: StreamKey?) async throws {
        for key in current.unlocated(endingEarly: key) {
            let position = try await LastCreation.read(key, writer)
            list.withLock { $0.locate(key, at: position) }
        }
    }
}
