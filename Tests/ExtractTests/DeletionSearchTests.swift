import TestSupport
import Testing

@testable import Extract

/// A list as Clio has it, and what is held of it.
private struct Firm {
    var held: [DeletionSearch.Held]
    /// Records in Clio, by id.
    var created: [String: Int]
    var times: [Int] = []
    var includesMoment = true
    var mostIDs = 200
    /// What a count becomes before it is sent.
    var lie: (Int, Int?) -> Int? = { count, _ in count }
    /// What an answer to `ids[]` becomes before it is sent.
    var shown: (Set<String>) -> Set<String> = { $0 }
    /// Whether `ids[]` still shows what is gone.
    var showsGone = false

    init(held: [DeletionSearch.Held], created: [String: Int]) {
        self.held = held
        self.created = created
        times = created.values.sorted()
    }

    func answer(_ probe: DeletionSearch.Probe) -> DeletionSearch.Answer {
        switch probe {
        case .count(nil): return .count(lie(times.count, nil))
        case .count(let moment?):
            var (low, high) = (0, times.count)
            while low < high {
                let place = (low + high) / 2
                let isBefore = includesMoment ? times[place] < moment : times[place] <= moment
                if isBefore { low = place + 1 } else { high = place }
            }
            return .count(lie(times.count - low, moment))
        case .lookup(let ids), .confirm(let ids):
            return ids.count > mostIDs ? .refused : .ids(shown(Set(ids.filter { showsGone || created[$0] != nil })))
        case .single(let id): return .single(created[id] == nil ? .gone : .present)
        }
    }

    /// Runs the search to its end.
    func search(isFiltered: Bool = false) -> (step: DeletionSearch.Step, requests: Int) {
        var search = DeletionSearch(held: held, isFiltered: isFiltered)
        while true {
            guard case .ask(let probes) = search.next() else { return (search.next(), search.requests) }
            for probe in probes { search.learn(probe, answer(probe)) }
        }
    }
}

@Suite("The search for deletions by counts")
struct DeletionSearchTests {
    /// So many records, the distances of whose creation times are random; ids do not grow with time everywhere.
    private static func firm(
        _ count: Int, spacing: ClosedRange<Int>, _ numbers: inout SeededNumbers
    ) -> Firm {
        var moment = 1_500_000_000
        var held: [DeletionSearch.Held] = []
        held.reserveCapacity(count)
        for place in 0..<count {
            moment += Int.random(in: spacing, using: &numbers)
            // Every ninth id was given long before.
            held.append(.init(id: String(place % 9 == 0 ? place : 5_000_000 + place), created: moment))
        }
        let created = Dictionary(uniqueKeysWithValues: held.map { ($0.id ?? "", $0.created ?? 0) })
        return Firm(held: held, created: created)
    }

    private static func without(_ ids: some Sequence<String>, _ firm: Firm) -> Firm {
        var left = firm.created
        for id in ids { left[id] = nil }
        return Firm(held: firm.held, created: left)
    }

    private static func some(_ count: Int, of firm: Firm, _ numbers: inout SeededNumbers) -> Set<String> {
        Set((0..<count).compactMap { _ in firm.held.randomElement(using: &numbers)?.id })
    }

    @Test("an unchanged list takes one request")
    func unchanged() {
        var numbers = TestSeed.numbers()
        let firm = Self.firm(5_000, spacing: 0...100, &numbers)
        let (step, requests) = firm.search()
        #expect(step == .found(.init()))
        #expect(requests == 1)
    }

    @Test("with honest counts, exactly what was deleted is found")
    func honest() {
        var numbers = TestSeed.numbers()
        for round in 0..<16 {
            let spacing = [0...300, 0...3, 0...1, 10...10_000][round % 4]
            let whole = Self.firm(Int.random(in: 12_000...20_000, using: &numbers), spacing: spacing, &numbers)
            let gone = Self.some(Int.random(in: 1...4, using: &numbers), of: whole, &numbers)
            var firm = Self.without(gone, whole)
            firm.includesMoment = round % 2 == 0
            firm.mostIDs = [50, 200, 100, 12][round / 4]
            let (step, requests) = firm.search()
            switch step {
            case .found(let finding):
                #expect(Set(finding.gone) == gone)
                #expect(finding.gone.count == gone.count)
                #expect(finding.lacks.isEmpty && finding.hidden.isEmpty && finding.left.isEmpty)
            case .sweep(let why):
                // Crowds that no second separates, and few ids per request, may cost too much.
                #expect(why.contains("requests"))
            case .ask, .changed: Issue.record("ended with \(step)")
            }
            #expect(requests <= (whole.held.count + 199) / 200)
        }
    }

    @Test(
        "30 deletions at random in 300,000 records take less than 300 requests, with 50 ids each and more",
        arguments: [50, 200])
    func cost(mostIDs: Int) {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(300_000, spacing: 2...600, &numbers)
        let gone = Self.some(30, of: whole, &numbers)
        var firm = Self.without(gone, whole)
        firm.mostIDs = mostIDs
        let (step, requests) = firm.search()
        guard case .found(let finding) = step else {
            Issue.record("ended with \(step)")
            return
        }
        #expect(Set(finding.gone) == gone)
        #expect(requests < 300)
        print("30 deletions in 300,000 records, \(mostIDs) ids a request: \(requests) requests")
    }

    @Test("what is cheaper to read whole is read whole")
    func bulk() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(20_000, spacing: 2...600, &numbers)
        let firm = Self.without(whole.held.prefix(2_000).compactMap(\.id), whole)
        let (step, requests) = firm.search()
        guard case .sweep = step else {
            Issue.record("ended with \(step)")
            return
        }
        #expect(requests <= 2)
    }

    @Test("records that reappeared are named by their range, and no deletion beside them is missed")
    func reappeared() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(20_000, spacing: 2...600, &numbers)
        var firm = Self.without([whole.held[15_000].id ?? ""], whole)
        // Clio has two that are not held, far from the deletion.
        firm = Firm(
            held: firm.held.enumerated().filter { $0.offset != 3_000 && $0.offset != 3_001 }.map(\.element),
            created: firm.created)
        guard case .found(let finding) = firm.search().step else {
            Issue.record("no finding")
            return
        }
        #expect(finding.gone == [whole.held[15_000].id])
        #expect(finding.lacks.map(\.records).reduce(0, +) == 2)
        for lack in finding.lacks {
            #expect((lack.since ?? 0) < whole.held[3_001].created ?? 0)
            #expect((lack.until ?? .max) > whole.held[3_000].created ?? 0)
        }
    }

    @Test("counts that lie lead to a sweep, or change nothing; never to a wrong deletion", arguments: 0..<10)
    func lies(_ kind: Int) {
        var numbers = TestSeed.numbers("lies \(kind)")
        let whole = Self.firm(15_000, spacing: 0...300, &numbers)
        let gone = Self.some(3, of: whole, &numbers)
        var firm = Self.without(gone, whole)
        let total = firm.times.count
        let noise = (0..<64).map { _ in Int.random(in: 0...3, using: &numbers) }
        firm.lie =
            switch kind {
            case 0: { _, _ in nil }
            case 1: { count, _ in min(count, 10_000) }
            case 2: { _, _ in total }
            case 3: { count, moment in moment == nil ? count : nil }
            case 4: { count, moment in moment == nil || count == 0 ? count : total - count }
            case 5: { count, moment in moment.map { count + noise[$0 % 64] } ?? count }
            case 6: { count, _ in count / 10 * 10 }
            case 7: { count, _ in max(0, count - 40) }
            case 8: { count, moment in moment == nil ? count : count == 0 ? 0 : max(count, 9_000) }
            default: { count, moment in count + (moment == nil ? 1 : 0) }
            }
        switch firm.search().step {
        case .found(let finding): #expect(gone.isSuperset(of: finding.gone))
        case .sweep, .changed: break
        case .ask: Issue.record("asks without end")
        }
        if [0, 1, 2, 3, 8].contains(kind) {
            guard case .sweep = firm.search().step else {
                Issue.record("ended with \(firm.search().step)")
                return
            }
        }
    }

    @Test("an ids[] filter that leaves out what exists deletes nothing", arguments: [0, 1, 7])
    func idsThatLie(_ most: Int) {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(30_000, spacing: 2...300, &numbers)
        // With one deletion, the search can afford to request each missing record.
        let gone = Self.some(1, of: whole, &numbers)
        var firm = Self.without(gone, whole)
        firm.mostIDs = 50
        firm.shown = { Set($0.sorted().prefix(most)) }
        switch firm.search().step {
        case .found(let finding): #expect(gone.isSuperset(of: finding.gone))
        case .sweep: break
        case .ask, .changed: Issue.record("neither found nor swept")
        }
    }

    @Test("counts and ids that do not agree lead to a sweep")
    func idsThatShowWhatIsGone() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(30_000, spacing: 2...300, &numbers)
        var firm = Self.without([whole.held[4_711].id ?? ""], whole)
        firm.showsGone = true
        #expect(firm.search().step == .sweep("1 records are missing by count, and 0 by id"))
    }

    @Test("an ids[] filter without effect leads to a sweep")
    func idsIgnored() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(30_000, spacing: 2...300, &numbers)
        var firm = Self.without(Self.some(3, of: whole, &numbers), whole)
        firm.shown = { $0.union(["1", "2", "3"]) }
        #expect(firm.search().step == .sweep("ids[] has no effect"))
    }

    @Test("a change during the search ends it")
    func changed() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(30_000, spacing: 2...300, &numbers)
        let gone = Self.some(3, of: whole, &numbers)
        let before = Self.without(gone, whole)
        let after = Self.without(gone.union(Self.some(1, of: before, &numbers)), whole)
        var search = DeletionSearch(held: whole.held)
        var step = search.next()
        while case .ask(let probes) = step {
            for probe in probes { search.learn(probe, (search.requests < 6 ? before : after).answer(probe)) }
            step = search.next()
        }
        guard case .changed = step else {
            Issue.record("ended with \(step)")
            return
        }
        var added = whole
        added.times.append((whole.times.last ?? 0) + 60)
        guard case .changed = added.search().step else {
            Issue.record("an addition was not noticed")
            return
        }
    }

    @Test("records without an id count as held, and those without a creation time cannot be placed")
    func unusable() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(20_000, spacing: 2...300, &numbers)
        let gone = whole.held[12_345].id ?? ""
        var firm = Self.without([gone], whole)
        firm.held[100].id = nil
        guard case .found(let finding) = firm.search().step else {
            Issue.record("no finding")
            return
        }
        #expect(finding.gone == [gone])
        firm.held[100].created = nil
        #expect(firm.search().step == .sweep("1 records do not say when they were created"))
    }

    @Test("what left a filtered list is not deleted")
    func left() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(20_000, spacing: 2...300, &numbers)
        let id = whole.held[777].id ?? ""
        let list = Self.without([id], whole)
        var search = DeletionSearch(held: whole.held, isFiltered: true)
        var step = search.next()
        while case .ask(let probes) = step {
            for probe in probes {
                if case .single = probe {
                    search.learn(probe, whole.answer(probe))
                } else {
                    search.learn(probe, list.answer(probe))
                }
            }
            step = search.next()
        }
        #expect(step == .found(.init(left: [id])))
    }

    /// A small firm with crowds of equal creation times, ids out of step, and whatever Clio allows.
    private static func anyFirm(_ numbers: inout SeededNumbers) -> (whole: Firm, gone: Set<String>, firm: Firm) {
        let spacing = [0...0, 0...1, 0...40, 2...600].randomElement(using: &numbers) ?? 0...1
        let whole = Self.firm(Int.random(in: 1...9_000, using: &numbers), spacing: spacing, &numbers)
        let gone = Self.some(Int.random(in: 0...5, using: &numbers), of: whole, &numbers)
        var firm = Self.without(gone, whole)
        firm.includesMoment = Bool.random(using: &numbers)
        firm.mostIDs = [1, 12, 50, 100, 200].randomElement(using: &numbers) ?? 50
        return (whole, gone, firm)
    }

    @Test("with honest counts, no deletion is missed and nothing that exists is deleted")
    func property() {
        var numbers = TestSeed.numbers()
        for round in 0..<200 {
            let (_, gone, firm) = Self.anyFirm(&numbers)
            switch firm.search(isFiltered: Bool.random(using: &numbers)).step {
            case .found(let finding):
                #expect(Set(finding.gone) == gone && finding.gone.count == gone.count, "round \(round)")
                #expect(finding.lacks.isEmpty && finding.left.isEmpty && finding.hidden.isEmpty)
            case .sweep: break
            case .changed, .ask: Issue.record("round \(round): an unchanged firm changed")
            }
        }
    }

    @Test("whatever counts by time say, an honest total misses no deletion", arguments: 0..<6)
    func liesByTime(_ kind: Int) {
        var numbers = TestSeed.numbers("lies by time \(kind)")
        for round in 0..<60 {
            let (_, gone, honest) = Self.anyFirm(&numbers)
            var firm = honest
            let noise = (0..<64).map { _ in Int.random(in: 0...4, using: &numbers) }
            let total = firm.times.count
            firm.lie =
                switch kind {
                // Too many, and none after the newest.
                case 0: { count, moment in moment == nil || count == 0 ? count : count + noise[count % 64] }
                // Too few.
                case 1: { count, moment in moment == nil ? count : max(0, count - noise[count % 64]) }
                // Falls with time from a wrong number.
                case 2: { count, moment in moment == nil ? count : count * 9 / 10 }
                // Rises with time.
                case 3: { count, moment in moment == nil || count == 0 ? count : total - count }
                // Does not know when records were created.
                case 4: { count, moment in moment == nil ? count : noise[(moment ?? 0) % 64] * total / 4 }
                // Is absent now and then.
                default: { count, moment in moment != nil && noise[count % 64] == 0 ? nil : count }
                }
            switch firm.search().step {
            case .found(let finding):
                #expect(gone.isSuperset(of: finding.gone), "round \(round)")
                if finding.lacks.isEmpty { #expect(Set(finding.gone) == gone, "round \(round)") }
            case .sweep, .changed: break
            case .ask: Issue.record("round \(round): asks without end")
            }
        }
    }

    @Test("a total that is another one at the end ends the search")
    func totalThatChanges() {
        var numbers = TestSeed.numbers()
        let whole = Self.firm(30_000, spacing: 2...300, &numbers)
        let gone = Self.some(2, of: whole, &numbers)
        let firm = Self.without(gone, whole)
        for offset in [-1, 1] {
            var search = DeletionSearch(held: whole.held)
            var totals = 0
            var step = search.next()
            while case .ask(let probes) = step {
                for probe in probes {
                    guard case .count(nil) = probe else {
                        search.learn(probe, firm.answer(probe))
                        continue
                    }
                    totals += 1
                    search.learn(probe, .count(firm.times.count + (totals > 1 ? offset : 0)))
                }
                step = search.next()
            }
            guard case .changed = step else {
                Issue.record("ended with \(step)")
                continue
            }
        }
    }

    @Test("rows that reappeared beside a deletion hide nothing that exists, and nothing wrong is deleted")
    func reappearedAnywhere() {
        var numbers = TestSeed.numbers()
        for round in 0..<60 {
            let (whole, gone, honest) = Self.anyFirm(&numbers)
            let kept = whole.held.filter { !gone.contains($0.id ?? "") }
            let lacking = Set((0..<2).compactMap { _ in kept.randomElement(using: &numbers)?.id })
            let firm = Firm(
                held: whole.held.filter { !lacking.contains($0.id ?? "") }, created: honest.created)
            guard case .found(let finding) = firm.search().step else { continue }
            #expect(gone.isSuperset(of: finding.gone), "round \(round)")
            // What one range makes up for is all that may be missed, and never more than reappeared.
            #expect(gone.count - finding.gone.count <= lacking.count, "round \(round)")
        }
    }
}
