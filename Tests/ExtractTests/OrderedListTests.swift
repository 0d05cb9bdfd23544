import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// What an ordered list asks for and decides, against a list that exists in memory only.
@Suite struct OrderedListTests {
    private static let thing = entity(fields: ["id", "name", "created_at"], batchSize: 10, since: bothSince)

    @Test(arguments: 0..<40) func everyRecordIsFetched(_ round: Int) throws {
        var world = InterruptedReader(seed: TestSeed.value &+ UInt64(round), isDisturbed: round % 2 == 1)
        try world.fetch(Self.thing)
        let missing = world.lasting.subtracting(world.fetched)
        #expect(missing.isEmpty, "\(missing.sorted()) of \(world.lasting.count), seed \(TestSeed.value) + \(round)")
    }

    @Test func anUndisturbedListComesOnce() throws {
        var world = InterruptedReader(seed: 1, isDisturbed: false)
        try world.fetch(Self.thing)
        #expect(world.events.contains { if case .skew = $0 { true } else { false } })
        #expect(world.streams.count >= 3)
        // Records of the same second as a bound belong to both sides of it.
        #expect(world.kept.count <= world.fetched.count + 4 * world.streams.count)
    }

    @Test func aLowerBoundThatHasNoEffectEndsSplitting() throws {
        var world = InterruptedReader(seed: 2, isDisturbed: false)
        world.ignoresBounds = true
        try world.fetch(Self.thing)
        #expect(world.kept == world.records.map(\.id))
        #expect(world.events.contains(.partitionFilterIgnored(parameter: "created_since")))
    }

    @Test func aListWithoutAnOrderIsCutWhenItsFirstPageSaysThatItIsTooLong() throws {
        let events = entity(order: nil, fields: ["id", "start_at", "end_at"], windows: timeWindows)
        var list = OrderedList(events, pageSize: 200, limit: 10_000)
        _ = list.start()
        let key = try list.requiredStream()
        var page = CutPage()
        page.records = 200
        page.starts = [5]
        page.total = 9_999
        #expect(list.accepts(page, for: key))
        page.total = 10_000
        #expect(!list.accepts(page, for: key))
        guard case .inWindows(total: 10_000, starts: [5]) = list.ended(.rejected(page), for: key).continuation
        else {
            Issue.record("the list is not cut")
            return
        }
        #expect(list.next() == nil && list.isOpen)
    }

    @Test func aRefusedFirstRequestIsForAField() throws {
        var list = OrderedList(Self.thing, pageSize: 10, limit: 100)
        _ = list.start()
        let key = try list.requiredStream()
        let refusal = ClioError(.refused, "invalid field")
        guard case .withoutFields(refusal) = list.ended(.refused(refusal), for: key).continuation else {
            Issue.record("the refusal is not for a field")
            return
        }
        guard case .failed = list.ended(.refused(ClioError(.missing, "404")), for: key).continuation else {
            Issue.record("a list that is not there is no matter of fields")
            return
        }
    }

    /// A partition lost its cursor on a page of records that its predecessor had fetched, and the run was killed: nothing tells
    /// where it was, so it is continued from the list's beginning, and must get beyond its own lower bound.
    @Test func aContinuationFromTheBeginningGetsBeyondTheBoundOfItsPredecessor() throws {
        func stream(_ place: Int, pages: Int, upTo id: Int64, ended: Bool = true) -> RawStream {
            var stream = RawStream(finished: ended, pages: pages, records: 10 * pages)
            stream.place = place
            stream.ids = 1...id
            stream.next = "next"
            return stream
        }
        let first = StreamKey.list
        let second = StreamKey(.partition(from: 500_000))
        let other = StreamKey(.partition(from: 900_000))
        let third = StreamKey(.list).free { $0 == first }
        let list = OrderedList(
            Self.thing, pageSize: 10, limit: 1_000_000,
            streams: [
                first: stream(0, pages: 11, upTo: 110), other: stream(1, pages: 3, upTo: 300, ended: false),
                second: stream(2, pages: 1, upTo: 107), third: stream(3, pages: 7, upTo: 70, ended: false),
            ],
            events: [
                .cursorLost(first), .continued(second, from: first), .cursorLost(second),
                .continued(third, from: second),
            ])
        #expect(list.upperBound(of: third) == 900_000)
        #expect(list.upperBound(of: second) == 900_000)
        #expect(list.upperBound(of: other) == nil)
        #expect(list[third]?.seenUpTo == 110)
    }

    /// Seeds that once lost records.
    @Test(arguments: [1_089_860_372_498_312_302, 2_778_746_477_084_318_616, 4_528_452_721_630_881_720])
    func seedsThatLostRecordsLoseNone(_ seed: UInt64) throws {
        var world = InterruptedReader(seed: seed, isDisturbed: true)
        try world.fetch(Self.thing)
        #expect(world.lasting.subtracting(world.fetched).isEmpty)
    }

    @Test func aCursorThatIsNeverAcceptedEndsInAnError() throws {
        let plain = entity(fields: ["id", "name"], batchSize: 10)
        var list = OrderedList(plain, pageSize: 10, limit: 100)
        _ = list.start()
        for round in 1...5 {
            let key = try list.requiredStream()
            var page = CutPage()
            page.records = 10
            page.highestID = Int64(10 * round)
            page.next = "next"
            _ = list.received(page, for: key)
            let consequence = list.ended(.cursorLost, for: key)
            #expect(consequence.steps.first == .report(.cursorLost(key)))
            if case .failed(let error) = consequence.continuation {
                #expect(error.kind == .missing && round == 4)
                return
            }
        }
        Issue.record("it continues without an end")
    }
}

/// A list in memory, its journal, and a reader that is interrupted at random.
private struct InterruptedReader {
    struct Record { let id: Int64, created: Double }

    private(set) var records: [Record] = []
    private(set) var streams: [StreamKey: RawStream] = [:]
    private(set) var events: [ListEvent] = []
    private(set) var kept: [Int64] = []
    var ignoresBounds = false
    private var positions: [StreamKey: Double] = [:]
    private var deleted: Set<Int64> = []
    private var random: SeededNumbers
    private let isDisturbed: Bool
    private let pageSize = 10

    init(seed: UInt64, isDisturbed: Bool) {
        random = SeededNumbers(seed: seed)
        self.isDisturbed = isDisturbed
        var time = 1_700_000_000.0
        for id in 1...600 {
            // Several at the same second, and every ninth created before its neighbors.
            if id % 3 != 0 { time += Double(Int.random(in: 900...3600, using: &random)) }
            records.append(Record(id: Int64(id), created: id % 9 == 0 ? time - 1800 : time))
        }
    }

    /// Records that were there all the time.
    var lasting: Set<Int64> { Set(records.map(\.id)).subtracting(deleted) }
    var fetched: Set<Int64> { Set(kept) }

    private mutating func chance(_ one: Int) -> Bool { isDisturbed && Int.random(in: 0..<one, using: &random) == 0 }

    private func resumed(_ entity: Entity) -> OrderedList {
        OrderedList(entity, pageSize: pageSize, limit: 1_000_000, streams: streams, events: events)
    }

    mutating func fetch(_ entity: Entity) throws {
        var list = resumed(entity)
        for _ in 0..<5_000 {
            perform(list.start())
            // Not before: a kill may leave nothing but a stream that is to be continued.
            guard list.isOpen else { return }
            var running = open(&list)
            while !running.isEmpty {
                let key = running.remove(at: Int.random(in: running.indices, using: &random))
                if page(of: key, &list) { running.append(key) }
                if let event = list.split(now: (records.last?.created ?? 0) + 1) { events.append(event) }
                running += open(&list)
                // A kill: what is not in the journal is gone.
                if chance(40) {
                    list = resumed(entity)
                    break
                }
            }
        }
        Issue.record("the list has no end")
    }

    /// Streams that begin; questions are answered at once.
    private mutating func open(_ list: inout OrderedList) -> [StreamKey] {
        var begun: [StreamKey] = []
        while let request = list.next() {
            switch request {
            case .pages(let key): begun.append(key)
            case .question(.position(let key)): perform(list.answered(.position(key, positions[key])))
            case .question: Issue.record("an ordered list asks for no counts")
            }
        }
        return begun
    }

    /// - Returns: whether the stream has another page.
    private mutating func page(of key: StreamKey, _ list: inout OrderedList) -> Bool {
        guard let partition = list[key] else { return false }
        if partition.pages > 0, chance(60) {
            perform(list.ended(.cursorLost, for: key))
            return false
        }
        if chance(30), let gone = records.randomElement(using: &random) { deleted.insert(gone.id) }
        let after = partition.next.flatMap { Int64($0) } ?? 0
        let bound = ignoresBounds ? -.infinity : partition.lowerBound ?? -.infinity
        let matching = records.filter { $0.created >= bound && !deleted.contains($0.id) }
        let rest = matching.filter { $0.id > after }
        let shown = rest.prefix(pageSize)
        var page = CutPage()
        page.records = shown.count
        page.total = matching.count
        page.next = rest.count > shown.count ? shown.last.map { String($0.id) } : nil
        page.highestID = shown.last?.id
        page.earliestCreation = shown.map(\.created).min()
        page.lastCreation = shown.last?.created
        page.belowFloor = shown.count { $0.created < (partition.lowerBound ?? -.infinity) - 2 }
        var latest = -Double.infinity
        for record in shown {
            if latest > record.created { page.displacement = max(page.displacement, latest - record.created) }
            latest = max(latest, record.created)
        }
        guard list.accepts(page, for: key) else {
            perform(list.ended(.rejected(page), for: key))
            return false
        }
        let upper = list.upperBound(of: key) ?? .infinity
        let mine = shown.filter { $0.created <= upper && $0.id > partition.seenUpTo ?? 0 }
        kept += mine.map(\.id)
        streams.commit(page, of: key)
        if let position = mine.map(\.created).min() { positions[key] = position }
        let decision = list.received(page, for: key)
        if let event = decision.event { events.append(event) }
        if page.next != nil, decision.continues { return true }
        perform(list.ended(page.next == nil ? .finished : .satisfied, for: key))
        return false
    }

    private mutating func perform(_ consequence: Consequence) {
        for step in consequence.steps {
            switch step {
            case .report(let event), .record(let event): events.append(event)
            case .end(let key): streams[key]?.finished = true
            case .recentComplete, .groupComplete: break
            }
        }
    }
}
