/// Plays an extract through without a request: how many requests it takes, and when each list is there.
///
/// Lists are fetched by the extract's own strategies (`ForecastFetch`). Every request asks the real governor, against a server
/// that counts in fixed windows (`VirtualServer`). Pure: all times are given.
public struct ExtractForecast: Sendable {
    private struct Ready {
        var list: Int
        var request: ForecastFetch.Request
    }

    private struct Answer {
        var end: Double
        var sent: Double
        var ready: Ready
        var headers: RateHeaders
    }

    private let conditions: Conditions
    private var governor: RateGovernor
    private var server: VirtualServer
    private var fetches: [ForecastFetch]
    /// When each list was complete.
    private var ends: [Double?]
    private var ready: [Ready] = []
    private var underWay: [Answer] = []
    private var now: Double
    private var held = 0.0

    private init(_ lists: [List], _ conditions: Conditions) {
        self.conditions = conditions
        governor = conditions.governor
        now = conditions.now
        server = VirtualServer(conditions.governor, conditions)
        fetches = lists.map { ForecastFetch($0, conditions) }
        ends = lists.map { _ in nil }
    }

    private var wall: Double { conditions.wall + now - conditions.now }

    /// Plays it through.
    public static func run(_ lists: [List], _ conditions: Conditions) -> Outcome {
        var forecast = ExtractForecast(lists, conditions)
        for index in forecast.fetches.indices { forecast.advance(index) { $0.begin($1) } }
        forecast.play()
        let ends = forecast.ends.map { ($0 ?? forecast.now) - conditions.now }
        return Outcome(
            requests: forecast.fetches.map(\.requests), seconds: ends, total: ends.max() ?? 0, held: forecast.held)
    }

    /// Lets a list ask for what comes next.
    private mutating func advance(
        _ index: Int, _ change: (inout ForecastFetch, ForecastFetch.Room) -> [ForecastFetch.Request]
    ) {
        let wanted = RequestBudget.wantedStreams(
            governor, latency: conditions.latency, settings: conditions.settings)
        let others = fetches.reduce(0) { $0 + $1.running } - fetches[index].running
        ready += change(&fetches[index], ForecastFetch.Room(wanted: wanted, others: others)).map {
            Ready(list: index, request: $0)
        }
        if fetches[index].isComplete, ends[index] == nil { ends[index] = now }
    }

    private mutating func play() {
        // A bound for a world in which nothing moves, such as a window that never opens.
        for _ in 0..<20_000_000 {
            var wake = Double.infinity
            while let place = nextPlace {
                if let until = conditions.heldUntil(wall), until > wall {
                    wake = now + until - wall
                    break
                }
                let decision = governor.ask(now: now)
                guard case .wait(let until, _) = decision else {
                    send(ready.remove(at: place))
                    continue
                }
                wake = until
                break
            }
            let next = underWay.indices.min { underWay[$0].end < underWay[$1].end }
            if let next, underWay[next].end <= wake {
                now = max(now, underWay[next].end)
                let done = underWay.remove(at: next)
                governor.answered(.headers(done.headers), sentAt: done.sent, now: now)
                advance(done.ready.list) { $0.answered(done.ready.request, $1) }
            } else if wake.isFinite {
                if conditions.heldUntil(wall) != nil { held += max(0, wake - now) }
                now = max(now + 0.0005, wake)
            } else {
                return
            }
        }
    }

    /// Who goes next: the lowest rank, and among equals who came first.
    private var nextPlace: Int? {
        ready.indices.min { fetches[ready[$0].list].rank < fetches[ready[$1].list].rank }
    }

    private mutating func send(_ item: Ready) {
        let headers = server.answer(now: now, limit: conditions.limit(wall), latency: conditions.latency)
        let seconds = conditions.latency + (item.request.isPage ? conditions.pageWork : 0)
        underWay.append(Answer(end: now + seconds, sent: now, ready: item, headers: headers))
    }
}
