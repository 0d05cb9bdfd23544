internal import HTTP
internal import Pipelines
internal import Staging
internal import Synchronization

/// Carries out what a `ListStrategy` asks for: fetches its streams side by side, answers its questions, and writes into the
/// journal what follows.
///
/// What follows from an end is in the journal before another stream begins.
final class ListRunner<List: ListStrategy>: Sendable {
    private let extraction: EntityExtraction
    private let writer: RawLayerWriter
    private let list: Mutex<List>
    /// Wakes the round after a page.
    private let pages = Mutex<AsyncStream<Void>.Continuation?>(nil)

    init(_ extraction: EntityExtraction, _ list: List, _ writer: RawLayerWriter) {
        self.extraction = extraction
        self.writer = writer
        self.list = Mutex(list)
    }

    /// The list as far as it is.
    var current: List { list.withLock { $0 } }

    /// Fetches the list to its end, or until it must be fetched in another way.
    func run(_ fields: inout FieldList) async throws -> Consequence.Continuation {
        while true {
            try await extraction.perform(list.withLock { $0.start() }, writer)
            guard current.isOpen else { return .asBefore }
            switch try await fetchOpen(fields) {
            case .asBefore: break
            case .withoutFields(let refusal):
                try await extraction.dropRefusedFields(&fields, after: refusal, writer)
            case let other: return other
            }
        }
    }

    private enum Step: Sendable {
        /// A page is durable; false: there will be no more.
        case page(Bool)
        case ended(StreamKey, Result<StreamEnd, any Error>)
        case answered(Result<ListAnswer, any Error>)
    }

    /// Fetches all open streams, and those that begin meanwhile.
    private func fetchOpen(_ fields: FieldList) async throws -> Consequence.Continuation {
        let (wakes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        pages.withLock { $0 = continuation }
        let ends = await withTaskGroup(of: Step.self) { group in
            var running = 0
            var ends: [Result<Consequence.Continuation, any Error>] = []
            func start() async {
                let wanted = await extraction.client.budget.wantedStreams
                while mayBegin(running, wanted), let request = list.withLock({ $0.next() }) {
                    running += 1
                    switch request {
                    case .pages(let key):
                        group.addTask { .ended(key, await Result(of: { try await self.fetch(key, fields) })) }
                    case .question(let question):
                        group.addTask { .answered(await Result(of: { try await self.answer(question) })) }
                    }
                }
            }
            func listen() {
                group.addTask {
                    var iterator = wakes.makeAsyncIterator()
                    return .page(await iterator.next() != nil)
                }
            }
            await start()
            listen()
            while running > 0, let step = await group.next() {
                do {
                    switch step {
                    case .page(false): break
                    case .page(true):
                        listen()
                        try await splitIfIdle(running)
                    case .ended(let key, let end):
                        running -= 1
                        let end = try end.get()
                        ends.append(.success(try await conclude { $0.ended(end, for: key) }))
                    case .answered(let answer):
                        running -= 1
                        let answer = try answer.get()
                        ends.append(.success(try await conclude { $0.answered(answer) }))
                    }
                } catch {
                    list.withLock { $0.halt() }
                    ends.append(.failure(error))
                }
                await start()
            }
            group.cancelAll()
            return ends
        }
        return try outcome(ends)
    }

    private func mayBegin(_ running: Int, _ wanted: Int) -> Bool {
        let breadth = list.withLock { $0.breadth }
        return !extraction.isStopping()
            && breadth.allows(
                running: running, wanted: wanted,
                hasRoom: extraction.board.hasRoom(for: extraction.entity, wanted: wanted, running: running))
    }

    private func conclude(_ change: (inout List) -> Consequence) async throws -> Consequence.Continuation {
        let continuation = try await extraction.perform(list.withLock { change(&$0) }, writer)
        if case .asBefore = continuation { return .asBefore }
        list.withLock { $0.halt() }
        return continuation
    }

    /// How the list continues.
    /// - Throws: the first failure. That a stop was requested comes after all others.
    private func outcome(_ ends: [Result<Consequence.Continuation, any Error>]) throws -> Consequence.Continuation {
        var result = Consequence.Continuation.asBefore
        var isStopped = extraction.isStopping() && current.isOpen
        for end in ends {
            switch end {
            case .failure(let error) where error.isStop: isStopped = true
            case .failure(let error): throw error
            case .success(.asBefore): continue
            case .success(let other): result = other
            }
        }
        if isStopped { throw Halt.stopped }
        return result
    }

    /// Splits a stream when those that are running cannot spend the budget. The journal must know what streams are split by
    /// before a new one begins.
    private func splitIfIdle(_ running: Int) async throws {
        guard current.isSplittable else { return }
        let wanted = await extraction.client.budget.wantedStreams
        guard extraction.board.hasRoom(for: extraction.entity, wanted: wanted, running: running) else { return }
        let now = extraction.client.clock.wall()
        guard let event = list.withLock({ $0.split(now: now) }) else { return }
        try await extraction.record(event, to: writer)
    }

    // MARK: Requests

    /// Fetches the pages of one stream.
    private func fetch(_ key: StreamKey, _ fields: FieldList) async throws -> StreamEnd {
        let request = list.withLock { $0.request(for: key, extraction.checks) }
        let start: WebAddress
        if let next = request.next {
            guard let address = WebAddress(next) else { throw extraction.client.unusable }
            start = address
        } else {
            start = try extraction.firstAddress(fields, adding: request.parameters)
        }
        var checks = request.checks
        checks.filter = { [self] in list.withLock { $0.filter(for: key) } }
        var guide = EntityExtraction.StreamGuide()
        guide.isHistory = request.isHistory
        guide.group = request.group
        guide.accepts = { [self] page in list.withLock { $0.accepts(page, for: key) } }
        guide.continues = { [self] page in
            let (decision, isSplittable) = list.withLock { ($0.received(page, for: key), $0.isSplittable) }
            if let event = decision.event { try await writer.record(event) }
            if decision.continues, isSplittable { pages.withLock { _ = $0?.yield() } }
            return decision.continues
        }
        return try await extraction.fetch(key, from: start, checks: checks, writer: writer, guide: guide)
    }

    private func answer(_ question: ListQuestion) async throws -> ListAnswer {
        switch question {
        case .position(let key): return .position(key, try await LastCreation.read(key, writer))
        case .countsHold(let key): return .countsHold(key, try await extraction.doCountsHold(writer))
        case .count(let key, let moment, let parameters):
            // Counts that say nothing are not asked for.
            guard !extraction.tally.counts.areCountsVoid else { return .countsHold(key, false) }
            let count = try await extraction.client.count(
                extraction.entity, adding: parameters.map { ($0.name, $0.value) }, extraction.context("count"))
            return .count(key, upTo: moment, count)
        }
    }
}
