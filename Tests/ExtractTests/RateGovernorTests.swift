import Staging
import TestSupport
import Testing

@testable import Extract

/// A fixed-window server and chains of requests in simulated time.
private struct Simulation {
    enum Rounding: CaseIterable { case down, up, none }
    enum Told: CaseIterable { case windows, counts, nothing }

    var limit = 50
    /// Seconds in the server's window.
    var length = 60.0
    /// The same after ten minutes; nil: no other.
    var laterLength: Double?
    /// The share of answers without the time of the reset, which is as without headers.
    var silent = 0.0
    /// What answers tell besides.
    var told = Told.windows
    /// Whether a refusal names the seconds until the window's end.
    var namesRetry = true
    var chains = 8
    var latency: ClosedRange<Double> = 1.0...2.0
    /// The server's clock less ours.
    var skew = 0.0
    /// What the Date header is ahead of the clock that counts; nil: no Date.
    var dateSkew: Double? = 0
    /// Windows begin with the first request instead of at whole minutes.
    var opensOnRequest = false
    var rounding = Rounding.down
    /// Requests of others in each window, at its start.
    var others = 0
    var seed: UInt64 = 1
    var settings = RateGovernor.Settings()

    struct Result {
        /// Ours, per window, in order.
        var perWindow: [Int] = []
        var refused = 0
        var most = 0
        /// The length of a window that the governor learned.
        var learned = 0.0
        /// The governor at the end.
        var governor = RateGovernor(.init())
        /// When requests were sent, in order.
        var sent: [Double] = []
    }

    private enum Event { case wake, arrive(sentAt: Double), answer(RateHeaders, sentAt: Double, refusedFor: Double?) }

    func run(minutes: Int) -> Result {
        var random = Generator(state: seed)
        var governor = RateGovernor(settings)
        var events: [(at: Double, order: Int, event: Event)] = [(0, 0, .wake)]
        var order = 0
        var waiting = chains
        var result = Result()
        var windowEnd = -1.0
        var used = 0
        var nextWake = Double.infinity
        let end = Double(minutes) * 60 + 17.3
        func push(_ at: Double, _ event: Event) {
            order += 1
            events.append((at, order, event))
        }
        while let index = events.indices.min(by: {
            (events[$0].at, events[$0].order) < (events[$1].at, events[$1].order)
        }) {
            let (now, _, event) = events.remove(at: index)
            if now > end { break }
            switch event {
            case .wake:
                // An earlier one has taken its place.
                if now != nextWake && now > 0 { continue }
                nextWake = .infinity
            case .arrive(let sentAt):
                // The server's own time.
                let server = 1_700_000_000.4 + now + skew
                let length = now > 600 ? laterLength ?? self.length : self.length
                if server >= windowEnd {
                    windowEnd = opensOnRequest ? server + length : ((server / length).rounded(.down) + 1) * length
                    used = others
                    result.perWindow.append(0)
                }
                used += 1
                if used > limit { result.refused += 1 }
                result.perWindow[result.perWindow.count - 1] += 1
                result.most = max(result.most, result.perWindow.last ?? 0)
                let work = random.next(in: latency) * 0.8
                let reset =
                    switch rounding {
                    case .down: windowEnd.rounded(.down)
                    case .up: windowEnd.rounded(.up)
                    case .none: windowEnd
                    }
                // Without a Date header, this machine's clock stands for it.
                let date = dateSkew.map { server + work + $0 } ?? server + work - skew
                let headers = RateHeaders(
                    limit: limit, remaining: max(0, limit - used), reset: reset, date: date.rounded(.down),
                    hasDate: dateSkew != nil)
                let rest = used > limit && told != .windows ? (windowEnd - server).rounded(.up) : nil
                push(
                    now + work + random.next(in: latency) * 0.1, .answer(headers, sentAt: sentAt, refusedFor: rest))
            case .answer(let headers, let sentAt, let rest):
                let isSilent = told == .nothing || (silent > 0 && random.next(in: 0...1) < silent)
                let answer = RateGovernor.Answer.counted(limit: headers.limit, remaining: headers.remaining)
                governor.answered(
                    isSilent ? .silent : told == .counts ? answer : .headers(headers), sentAt: sentAt, now: now)
                if let rest { governor.limited(retryAfter: namesRetry ? rest : nil, now: now) }
                waiting += 1
            }
            while waiting > 0 {
                switch governor.ask(now: now) {
                case .go:
                    waiting -= 1
                    result.sent.append(now)
                    push(now + random.next(in: latency) * 0.1, .arrive(sentAt: now))
                    continue
                case .wait(let until, _):
                    if until < nextWake {
                        nextWake = max(until, now)
                        push(nextWake, .wake)
                    }
                }
                break
            }
        }
        result.learned = governor.length
        result.governor = governor
        return result
    }
}

private struct Generator {
    var state: UInt64

    mutating func next(in range: ClosedRange<Double>) -> Double {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return range.lowerBound + (range.upperBound - range.lowerBound) * Double(z >> 11) / Double(1 << 53)
    }
}

@Suite struct RateGovernorTests {
    /// No 429 of our own doing, 90 % at most, 97 % of that used, whatever the clocks and latencies.
    @Test(arguments: [0.0, 37.0, -4000.6], [50, 300])
    func windowsAreFilledAndNeverOverrun(skew: Double, limit: Int) {
        for seed in 1...2 {
            for opensOnRequest in [false, true] {
                for rounding in Simulation.Rounding.allCases {
                    var simulation = Simulation()
                    simulation.limit = limit
                    simulation.chains = limit == 300 ? 12 : 6
                    simulation.latency = 0.8...2.2
                    simulation.skew = skew
                    simulation.seed = UInt64(seed)
                    simulation.opensOnRequest = opensOnRequest
                    simulation.rounding = rounding
                    let result = simulation.run(minutes: 12)
                    let budget = Int(Double(limit) * 0.9)
                    #expect(result.refused == 0)
                    #expect(result.most <= budget, "\(result.perWindow)")
                    // The first window begins in its middle, the last one is cut off.
                    let whole = result.perWindow.dropFirst(2).dropLast()
                    let share = Double(whole.reduce(0, +)) / Double(budget * whole.count)
                    #expect(share >= 0.97, "\(result.perWindow) skew \(skew) \(opensOnRequest) \(rounding)")
                }
            }
        }
    }

    @Test func quickAndVerySlowAnswersOverrunNothing() {
        for latency in [0.001...0.01, 0.05...12.0, 20.0...29.0] {
            for seed in 1...10 {
                var simulation = Simulation()
                simulation.latency = latency
                simulation.seed = UInt64(seed)
                simulation.chains = 50
                let result = simulation.run(minutes: 10)
                #expect(result.refused == 0)
                #expect(result.most <= 45, "\(result.perWindow)")
            }
        }
    }

    @Test(arguments: [10.0, 25, 90, 300, 1800])
    func theWindowsLengthIsLearned(length: Double) {
        var numbers = TestSeed.numbers("theWindowsLengthIsLearned \(length)")
        for _ in 0..<8 {
            for opensOnRequest in [false, true] {
                var simulation = Simulation()
                simulation.length = length
                simulation.limit = [50, 120, 300].randomElement(using: &numbers) ?? 50
                simulation.chains = length < 20 ? 50 : 40
                simulation.latency = length < 20 ? 0.05...0.4 : 0.3...1.5
                simulation.skew = Double.random(in: -5000...5000, using: &numbers)
                simulation.rounding = Simulation.Rounding.allCases.randomElement(using: &numbers) ?? .down
                simulation.opensOnRequest = opensOnRequest
                simulation.seed = numbers.next()
                let result = simulation.run(minutes: max(8, Int(length / 60 * 6)))
                let budget = Int(Double(simulation.limit) * 0.9)
                #expect(result.refused == 0, "\(simulation)")
                #expect(result.most <= budget, "\(simulation)")
                #expect(abs(result.learned - length) <= 3, "learned \(result.learned): \(simulation)")
                let whole = result.perWindow.dropFirst(3).dropLast()
                let share = Double(whole.reduce(0, +)) / Double(budget * whole.count)
                #expect(share >= (length < 20 ? 0.8 : 0.95), "\(share): \(result.perWindow) \(simulation)")
            }
        }
    }

    /// A limit of another kind of account, or of the night, in the middle of a run.
    @Test(arguments: [(60.0, 25.0), (60, 300), (25, 60), (300, 25), (60, 90)], [0.0, nil])
    func aLengthThatChangesIsLearnedAgain(_ lengths: (Double, Double), dateSkew: Double?) {
        var simulation = Simulation(length: lengths.0)
        simulation.laterLength = lengths.1
        simulation.dateSkew = dateSkew
        let result = simulation.run(minutes: 40)
        #expect(result.refused == 0)
        #expect(abs(result.learned - lengths.1) <= 1)
        let late = Double(result.sent.count { $0 > 1200 })
        #expect(late > 1200 / lengths.1 * 45 * 0.95, "\(late)")
    }

    @Test(arguments: [10.0, 25, 90, 300], [0.05, 0.5])
    func answersWithoutAResetLearnFromTheOthers(length: Double, silent: Double) {
        var simulation = Simulation(length: length)
        simulation.silent = silent
        let result = simulation.run(minutes: 40)
        #expect(result.refused == 0)
        #expect(abs(result.learned - length) <= 1)
        #expect(Double(result.sent.count) > 2400 / length * 45 * 0.9)
    }

    /// Counts that start again show how long a window is, although no answer tells its end.
    @Test(arguments: [25.0, 60, 90, 300], [0.0, 0.3])
    func withCountsAloneTheLengthIsLearned(length: Double, silent: Double) {
        for seed in 1...3 {
            var simulation = Simulation(length: length)
            simulation.told = .counts
            simulation.silent = silent
            simulation.opensOnRequest = seed == 3
            simulation.seed = UInt64(seed)
            let result = simulation.run(minutes: 60)
            #expect(result.refused == 0, "\(result.perWindow)")
            // Where a window opens with its first request, there is a pause before each.
            #expect(result.learned >= length - 1 && result.learned <= length * 1.15 + 4, "\(result.learned)")
            #expect(Double(result.sent.count) > 3600 / length * 45 * 0.8, "\(result.perWindow)")
        }
    }

    /// A window that is longer than a minute, and nothing but refusals that say so: a few of them, and then none.
    @Test(arguments: [60.0, 90, 120, 300], [true, false])
    func refusalsAloneTeachTheLength(length: Double, namesRetry: Bool) {
        for seed in 1...3 {
            var simulation = Simulation(length: length)
            simulation.told = .nothing
            simulation.namesRetry = namesRetry
            simulation.opensOnRequest = seed == 3
            simulation.seed = UInt64(seed)
            let result = simulation.run(minutes: 60)
            #expect(result.refused <= (length > 60 ? 12 : 0), "\(result.perWindow)")
            #expect(result.learned >= length - 2 && result.learned <= length * 2, "\(result.learned)")
        }
    }

    /// Requests a minute, streams and the time left.
    @Test(arguments: Simulation.Told.allCases)
    fileprivate func everyFigureFollowsTheLearnedLength(_ told: Simulation.Told) {
        var simulation = Simulation(length: 90)
        simulation.told = told
        let learned = simulation.run(minutes: 30).governor
        let aMinute = Simulation().run(minutes: 30).governor
        #expect(learned.isLengthKnown)
        #expect(learned.perMinute(learned.limit ?? 50) == Int(50 * 60 / learned.length))
        #expect(learned.text(limit: 50) == "50 requests per \(Int(learned.length.rounded())) s")
        func streams(_ governor: RateGovernor) -> Int {
            RequestBudget.wantedStreams(governor, latency: 12, settings: .init())
        }
        #expect(streams(learned) * 3 <= streams(aMinute) * 2 + 3 && streams(learned) < streams(aMinute))
        func seconds(_ governor: RateGovernor) -> Double {
            var governor = governor
            governor.underWay = 0
            let conditions = ExtractForecast.Conditions(
                governor: governor, settings: .init(), now: 1817.3, wall: 1_700_001_817, latency: 0.2,
                limit: { _ in 50 })
            let things = ExtractForecast.List(entity(), rank: 0, records: 450 * 200)
            return ExtractForecast.run([things], conditions).total
        }
        #expect(abs(seconds(learned) / seconds(aMinute) - learned.length / 60) < 0.25)
    }

    @Test(arguments: [25.0, 60, 90, 300])
    func aDateThatIsOffOrMissingCausesNoRefusal(length: Double) {
        var numbers = TestSeed.numbers("aDateThatIsOffOrMissingCausesNoRefusal \(length)")
        for dateSkew in [nil, -1000, -70, -20, -3, 1, 3, 20, 70, 400] as [Double?] {
            for opensOnRequest in [false, true] {
                var simulation = Simulation()
                simulation.length = length
                simulation.limit = [50, 120].randomElement(using: &numbers) ?? 50
                simulation.dateSkew = dateSkew
                simulation.skew = Double.random(in: -400...400, using: &numbers)
                simulation.latency = 0.2...1.2
                simulation.rounding = Simulation.Rounding.allCases.randomElement(using: &numbers) ?? .down
                simulation.opensOnRequest = opensOnRequest
                simulation.seed = numbers.next()
                let result = simulation.run(minutes: max(12, Int(length / 60 * 9)))
                #expect(result.refused == 0, "\(result.perWindow) \(simulation)")
                #expect(result.perWindow.count > 4, "\(result.perWindow) \(simulation)")
                // A Date header that is a little behind looks like windows that are a little longer.
                let behind = max(0, min(20, -(dateSkew ?? 0)))
                #expect(
                    abs(result.learned - length) <= max(4, length / 20) + behind, "\(result.learned) \(simulation)")
                // The first window that is seen from its beginning may be waited for; those after it are used. A request that
                // asks for the next window may be counted in the one before.
                let budget = Int(Double(simulation.limit) * 0.9)
                for used in result.perWindow.dropFirst(3).dropLast() {
                    #expect((budget * 9 / 10...budget + 1).contains(used), "\(result.perWindow) \(simulation)")
                }
            }
        }
    }

    @Test func aPauseIsNoLongWindow() {
        for hasDate in [true, false] {
            var governor = RateGovernor(.init())
            // Three minutes between the requests, then a minute's windows one after the other.
            for (now, remaining) in [(0.0, 10), (180, 49), (181, 10), (360, 49), (361, 10)] {
                guard governor.ask(now: now) == .go else { return #expect(Bool(false), "waits at \(now)") }
                let reset = 1060 + (now / 60).rounded(.down) * 60
                governor.answered(
                    .headers(
                        RateHeaders(limit: 50, remaining: remaining, reset: reset, date: 1000 + now, hasDate: hasDate)),
                    sentAt: now, now: now + 0.1)
            }
            #expect(governor.length == 60)
        }
    }

    @Test func aShortWindowWithRequestsLeftIsNotWaitedFor() {
        // 50 per 25 seconds: the third window has begun, 44 are left of it, and it ends in 2 seconds.
        var governor = RateGovernor(.init(burst: 50))
        var now = 0.0
        for (reset, date) in [(1025.0, 1000.0), (1025, 1023), (1050, 1026), (1075, 1051)] {
            now = date - 1000
            guard governor.ask(now: now) == .go else { return #expect(Bool(false), "waits at \(now)") }
            governor.answered(
                .headers(RateHeaders(limit: 50, remaining: 45, reset: reset, date: date)), sentAt: now, now: now + 0.1)
        }
        #expect(governor.length == 25)
        #expect(governor.perMinute(50) == 120)
        guard governor.ask(now: 73) == .go else { return #expect(Bool(false), "waits at 73") }
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 44, reset: 1075, date: 1073)), sentAt: 73, now: 73.1)
        #expect(governor.ask(now: 73.2) == .go)
    }

    @Test func anEndThatWasToldByMistakeIsForgotten() {
        var governor = RateGovernor(.init())
        for (now, remaining, reset) in [(0.0, 49, 1060.0), (1, 48, 90_000), (2, 1, 1060)] {
            guard governor.ask(now: now) == .go else { return #expect(Bool(false), "waits at \(now)") }
            governor.answered(
                .headers(RateHeaders(limit: 50, remaining: remaining, reset: reset, date: 1000 + now)), sentAt: now,
                now: now + 0.1)
        }
        guard case .wait(let until, .budget) = governor.ask(now: 3) else {
            return #expect(Bool(false), "spends what is spent")
        }
        #expect(until < 63, "\(until)")
    }

    @Test func aSlidingWindowIsNotTakenForAShortOne() {
        var governor = RateGovernor(.init())
        for second in 0..<40 {
            let now = Double(second) * 4
            guard governor.ask(now: now) == .go else { continue }
            governor.answered(
                .headers(
                    RateHeaders(limit: 50, remaining: max(0, 49 - second), reset: 1060 + now, date: 1000 + now)),
                sentAt: now, now: now + 0.1)
        }
        #expect(governor.length == 60)
    }

    @Test func aLimitOfTheUserHoldsForEveryMinuteWhateverTheWindow() {
        for length in [10.0, 25, 300] {
            var simulation = Simulation()
            simulation.length = length
            simulation.limit = 200
            simulation.settings.requestsPerMinute = 20
            let sent = simulation.run(minutes: 20).sent
            for (index, start) in sent.enumerated() {
                #expect(sent[index...].prefix { $0 < start + 60 }.count <= 20)
            }
            #expect(sent.count > 20 * 20 * 8 / 10, "\(sent.count) in windows of \(length)")
        }
    }

    @Test func whatOthersSpendIsLeftToThem() {
        var simulation = Simulation()
        simulation.others = 30
        let result = simulation.run(minutes: 8)
        #expect(result.refused == 0)
        #expect(result.perWindow.dropFirst().allSatisfy { $0 <= 15 }, "\(result.perWindow)")
        #expect(result.perWindow.dropFirst(2).dropLast().allSatisfy { $0 >= 14 }, "\(result.perWindow)")
    }

    @Test func aSettingOfOursCapsTheWindow() {
        var simulation = Simulation()
        simulation.settings.requestsPerMinute = 20
        let result = simulation.run(minutes: 8)
        #expect(result.perWindow.allSatisfy { $0 <= 20 }, "\(result.perWindow)")
        #expect(result.perWindow.dropFirst(2).dropLast().allSatisfy { $0 >= 19 }, "\(result.perWindow)")
    }

    @Test func oneRequestGoesBeforeTheFirstAnswer() {
        var governor = RateGovernor(.init())
        #expect(governor.ask(now: 0) == .go)
        #expect(governor.ask(now: 0) == .wait(until: .infinity, .firstAnswer))
        governor.answered(.none, sentAt: 0, now: 5)
        #expect(governor.ask(now: 5) == .go)
        #expect(governor.ask(now: 5) == .wait(until: .infinity, .firstAnswer))
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 49, reset: 1060, date: 1005)), sentAt: 5, now: 6)
        #expect(governor.ask(now: 6) == .go)
        #expect(governor.ask(now: 6) == .go)
        #expect(governor.budget == 45)
    }

    @Test func aBurstIsTenAtMost() {
        var governor = RateGovernor(.init(burst: 10))
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 49, reset: 1060, date: 1000)), sentAt: 0, now: 0.1)
        var started = 0
        while governor.ask(now: 0.1) == .go { started += 1 }
        #expect((9...10).contains(started))
    }

    @Test func concurrencyIsCapped() {
        var governor = RateGovernor(.init(concurrency: 3))
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 49, reset: 1060, date: 1000)), sentAt: 0, now: 0.1)
        for _ in 0..<3 { #expect(governor.ask(now: 0.1) == .go) }
        #expect(governor.ask(now: 0.1) == .wait(until: .infinity, .concurrency))
    }

    @Test func aRefusalPausesForItsTime() {
        var governor = RateGovernor(.init())
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 0, reset: 1023, date: 1000)), sentAt: 0, now: 1)
        governor.limited(retryAfter: 23, now: 1)
        #expect(governor.ask(now: 20) == .wait(until: 24.5, .limited))
        // Behind the pause one request asks how things are.
        #expect(governor.ask(now: 25.2) == .go)
        #expect(governor.ask(now: 25.2) == .wait(until: .infinity, .firstAnswer))
    }

    @Test func aRefusalWithoutATimeLastsUntilTheWindowEnds() {
        var governor = RateGovernor(.init())
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 0, reset: 1023, date: 1000)), sentAt: 0, now: 1)
        governor.limited(retryAfter: nil, now: 1)
        guard case .wait(let until, .limited) = governor.ask(now: 2) else { return #expect(Bool(false), "no wait") }
        // The window ends at 24 by our clock, which may be a second late, and the answer's times are whole seconds.
        #expect(until >= 24.5 && until <= 27, "\(until)")
        // A window that is over says nothing about this refusal.
        governor.limited(retryAfter: nil, now: 100)
        #expect(governor.ask(now: 101) == .wait(until: 160.5, .limited))
    }

    @Test func aDisguisedRefusalPausesForAMinute() {
        var governor = RateGovernor(.init())
        _ = governor.ask(now: 0)
        governor.answered(.silent, sentAt: 0, now: 1)
        governor.limited(retryAfter: nil, now: 1)
        #expect(governor.ask(now: 2) == .wait(until: 61.5, .limited))
    }

    @Test func withoutHeadersFiftyAMinuteAreAssumed() {
        var governor = RateGovernor(.init())
        var sent: [Double] = []
        var now = 0.0
        while now < 300 {
            if case .go = governor.ask(now: now) {
                sent.append(now)
                governor.answered(.silent, sentAt: now, now: now + 0.2)
            }
            now += 0.25
        }
        for (index, start) in sent.enumerated() {
            let inAMinute = sent[index...].prefix { $0 < start + 60 }.count
            #expect(inAMinute <= 45)
        }
        #expect(sent.count >= 45 * 4)
    }

    @Test func aLowerLimitCountsAtOnce() {
        var governor = RateGovernor(.init())
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 300, remaining: 260, reset: 1060, date: 1000)), sentAt: 0, now: 0)
        #expect(governor.budget == 270)
        #expect(governor.ask(now: 1) == .go)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 5, reset: 1060, date: 1001)), sentAt: 1, now: 2)
        #expect(governor.budget == 45)
        guard case .wait(_, .budget) = governor.ask(now: 2) else {
            Issue.record("spent more than the new limit")
            return
        }
    }

    @Test func theAnswerToAnEarlierRequestDoesNotBringTheFormerLimitBack() {
        var governor = RateGovernor(.init())
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 300, remaining: 290, reset: 1060, date: 1000)), sentAt: 0, now: 0)
        #expect(governor.ask(now: 1) == .go)
        #expect(governor.ask(now: 2) == .go)
        governor.answered(
            .headers(RateHeaders(limit: 250, remaining: 230, reset: 1060, date: 1002)), sentAt: 2, now: 3)
        governor.answered(
            .headers(RateHeaders(limit: 300, remaining: 280, reset: 1060, date: 1001)), sentAt: 1, now: 4)
        #expect(governor.limit == 250)
        // A limit that rises is told by a request that was sent later.
        #expect(governor.ask(now: 5) == .go)
        governor.answered(
            .headers(RateHeaders(limit: 300, remaining: 270, reset: 1060, date: 1005)), sentAt: 5, now: 6)
        #expect(governor.limit == 300)
    }

    @Test func requestsWithoutAnswersCountAsSpent() {
        var governor = RateGovernor(.init(burst: 50))
        _ = governor.ask(now: 0)
        governor.answered(
            .headers(RateHeaders(limit: 50, remaining: 10, reset: 1060, date: 1000)), sentAt: 0, now: 0)
        // 40 are spent, 45 may be.
        for _ in 0..<5 {
            #expect(governor.ask(now: 1) == .go)
            governor.answered(.none, sentAt: 1, now: 2)
        }
        guard case .wait(_, .budget) = governor.ask(now: 2) else {
            Issue.record("requests without an answer were forgotten")
            return
        }
    }

    @Test func datesAreRead() {
        #expect(HTTPDate.seconds("Tue, 24 Nov 2026 10:00:05 GMT") == 1_795_514_405)
        #expect(HTTPDate.seconds("tomorrow") == nil)
    }
}
