import Pipelines
import TestSupport
import Testing

@testable import Extract
@testable import Staging

/// A list in memory, as Clio shows it: in the order of ids or in another one, filtered as a request's parameters say.
struct MemoryClio {
    struct Record {
        let id: Int64
        let created: Double
        let group: Int
        var isDeleted = false
    }

    var records: [Record] = []
    let isOrdered: Bool
    let pageSize = 10
    /// Records after which a stream ends; nil: none.
    var limit: Int?

    init(records count: Int, isOrdered: Bool, limit: Int? = nil, _ random: inout SeededNumbers) {
        self.isOrdered = isOrdered
        self.limit = limit
        var time = 1_700_000_000.0
        for id in 1...count {
            // Several at the same second, and every ninth created before its neighbors.
            if id % 3 != 0 { time += Double(Int.random(in: 900...3600, using: &random)) }
            records.append(
                Record(id: Int64(id), created: id % 9 == 0 ? time - 1800 : time, group: id * id % 4))
        }
    }

    var now: Double { (records.map(\.created).max() ?? 0) + 1 }

    /// What the parameters select.
    private func matching(_ parameters: [(String, String)]) -> [Record] {
        var result = records.filter { !$0.isDeleted }
        for (name, value) in parameters {
            let moment = Moment.seconds(value) ?? 0
            switch name {
            case "created_since", "from": result.removeAll { $0.created < moment }
            case "to": result.removeAll { $0.created > moment }
            case "area_id": result.removeAll { $0.group != Int(value) }
            default: Issue.record("\(name) is no parameter of this list")
            }
        }
        if !isOrdered { result.sort { $0.id.byteSwapped < $1.id.byteSwapped } }
        return result
    }

    func count(_ parameters: [Parameter]) -> Int { matching(parameters.map { ($0.name, $0.value) }).count }

    /// nil: the stream is at the limit.
    func page(_ parameters: [(String, String)], next: String?) -> (page: CutPage, records: [Record])? {
        let matching = matching(parameters)
        // A cursor of an ordered list is the last id, one of another list is a place; both know how much came before.
        let cursor = next.map { $0.split(separator: ":").compactMap { Int64($0) } } ?? [0, 0]
        let before = Int(cursor[0])
        if let limit, before >= limit { return nil }
        let rest = isOrdered ? matching.filter { $0.id > cursor[1] } : Array(matching.dropFirst(before))
        let shown = Array(rest.prefix(pageSize))
        var page = CutPage()
        page.records = shown.count
        page.total = matching.count
        page.next = rest.count > shown.count ? shown.last.map { "\(before + shown.count):\($0.id)" } : nil
        page.highestID = shown.map(\.id).max()
        page.earliestCreation = shown.map(\.created).min()
        page.lastCreation = shown.last?.created
        page.starts = shown.map(\.created)
        var latest = -Double.infinity
        for record in shown {
            if latest > record.created { page.displacement = max(page.displacement, latest - record.created) }
            latest = max(latest, record.created)
        }
        return (page, shown)
    }
}

/// What survives a kill.
struct ListJournal {
    var streams: [StreamKey: RawStream] = [:]
    var events: [ListEvent] = []
    /// Records that are stored.
    var kept: [Int64] = []
    fileprivate var positions: [StreamKey: Double] = [:]
}

/// What happens beside the fetching of a list.
struct Disturbance {
    /// Kills after these writes into the journal.
    var kills: Set<Int> = []
    /// One in so many pages; nil: never.
    var kill: Int?
    var lostCursor: Int?
    var deletion: Int?
    var halt: Int?
}

/// Drives a strategy as `ListRunner` does, against a `MemoryClio`, with a journal that survives kills.
struct ListStrategyBench<List: ListStrategy> {
    private struct Killed: Error {}

    private(set) var journal = ListJournal()
    private(set) var clio: MemoryClio
    private(set) var writes = 0
    /// Pages that were asked for although they were stored.
    private(set) var repeated: [String] = []
    /// Requests for a page.
    private(set) var requests = 0
    private var stored: Set<String> = []
    private var random: SeededNumbers
    private let disturbance: Disturbance
    private let make: (ListJournal) -> List

    init(
        _ clio: MemoryClio, _ disturbance: Disturbance = Disturbance(), _ random: SeededNumbers,
        _ make: @escaping (ListJournal) -> List
    ) {
        self.clio = clio
        self.disturbance = disturbance
        self.random = random
        self.make = make
    }

    /// Ids that were there all the time and are not stored.
    var missing: [Int64] {
        let kept = Set(journal.kept)
        return clio.records.filter { !$0.isDeleted && !kept.contains($0.id) }.map(\.id)
    }

    /// Fetches the list to its end, resumed after each kill.
    mutating func run() {
        for _ in 0..<400 {
            do {
                if try fetch(make(journal)) { return }
            } catch is Killed {
                continue
            } catch {
                Issue.record("\(error)")
                return
            }
        }
        Issue.record("the list has no end")
    }

    private mutating func chance(_ one: Int?) -> Bool {
        one.map { Int.random(in: 0..<$0, using: &random) == 0 } ?? false
    }

    private mutating func write(_ change: (inout ListJournal) -> Void) throws {
        change(&journal)
        writes += 1
        if disturbance.kills.contains(writes) { throw Killed() }
    }

    /// - Returns: whether all of it is there.
    private mutating func fetch(_ fresh: List) throws -> Bool {
        var list = fresh
        for _ in 0..<2_000 {
            try perform(list.start())
            guard list.isOpen else { return true }
            var running: [ListRequest] = []
            fill(&running, &list)
            while !running.isEmpty {
                let request = running.remove(at: Int.random(in: running.indices, using: &random))
                switch request {
                case .pages(let key): if try page(of: key, &list) { running.append(request) }
                case .question(let question): try perform(list.answered(answer(question)))
                }
                if list.isSplittable, running.count < 4, let event = list.split(now: clio.now) {
                    try write { $0.events.append(event) }
                }
                if chance(disturbance.kill) { throw Killed() }
                if chance(disturbance.halt) {
                    list.halt()
                    #expect(list.next() == nil)
                }
                fill(&running, &list)
            }
        }
        return false
    }

    private func fill(_ running: inout [ListRequest], _ list: inout List) {
        while list.breadth.allows(running: running.count, wanted: 4, hasRoom: running.count < 4),
            let request = list.next()
        {
            running.append(request)
        }
    }

    private func answer(_ question: ListQuestion) -> ListAnswer {
        switch question {
        case .position(let key): .position(key, journal.positions[key])
        case .count(let key, let moment, let parameters): .count(key, upTo: moment, clio.count(parameters))
        case .countsHold(let key): .countsHold(key, true)
        }
    }

    /// - Returns: whether the stream's next page is wanted.
    private mutating func page(of key: StreamKey, _ list: inout List) throws -> Bool {
        let request = list.request(for: key, PageChecks())
        if request.next != nil, chance(disturbance.lostCursor) {
            // Asked for again from the beginning, if the strategy says so.
            stored = stored.filter { !$0.hasPrefix("\(key.name) ") }
            let isResumed = Bool.random(using: &random)
            try perform(list.ended(isResumed ? .refused(ClioError(.refused, "no such cursor")) : .cursorLost, for: key))
            return false
        }
        if chance(disturbance.deletion), !clio.records.isEmpty {
            clio.records[Int.random(in: clio.records.indices, using: &random)].isDeleted = true
        }
        let address = "\(key.name) \(request.next ?? "")"
        requests += 1
        if stored.contains(address) { repeated.append(address) }
        guard let (page, shown) = clio.page(request.parameters, next: request.next) else {
            try perform(list.ended(.limitReached, for: key))
            return false
        }
        guard request.next != nil || list.accepts(page, for: key) else {
            try perform(list.ended(.rejected(page), for: key))
            return false
        }
        let filter = list.filter(for: key)
        let mine = shown.filter { $0.created <= filter?.upTo ?? .infinity && $0.id > filter?.after ?? 0 }
        stored.insert(address)
        try write { $0.commit(page, key, mine) }
        let decision = list.received(page, for: key)
        if let event = decision.event { try write { $0.events.append(event) } }
        if page.next != nil, decision.continues { return true }
        try perform(list.ended(page.next == nil ? .finished : .satisfied, for: key))
        return false
    }

    private mutating func perform(_ consequence: Consequence) throws {
        for step in consequence.steps {
            switch step {
            case .report(let event), .record(let event): try write { $0.events.append(event) }
            case .end(let key): try write { $0.streams[key]?.finished = true }
            case .recentComplete, .groupComplete: break
            }
        }
        switch consequence.continuation {
        case .asBefore: break
        case let other: Issue.record("\(other)")
        }
    }
}

extension ListJournal {
    fileprivate mutating func commit(_ page: CutPage, _ key: StreamKey, _ mine: [MemoryClio.Record]) {
        streams.commit(page, of: key)
        kept += mine.map(\.id)
        if let position = mine.map(\.created).min() { positions[key] = position }
    }
}

extension [StreamKey: RawStream] {
    /// Adds a page to its stream, as the journal does.
    mutating func commit(_ page: CutPage, of key: StreamKey) {
        var stream = self[key] ?? RawStream(finished: false, pages: 0, records: 0)
        if stream.pages == 0 {
            stream.place = count
            stream.reportedTotal = page.total
        }
        stream.next = page.next
        stream.finished = page.next == nil
        stream.isExhausted = page.next == nil
        stream.pages += 1
        stream.records += page.records
        if let highest = page.highestID {
            stream.ids = (stream.ids?.lowerBound ?? 0)...Swift.max(highest, stream.ids?.upperBound ?? 0)
        }
        self[key] = stream
    }
}

extension ListStrategy {
    /// The stream to be fetched next, of a list that asks no question by now.
    mutating func nextStream() -> StreamKey? {
        guard case .pages(let key) = next() else { return nil }
        return key
    }

    /// The stream to be fetched next.
    mutating func requiredStream() throws -> StreamKey {
        let key = nextStream()
        return try #require(key)
    }
}
